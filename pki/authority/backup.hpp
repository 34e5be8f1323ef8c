// SPDX-License-Identifier: Apache-2.0
// An authority in one file under a passphrase, and back. The file is a locked stream (pki/seal) of
// the purpose `heliograph-backup-1`.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/crypto/passphrase_key.hpp>

#include <cstdint>
#include <filesystem>

namespace heliograph::pki {

struct BackupReport {
    std::uint64_t entries = 0;      ///< Files and folders.
    std::uint64_t size_bytes = 0;   ///< Before locking.
    std::uint64_t device_keys = 0;  ///< Keys of the authority that are in a device, and not here.
};

/// Everything below the authority's folder, at one moment: the caller holds its lock, others wait.
/// Files that were issued into other folders (`--out`) are not in it, and are their owners' matter.
/// @param file  Must not exist, nor lie in the authority's folder. For its owner only; durable and
///              whole on return, or absent.
/// @param cost  Of each guess at the passphrase; tests take the least.
/// @errors exists, invalid_argument (place, passphrase), unsupported (links or devices in the
///         folder), io, crypto. @cost One scrypt, two passes over the ledger, one over the rest.
[[nodiscard]] Result<BackupReport> back_up(
    const Authority& authority,
    const std::filesystem::path& file,
    const SecretBytes& passphrase,
    const ScryptCost& cost = {}
);

struct RestoreReport {
    Instant made;  ///< When the backup was.
    Certificate root;
    std::uint64_t entries = 0;
    /// The lists are counted on from here.
    std::uint64_t list_number = 0;
};

/// Puts a backup into a new folder, in one step once all of it was checked: every chunk's tag, the
/// ledger's own consistency, that the ledger knows both authorities, and that each key that is not
/// encrypted belongs to its certificate.
///
/// Lists that were signed after the backup was made have numbers that it does not know, and clients
/// keep the highest they saw. So the next list of a restored authority is numbered by the
/// milliseconds since 1970, or 2^32 above the last one that the backup knows, whichever is higher:
/// above all that can have been signed between, unless there was one each millisecond.
///
/// @param folder  Must not exist, or be empty. @param clock  For the number.
/// @errors exists, malformed (no backup; altered, cut, or not a consistent authority), denied
/// (wrong
///         passphrase), not_found, io, crypto. Nothing is left of the folder then.
/// @cost One scrypt, one pass, one sync a file.
[[nodiscard]] Result<RestoreReport> restore_authority(
    const std::filesystem::path& file,
    const std::filesystem::path& folder,
    const SecretBytes& passphrase,
    const Clock& clock
);

}  // namespace heliograph::pki
