// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_list.hpp>
#include <pki/base/blank.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <charconv>

namespace heliograph::mirror {

namespace {

bool is_web_address(std::string_view source) {
    return source.starts_with("http://") || source.starts_with("https://");
}

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

struct ListLine {
    Url url;
    unsigned priority = 0;
};

Result<unsigned> parse_priority(std::string_view word) {
    constexpr std::string_view key = "priority=";
    const auto digits = word.substr(std::min(key.size(), word.size()));
    unsigned priority = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), priority);
    if (!word.starts_with(key) || digits.empty() || parsed.ec != std::errc() ||
        parsed.ptr != digits.data() + digits.size() || priority > highest_priority) {
        return Error(
            ErrorCode::malformed,
            "expected nothing or priority=0 to priority=99 after the URL, saw '" +
                verify::printable(word) + "'"
        );
    }
    return priority;
}

Result<ListLine> parse_line(std::string_view line) {
    const auto blank = line.find_first_of(" \t");
    HG_TRY(auto url, parse_base_url(line.substr(0, blank)));
    ListLine parsed{std::move(url)};
    if (blank != std::string_view::npos) {
        HG_TRY(parsed.priority, parse_priority(trim_blanks(line.substr(blank))));
    }
    return parsed;
}

}  // namespace

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
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        const auto line = trim_blanks(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        auto parsed = parse_line(line);
        if (!parsed) {
            return std::move(parsed).error().at("line " + std::to_string(number));
        }
        const auto& known = list.mirrors;
        if (std::find(known.begin(), known.end(), parsed->url) == known.end()) {
            list.mirrors.push_back(parsed->url);
            list.priorities.push_back(parsed->priority);
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
    return list;
}

}  // namespace heliograph::mirror
