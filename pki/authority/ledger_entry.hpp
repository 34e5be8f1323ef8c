// SPDX-License-Identifier: Apache-2.0
// What an authority remembers of each certificate that it signed.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/x509/profile.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::pki {

/// Where the key of a certificate was made: `none` for authorities, whose keys lie elsewhere.
enum class KeySource { none, here, request };

/// How the key of an issued certificate lies beside it.
enum class IssuedKey { elsewhere, plain, encrypted };

enum class EntryState { valid, expired, revoked };

/// `valid`, `expired`, `revoked`.
[[nodiscard]] std::string_view entry_state_name(EntryState state);

/// One row of the ledger.
struct LedgerEntry {
    std::string serial_hex;
    std::string kind;  ///< root, intermediate, cross, or one of leaf_kind_name.
    std::string name;
    std::string subject;
    Instant not_before;
    Instant not_after;
    std::string fingerprint_hex;
    std::optional<Instant> revoked_at;
    std::optional<RevocationReason> reason;
    std::string issuer_serial;
    KeySource key_source = KeySource::none;
    std::optional<std::string> folder = {};   ///< When its files are not in DIR/issued/NAME.
    std::optional<std::string> archive = {};  ///< The file that holds them, when no folder does.
    /// How its key was written; none for authorities, and where an earlier release did not note it.
    std::optional<IssuedKey> key_form = {};

    [[nodiscard]] EntryState state(Instant at) const;
};

}  // namespace heliograph::pki
