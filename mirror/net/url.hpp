// SPDX-License-Identifier: Apache-2.0
// An absolute http or https URL, parsed once and strictly. RFC 3986; RFC 9110 section 4.2.
#pragma once

#include <pki/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace heliograph::mirror {

enum class UrlScheme { http, https };

/// An absolute URL without credentials and without a fragment; its parts are normalised (lower-case
/// scheme and host, port always known, path never empty, no `.` or `..` segments).
/// @thread As a string. @cost Parsing is one pass; questions are free.
class Url {
  public:
    /// @param text  Absolute, scheme http or https, ASCII, at most 8192 bytes. A fragment is
    /// dropped.
    /// @errors malformed (no such URL, control characters, user name or password: give a client
    /// certificate instead),
    ///         unsupported (another scheme), too_large. The message never repeats credentials.
    /// @source RFC 3986; RFC 9110 section 4.2.4 (credentials in URLs are not accepted).
    [[nodiscard]] static Result<Url> parse(std::string_view text);

    /// Resolves a reference found in a document at this URL, or below this base when it ends with
    /// `/`.
    /// @param reference  Absolute URL or relative reference (`../../packages/aa/x.whl`); same
    /// limits as parse().
    /// @errors As parse().
    /// @source RFC 3986 section 5.2.
    [[nodiscard]] Result<Url> resolve(std::string_view reference) const;

    [[nodiscard]] UrlScheme scheme() const { return m_scheme; }
    /// Lower case; an IPv6 address stands without brackets.
    [[nodiscard]] const std::string& host() const { return m_host; }
    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// Percent-encoded, begins with `/`.
    [[nodiscard]] const std::string& path() const { return m_path; }
    /// Percent-encoded, without `?`; empty when there is none.
    [[nodiscard]] const std::string& query() const { return m_query; }

    /// `https://host:port`, the port only when it is not the scheme's own.
    [[nodiscard]] std::string origin() const;
    /// The whole URL in normal form; parse(to_string()) gives the same value.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool same_origin(const Url& other) const {
        return m_scheme == other.m_scheme && m_host == other.m_host && m_port == other.m_port;
    }
    bool operator==(const Url&) const = default;

  private:
    Url() = default;

    UrlScheme m_scheme = UrlScheme::https;
    std::string m_host;
    std::uint16_t m_port = 0;
    std::string m_path = "/";
    std::string m_query;
};

}  // namespace heliograph::mirror
