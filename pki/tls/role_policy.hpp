// SPDX-License-Identifier: Apache-2.0
// Which roles an identity has: the server's own file decides, never the certificate, so that a role
// is given and taken without issuing anything anew. One code for every decision over mTLS, and for
// the dry run `pki whoami`.
//
//   {"format": "heliograph-roles-1",
//    "rules": [{"uri": "spiffe://example/client/build", "roles": ["upload"]},
//              {"prefix": "spiffe://example/release/", "roles": ["upload:wheel"],
//               "key": "<SHA-256 of the SubjectPublicKeyInfo, in hexadecimal>"}]}
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/tls/peer_identity.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

inline constexpr std::size_t role_policy_limit_bytes = 1024U * 1024U;
inline constexpr std::size_t role_rule_limit = 4096;

enum class UriMatch {
    exact,   ///< The URI itself, byte for byte.
    prefix,  ///< Everything below a path that ends with `/`.
};

struct RoleRule {
    UriMatch match = UriMatch::exact;
    std::string uri;
    std::vector<std::string> roles;
    std::optional<Sha256> key = {};  ///< Only this public key, if any.
};

/// Rules add up: an identity has the roles of every rule that it matches, and none without one.
/// @thread Safe, immutable.
class RolePolicy {
  public:
    /// Gives nobody any role.
    RolePolicy() = default;

    /// @param rules  At most role_rule_limit. @errors invalid_argument (a URI without scheme and
    /// authority, a prefix that does not end with `/` behind the authority, a role that is not 1 to
    /// 128 of a-z 0-9 . _ - : and begins with a letter).
    [[nodiscard]] static Result<RolePolicy> make(std::vector<RoleRule> rules);

    /// @param text  The JSON of above; a member that is not known here is refused, since it may
    /// have been meant to narrow a rule. @errors malformed, too_large.
    [[nodiscard]] static Result<RolePolicy> parse(std::string_view text);
    /// @errors Those of parse(), not_found, io, denied.
    [[nodiscard]] static Result<RolePolicy> load(const std::filesystem::path& file);

    /// Sorted, each once. An identity without a URI has none. An identity whose URI could be read
    /// as another path (`.`, `..`, `//`, `%`) matches no prefix.
    /// @cost Linear in the rules.
    [[nodiscard]] std::vector<std::string> roles_of(const PeerIdentity& identity) const;
    [[nodiscard]] bool grants(const PeerIdentity& identity, std::string_view role) const;

    [[nodiscard]] const std::vector<RoleRule>& rules() const { return m_rules; }

  private:
    std::vector<RoleRule> m_rules;
};

}  // namespace heliograph::pki
