// SPDX-License-Identifier: Apache-2.0
// The name that a peer was asked for, compared with those of its certificate (RFC 9525).
#pragma once

#include <pki/base/result.hpp>

#include <string>
#include <string_view>

namespace heliograph::pki {

/// What kind of name a caller expects.
enum class PeerNameKind { dns, ip, email, uri };

/// A name of a peer in the form that is compared.
class PeerName {
  public:
    /// @param text  `mirror.example.org`, `192.0.2.1`, `::1`, `who@example.org` or an absolute URI:
    /// the kind shows.
    /// @errors invalid_argument. @thread Safe.
    [[nodiscard]] static Result<PeerName> parse(std::string_view text);

    [[nodiscard]] PeerNameKind kind() const { return m_kind; }
    /// As parsed: DNS names in lower case, addresses as RFC 5952 writes them.
    [[nodiscard]] const std::string& text() const { return m_text; }

  private:
    PeerName(PeerNameKind kind, std::string text) : m_kind(kind), m_text(std::move(text)) {}

    PeerNameKind m_kind;
    std::string m_text;
};

}  // namespace heliograph::pki
