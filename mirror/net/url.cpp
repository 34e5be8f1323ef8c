// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/curl_handle.hpp>
#include <mirror/net/url.hpp>

#include <charconv>

namespace heliograph::mirror {

namespace {

constexpr std::size_t url_limit_bytes = 8192;

Error bad_url(std::string_view why) {
    return {
        ErrorCode::malformed, "expected an absolute http or https URL, but " + std::string(why)};
}

// libcurl mends some malformed URLs; these bytes are refused before it can.
Outcome check_characters(std::string_view text) {
    if (text.size() > url_limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a URL of at most 8192 bytes, but it has " + std::to_string(text.size())
        );
    }
    for (const char c : text) {
        if (c <= 0x20 || c >= 0x7f ||
            std::string_view("\\\"<>^`{|}").find(c) != std::string_view::npos) {
            return bad_url("it holds a character that must be percent-encoded");
        }
    }
    return {};
}

bool begins_absolute(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const bool name = text.substr(0, colon).find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."
                      ) == std::string_view::npos;
    const auto rest = text.substr(colon + 3);
    return name && !rest.empty() && rest.front() != '/';
}

// libcurl decodes escapes in a host, and reads numbers in it before it does: two readings of one
// text.
bool escapes_host(std::string_view text) {
    const auto begin = text.find("://") + 3;
    const auto end = text.find_first_of("/?#", begin);
    return text.substr(begin, end - begin).find('%') != std::string_view::npos;
}

// Names of unreserved characters, parted by single slashes, as nearly all references are: behind a
// folder they mean just what they say. RFC 3986, sections 2.3 and 5.2.
bool is_plain_path(std::string_view reference) {
    while (true) {
        const auto slash = reference.find('/');
        const auto name = reference.substr(0, slash);
        const bool unreserved = name.find_first_not_of(
                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "-._~"
                                ) == std::string_view::npos;
        if (!unreserved || name.empty() || name == "." || name == "..") {
            return false;
        }
        if (slash == std::string_view::npos || slash + 1 == reference.size()) {
            return true;
        }
        reference.remove_prefix(slash + 1);
    }
}

// An empty string when the part is absent.
Result<std::string> part_of(CURLU* handle, CURLUPart part, unsigned flags) {
    char* raw = nullptr;
    const CURLUcode code = curl_url_get(handle, part, &raw, flags);
    const CurlText text(raw);
    if (code == CURLUE_NO_QUERY || code == CURLUE_NO_ZONEID) {
        return std::string();
    }
    if (code != CURLUE_OK || text == nullptr) {
        return bad_url(curl_url_strerror(code));
    }
    return std::string(text.get());
}

Result<std::string> checked_host(std::string host) {
    const bool six = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (six) {
        host = host.substr(1, host.size() - 2);
    }
    for (char& c : host) {
        c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
        const bool word =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        if (!word && !(six && c == ':')) {
            return bad_url("its host holds a character that no host name has");
        }
    }
    if (host.empty() || host.size() > 253) {
        return bad_url("its host is empty or too long");
    }
    return host;
}

Outcome set_url(CURLU* handle, std::string_view text) {
    const std::string owned(text);
    const CURLUcode code = curl_url_set(handle, CURLUPART_URL, owned.c_str(), CURLU_DISALLOW_USER);
    if (code == CURLUE_OK) {
        return {};
    }
    if (code == CURLUE_USER_NOT_ALLOWED) {
        return bad_url(
            "it holds a user name or password, which are never sent; use a client certificate"
        );
    }
    if (code == CURLUE_UNSUPPORTED_SCHEME) {
        return Error(
            ErrorCode::unsupported,
            "expected a URL with the scheme http or https, but it has another"
        );
    }
    return bad_url(curl_url_strerror(code));
}

struct UrlParts {
    UrlScheme scheme;
    std::string host;
    std::uint16_t port;
    std::string path;
    std::string query;
};

Result<UrlParts> parts_of(CURLU* handle) {
    HG_TRY(const std::string scheme, part_of(handle, CURLUPART_SCHEME, 0));
    if (scheme != "http" && scheme != "https") {
        return Error(
            ErrorCode::unsupported,
            "expected a URL with the scheme http or https, but it has " + scheme
        );
    }
    HG_TRY(const std::string zone, part_of(handle, CURLUPART_ZONEID, 0));
    if (!zone.empty()) {
        return Error(ErrorCode::unsupported, "expected a URL without an IPv6 zone, but it has one");
    }
    HG_TRY(std::string raw_host, part_of(handle, CURLUPART_HOST, 0));
    HG_TRY(std::string host, checked_host(std::move(raw_host)));
    HG_TRY(const std::string port_text, part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT));
    std::uint16_t port = 0;
    const auto parsed =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (parsed.ec != std::errc() || port == 0) {
        return bad_url("its port is not between 1 and 65535");
    }
    HG_TRY(std::string path, part_of(handle, CURLUPART_PATH, 0));
    HG_TRY(std::string query, part_of(handle, CURLUPART_QUERY, 0));
    if (path.empty() || path.front() != '/') {
        return bad_url("its path does not begin with a slash");
    }
    return UrlParts{
        scheme == "https" ? UrlScheme::https : UrlScheme::http,
        std::move(host),
        port,
        std::move(path),
        std::move(query)};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    HG_CHECK(check_characters(text));
    if (!begins_absolute(text)) {
        return bad_url("it does not begin with http:// or https:// and a host");
    }
    if (escapes_host(text)) {
        return bad_url("its host holds a percent escape");
    }
    const CurlUrlHandle handle(curl_url());
    if (handle == nullptr) {
        return Error(ErrorCode::internal, "libcurl could not allocate a URL handle");
    }
    HG_CHECK(set_url(handle.get(), text));
    HG_TRY(UrlParts parts, parts_of(handle.get()));
    Url url;
    url.m_scheme = parts.scheme;
    url.m_host = std::move(parts.host);
    url.m_port = parts.port;
    url.m_path = std::move(parts.path);
    url.m_query = std::move(parts.query);
    return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
    HG_CHECK(check_characters(reference));
    const std::string base = to_string();
    if (m_path.ends_with('/') && is_plain_path(reference) &&
        base.size() + reference.size() <= url_limit_bytes) {
        Url below = *this;
        below.m_path += reference;
        below.m_query.clear();
        return below;
    }
    const CurlUrlHandle handle(curl_url());
    if (handle == nullptr) {
        return Error(ErrorCode::internal, "libcurl could not allocate a URL handle");
    }
    HG_CHECK(set_url(handle.get(), base));
    if (!reference.empty()) {
        HG_CHECK(set_url(handle.get(), reference));
    }
    HG_TRY(const std::string whole, part_of(handle.get(), CURLUPART_URL, 0));
    return parse(whole);
}

std::string Url::origin() const {
    const bool secure = m_scheme == UrlScheme::https;
    const bool six = m_host.find(':') != std::string::npos;
    std::string text = secure ? "https://" : "http://";
    text += six ? "[" + m_host + "]" : m_host;
    if (m_port != (secure ? 443 : 80)) {
        text += ":" + std::to_string(m_port);
    }
    return text;
}

std::string Url::to_string() const {
    return origin() + m_path + (m_query.empty() ? "" : "?" + m_query);
}

}  // namespace heliograph::mirror
