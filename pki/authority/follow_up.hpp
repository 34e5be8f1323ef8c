// SPDX-License-Identifier: Apache-2.0
// Who is yet to be told of a renewed certificate. A renewal is done with its row in the ledger, and
// a process may die before it has told those who use the files.
#pragma once

#include <pki/authority/authority.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::pki {

/// A renewed certificate whose users were not told.
struct UntoldRenewal {
    enum class Files { in_place, elsewhere };

    LedgerEntry entry;
    std::filesystem::path folder;  ///< Where its files lie, or belong.
    Files files = Files::in_place;
};

/// The list of an authority that is open. Borrows it.
/// @thread As the authority.
class FollowUps {
  public:
    explicit FollowUps(Authority& authority) : m_authority(authority) {}

    /// Of each name and kind the newest that was announced (RenewRequest::follow_up), not settled,
    /// and whose files are in their place, or a successor's are; and the newest of which neither
    /// can be said, while it is valid: there is nothing yet to tell of. It stays announced. Oldest
    /// first. @errors io.
    [[nodiscard]] Result<std::vector<UntoldRenewal>> pending() const;
    /// The users of this certificate were told: of it, and so of those before it, but not of what
    /// another process announced since.
    /// @param serial_hex  Of the authority. @errors not_found, io.
    [[nodiscard]] Outcome settle(const std::string& serial_hex);

  private:
    Authority& m_authority;
};

}  // namespace heliograph::pki
