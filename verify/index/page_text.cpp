// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace heliograph::verify::page_text {

namespace {

constexpr std::string_view up_to_root = "../..";
constexpr std::string_view digest_fragment = "#sha256=";

/// The length of the well-formed UTF-8 sequence at the start, 0 when there is none. Table 3-7 of
/// the Unicode standard.
std::size_t sequence_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto continues = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return continues(1, 0x80, 0xBF) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return continues(1, low, high) && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF) ? 4
                                                                                               : 0;
    }
    return 0;
}

constexpr bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

Error malformed(std::string_view expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + ", saw '" + printable(seen) + "'"};
}

/// A page names the provenance object of a file by its one place, with its digest behind.
Result<pki::Sha256> parse_provenance(std::string_view text, const DistFileName& file) {
    const std::string place =
        std::string(up_to_root) + provenance_place(file) + std::string(digest_fragment);
    if (!text.starts_with(place)) {
        return malformed("the provenance of the file at " + place + "...", text);
    }
    return pki::Sha256::parse_hex(text.substr(place.size()));
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = sequence_size(text);
        if (size == 0 || text.front() == '\0') {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

bool is_plain(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(), is_control);
}

std::string plain(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = sequence_size(text);
        if (size == 0) {
            result += '?';
        } else if (is_control(text.front())) {
            result += ' ';
        } else {
            result += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

Outcome check_free_text(std::string_view text, std::size_t limit_bytes, std::string_view what) {
    if (text.size() > limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected " + std::string(what) + " of at most " + std::to_string(limit_bytes) +
                " bytes, saw " + std::to_string(text.size())
        );
    }
    if (!is_plain(text)) {
        return malformed(std::string(what) + " without control characters", text);
    }
    return {};
}

void append_hex(std::string& out, const pki::Sha256& digest) {
    // At once: this runs three times for each file of a page.
    static constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 64> hex{};
    static_assert(hex.size() == 2 * sizeof(digest.bytes));
    std::size_t at = 0;
    for (const std::byte byte : digest.bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        hex[at++] = digits[value >> 4U];
        hex[at++] = digits[value & 15U];
    }
    out.append(hex.data(), hex.size());
}

void append_link(std::string& out, const PageFile& file) {
    // The shape of FilePath::relative_to_page(), without the copies: this runs once for each file
    // of a page.
    out += "../../packages/";
    const std::size_t begin = out.size();
    append_hex(out, file.sha256);
    out.insert(begin + 4, 1, '/');
    out.insert(begin + 2, 1, '/');
    out += '/';
    out += file.name.text();
}

void append_provenance(std::string& out, const PageFile& file) {
    out += up_to_root;
    out += provenance_place(file.name);
    out += digest_fragment;
    append_hex(out, *file.provenance);
}

std::string escape_html(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

Outcome check_repository_version(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !ascii::is_all_digits(text.substr(0, dot)) ||
        !ascii::is_all_digits(text.substr(dot + 1))) {
        return malformed("a repository version such as 1.1", text);
    }
    if (text.substr(0, dot) != "1") {
        return Error(
            ErrorCode::unsupported,
            "expected a page of repository version 1, saw version " + printable(text) +
                "; use a newer heliograph"
        );
    }
    return {};
}

Result<Serial> parse_serial(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || (text.size() > 1 && text.front() == '0') || Serial{value} > max_serial) {
        return malformed("a serial of decimal digits", text);
    }
    return Serial{value};
}

Result<PageFile> make_page_file(const FileTexts& texts, const ProjectName& project) {
    HG_TRY(auto name, parse_dist_file_name(texts.name));
    if (name.project() != project) {
        return malformed("only files of project " + project.text(), texts.name);
    }
    HG_TRY(auto digest, pki::Sha256::parse_hex(texts.sha256));
    HG_TRY(auto path, parse_page_link(texts.link));
    if (path != FilePath(digest, name)) {
        return malformed("the link " + FilePath(digest, name).relative_to_page(), texts.link);
    }
    PageFile file{
        .name = std::move(name),
        .sha256 = digest,
        .size_bytes = std::nullopt,
        .upload_time = std::nullopt,
        .requires_python = texts.requires_python,
        .yanked = texts.yanked,
        .core_metadata = std::nullopt,
    };
    if (file.requires_python) {
        HG_CHECK(check_free_text(
            *file.requires_python, limits::specifier_chars, "a requires-python text"
        ));
    }
    if (file.yanked) {
        HG_CHECK(check_free_text(*file.yanked, limits::yank_reason_bytes, "a reason of a yank"));
    }
    if (texts.core_metadata) {
        HG_TRY(auto metadata, pki::Sha256::parse_hex(*texts.core_metadata));
        file.core_metadata = metadata;
    }
    if (texts.provenance) {
        HG_TRY(const auto provenance, parse_provenance(*texts.provenance, file.name));
        file.provenance = provenance;
    }
    return file;
}

Result<StatusMark> make_status_mark(
    const std::optional<std::string>& status, const std::optional<std::string>& reason
) {
    StatusMark mark;
    if (status) {
        HG_TRY(mark.status, parse_project_status(*status));
    }
    mark.reason = reason.value_or("");
    HG_CHECK(check_status_mark(mark));
    return mark;
}

Outcome check_offer(const ProjectPage& page) {
    if (page.mark.status == ProjectStatus::quarantined && !page.files.empty()) {
        return malformed("no files of a quarantined project", page.files.front().name.text());
    }
    return {};
}

Outcome sort_files(std::vector<PageFile>& files) {
    const auto stands_before = [](const PageFile& left, const PageFile& right) {
        const auto order = left.name.version() <=> right.name.version();
        return order != 0 ? order < 0 : left.name < right.name;
    };
    // Our own pages are in order already.
    if (!std::is_sorted(files.begin(), files.end(), stands_before)) {
        std::stable_sort(files.begin(), files.end(), stands_before);
    }
    const auto twice = std::adjacent_find(
        files.begin(),
        files.end(),
        [](const PageFile& left, const PageFile& right) { return left.name == right.name; }
    );
    if (twice != files.end()) {
        return malformed("every file once", twice->name.text());
    }
    return {};
}

}  // namespace heliograph::verify::page_text
