// SPDX-License-Identifier: Apache-2.0
// Private: the authorities of a folder that sign: one root and one intermediate are active, and
// during a rollover those before them are retiring: they issue nothing, but their lists go on.
#pragma once

#include <pki/x509/certificate.hpp>

#include <string>
#include <string_view>

namespace heliograph::pki {

enum class IssuerRole { root, intermediate };
enum class IssuerState { active, retiring, retired };

[[nodiscard]] constexpr std::string_view issuer_role_name(IssuerRole role) {
    return role == IssuerRole::root ? "root" : "intermediate";
}

/// What the ledger says of an issuer.
struct IssuerRow {
    std::string serial_hex;
    IssuerRole role;
    IssuerState state;
    std::string key_file;  ///< A name in DIR/private.
};

/// An issuer that is not retired.
struct Issuer {
    IssuerRole role;
    IssuerState state;
    std::string key_file;
    Certificate certificate;
};

}  // namespace heliograph::pki
