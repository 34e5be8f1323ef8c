// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/metalink_reader.hpp>
#include <pki/base/blank.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view metalink_namespace = "urn:ietf:params:xml:ns:metalink ";
constexpr std::size_t metalink_depth = 16;
constexpr std::size_t metalink_text_bytes = 8192;
constexpr std::size_t metalink_name_bytes = 255;

Error metalink_damaged(const std::string& expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + expected + " in a metalink, saw '" + verify::printable(seen) + "'"};
}

Error metalink_too_large(const std::string& what) {
    return {ErrorCode::too_large, "expected a metalink with " + what + ", saw more"};
}

std::string attribute_of(const MetalinkAttributes& attributes, const std::string& name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole =
        !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
    return is_whole ? std::optional(number) : std::nullopt;
}

// RFC 5854 4.1.2.1: a path would lead out of the folder that the user named.
bool is_one_name(std::string_view name) {
    return !name.empty() && name.size() <= metalink_name_bytes && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return c > ' ' && c <= '~' && c != '/' && c != '\\';
           });
}

bool is_country(std::string_view text) {
    return text.size() == 2 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

void MetalinkReader::stop(Error error) {
    if (!m_fault) {
        m_fault = std::move(error);
    }
}

MetalinkReader::Place MetalinkReader::place_of(std::string_view element) const {
    if (!element.starts_with(metalink_namespace)) {
        return Place::other;
    }
    const auto name = element.substr(metalink_namespace.size());
    if (place() == Place::document && name == "file") {
        return Place::file;
    }
    if (place() == Place::file) {
        return name == "size"   ? Place::size
               : name == "hash" ? Place::hash
               : name == "url"  ? Place::url
                                : Place::other;
    }
    return Place::other;
}

void MetalinkReader::begin(std::string_view element, const MetalinkAttributes& attributes) {
    m_text.clear();
    if (m_open.empty()) {
        if (element != std::string(metalink_namespace) + "metalink") {
            stop(
                element.find("metalink") == std::string_view::npos
                    ? metalink_damaged("the element of RFC 5854", element)
                    : Error(
                          ErrorCode::unsupported,
                          "expected a metalink of version 4 (RFC 5854), saw another version"
                      )
            );
        }
        m_open.push_back(Place::document);
        return;
    }
    if (m_open.size() == metalink_depth) {
        stop(metalink_too_large("little depth"));
        return;
    }
    m_open.push_back(place_of(element));
    switch (place()) {
        case Place::file:
            begin_file(attributes);
            break;
        case Place::hash:
            m_hash_type = attribute_of(attributes, "type");
            break;
        case Place::url:
            begin_url(attributes);
            break;
        case Place::outside:
        case Place::document:
        case Place::size:
        case Place::other:
            break;
    }
}

void MetalinkReader::begin_file(const MetalinkAttributes& attributes) {
    const auto name = attribute_of(attributes, "name");
    if (!is_one_name(name)) {
        stop(metalink_damaged("names of files without folders", name));
    } else if (!m_names.insert(name).second) {
        stop(metalink_damaged("each file once", name));
    } else if (m_metalink.files.size() == metalink_files) {
        stop(metalink_too_large("at most " + std::to_string(metalink_files) + " files"));
    } else {
        m_metalink.files.push_back({.name = name});
    }
}

void MetalinkReader::begin_url(const MetalinkAttributes& attributes) {
    m_priority.reset();
    m_location = attribute_of(attributes, "location");
    if (!m_location.empty() && !is_country(m_location)) {
        stop(metalink_damaged("locations of two small letters", m_location));
    }
    const auto priority = attribute_of(attributes, "priority");
    if (priority.empty()) {
        return;
    }
    m_priority = whole_number<unsigned>(priority);
    if (!m_priority || *m_priority < 1 || *m_priority > metalink_last_priority) {
        stop(metalink_damaged("priorities of 1 to 999999", priority));
    }
}

void MetalinkReader::add_text(std::string_view text) {
    const auto here = place();
    if (here != Place::size && here != Place::hash && here != Place::url) {
        return;
    }
    if (m_text.size() + text.size() > metalink_text_bytes) {
        stop(metalink_too_large("short texts"));
        return;
    }
    m_text += text;
}

void MetalinkReader::end() {
    switch (place()) {
        case Place::size:
            end_size();
            break;
        case Place::hash:
            end_hash();
            break;
        case Place::url:
            end_url();
            break;
        case Place::outside:
        case Place::document:
        case Place::file:
        case Place::other:
            break;
    }
    m_open.pop_back();
    m_text.clear();
}

void MetalinkReader::end_size() {
    auto& file = m_metalink.files.back();
    const auto size = whole_number<std::uint64_t>(trim_blanks(m_text));
    if (!size || file.size_bytes) {
        stop(metalink_damaged("one size in bytes of a file", m_text));
    }
    file.size_bytes = size;
}

void MetalinkReader::end_hash() {
    if (m_hash_type != "sha-256") {
        return;
    }
    auto& file = m_metalink.files.back();
    const auto digest = pki::Sha256::parse_hex(trim_blanks(m_text));
    if (!digest || file.sha256) {
        stop(metalink_damaged("one SHA-256 of a file in small hex digits", m_text));
        return;
    }
    file.sha256 = *digest;
}

void MetalinkReader::end_url() {
    const auto text = trim_blanks(m_text);
    if (!is_web_address(text)) {
        return;
    }
    auto& urls = m_metalink.files.back().urls;
    auto url = Url::parse(text);
    if (!url) {
        stop(std::move(url).error());
    } else if (urls.size() == verify::limits::mirrors) {
        stop(metalink_too_large(
            "at most " + std::to_string(verify::limits::mirrors) + " addresses of a file"
        ));
    } else {
        urls.push_back(
            {.url = *std::move(url),
             .priority = m_priority.value_or(metalink_last_priority),
             .location = m_location}
        );
    }
}

Result<Metalink> MetalinkReader::finish() {
    if (m_fault) {
        return *m_fault;
    }
    if (m_metalink.files.empty()) {
        return metalink_damaged("at least one file", "none");
    }
    return std::move(m_metalink);
}

}  // namespace heliograph::mirror
