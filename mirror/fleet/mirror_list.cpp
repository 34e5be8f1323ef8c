// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_list.hpp>
#include <pki/base/blank.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <charconv>
#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

Result<Bytes> download_list(
    const std::string& source, Transport& transport, const std::optional<pki::ClientContext>& trust
) {
    HG_TRY(auto url, Url::parse(source));
    HttpGet get{.url = std::move(url), .limit_bytes = verify::limits::mirror_list_bytes};
    get.trust = trust;
    get.accept = "text/plain, */*;q=0.1";
    HG_TRY(auto document, fetch_document(transport, get));
    if (document.response.status != 200) {
        return Error(
            ErrorCode::network,
            "expected a list of mirrors, the server answered with status " +
                std::to_string(document.response.status)
        );
    }
    return std::move(document.body);
}

constexpr std::string_view blanks = " \t";

// The next word of a line, which is taken from it.
std::string_view take_word(std::string_view& rest) {
    const auto word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    rest = trim_blanks(rest);
    return word;
}

struct NumberWord {
    std::string_view key;
    unsigned least;
    unsigned most;
};

constexpr NumberWord priority_word{"priority=", 0, verify::last_priority};
constexpr NumberWord weight_word{"weight=", 1, verify::most_weight};

Error bad_word(std::string_view word) {
    return {
        ErrorCode::malformed,
        "expected nothing, priority=0 to priority=99, weight=1 to weight=1000 or region=DE after "
        "the URL, each once, saw '" +
            verify::printable(word) + "'"};
}

Result<unsigned> parse_number(std::string_view word, const NumberWord& form) {
    const auto digits = word.substr(form.key.size());
    unsigned number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() ||
        number < form.least || number > form.most) {
        return bad_word(word);
    }
    return number;
}

Outcome take_attribute(std::string_view word, ListedMirror& mirror) {
    constexpr std::string_view region_key = "region=";
    if (word.starts_with(priority_word.key)) {
        HG_TRY(mirror.priority, parse_number(word, priority_word));
        return {};
    }
    if (word.starts_with(weight_word.key)) {
        HG_TRY(mirror.weight, parse_number(word, weight_word));
        return {};
    }
    if (word.starts_with(region_key) && verify::is_region(word.substr(region_key.size()))) {
        mirror.region = word.substr(region_key.size());
        return {};
    }
    return bad_word(word);
}

}  // namespace

std::string_view mirror_origin_name(MirrorOrigin origin) {
    switch (origin) {
        case MirrorOrigin::file:
            return "file";
        case MirrorOrigin::bundle:
            return "bundle";
        case MirrorOrigin::url:
            return "url";
        case MirrorOrigin::signed_list:
            return "signed-list";
        case MirrorOrigin::dns:
            return "dns";
        case MirrorOrigin::metalink:
            break;
    }
    return "metalink";
}

bool is_web_address(std::string_view source) {
    return source.starts_with("http://") || source.starts_with("https://");
}

Result<ListedMirror> parse_listed_mirror(std::string_view line) {
    auto rest = trim_blanks(line);
    HG_TRY(auto url, parse_base_url(take_word(rest)));
    ListedMirror mirror{.url = std::move(url)};
    std::set<std::string_view> seen;
    while (!rest.empty()) {
        const auto word = take_word(rest);
        if (!seen.insert(word.substr(0, word.find('='))).second) {
            return bad_word(word);
        }
        HG_CHECK(take_attribute(word, mirror));
    }
    return mirror;
}

Result<Url> parse_base_url(std::string_view text) {
    std::string whole(text);
    if (!whole.empty() && whole.back() != '/') {
        whole += '/';
    }
    HG_TRY(auto url, Url::parse(whole));
    // A fragment is no part of the address, but would swallow the final slash.
    if (!url.query().empty() || text.find('#') != std::string_view::npos) {
        return Error(
            ErrorCode::malformed,
            "expected a base URL without a query or fragment, saw " + url.to_string()
        );
    }
    return url;
}

Result<MirrorList> parse_mirror_list(std::string_view text) {
    if (text.size() > verify::limits::mirror_list_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a list of mirrors of at most " +
                std::to_string(verify::limits::mirror_list_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    MirrorList list;
    std::set<std::string> known;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        const auto line = trim_blanks(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        auto parsed = parse_listed_mirror(line);
        if (!parsed) {
            return std::move(parsed).error().at("line " + std::to_string(number));
        }
        if (known.insert(parsed->url.to_string()).second) {
            list.mirrors.push_back(*std::move(parsed));
        }
        if (list.mirrors.size() > verify::limits::mirrors) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(verify::limits::mirrors) + " mirrors, saw more"
            );
        }
    }
    if (list.mirrors.empty()) {
        return Error(ErrorCode::malformed, "expected at least one base URL, one a line, saw none");
    }
    return list;
}

Result<MirrorList> load_mirror_list(
    const std::string& source, Transport& transport, const std::optional<pki::ClientContext>& trust
) {
    auto text = is_web_address(source) ? download_list(source, transport, trust)
                                       : read_file(source, verify::limits::mirror_list_bytes);
    if (!text) {
        return std::move(text).error().at(source);
    }
    auto list = parse_mirror_list(text_of(*text));
    if (!list) {
        return std::move(list).error().at(source);
    }
    for (auto& mirror : list->mirrors) {
        mirror.origin = is_web_address(source) ? MirrorOrigin::url : MirrorOrigin::file;
    }
    return list;
}

}  // namespace heliograph::mirror
