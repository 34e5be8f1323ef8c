// SPDX-License-Identifier: Apache-2.0
// Private: files of new certificates, from the moment when the first is written until they are in
// their place. They are whole, durable and hidden before the ledger has a row of them, so the
// commit of the rows decides alone, for one certificate as for ten thousand:
//
//   hidden and not entered   goes: nobody was given these certificates
//   hidden and entered       takes its place, now or when the authority is opened again
//
// In DIR/issued the hidden folder has one name. Elsewhere the ledger remembers where it is.
#pragma once

#include <pki/authority/authority_state.hpp>
#include <pki/authority/place.hpp>
#include <pki/base/folder/atomic_folder.hpp>

#include <filesystem>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace heliograph::pki {

/// One act of issuing, which may go to several folders or into one archive. Dropping it does what
/// place() does.
/// @thread That of the ledger, which must outlive it.
class Delivery {
  public:
    /// @param targets  Folders of certificates to be, by places_of(); each must not exist, be
    /// empty,
    ///                 or in DIR/issued hold files of a certificate that is over.
    /// @errors exists (nothing was changed), invalid_argument (the folder that one works in), io,
    /// denied.
    [[nodiscard]] static Result<Delivery> to_folders(
        Ledger& ledger, const AuthorityPaths& paths, std::span<const std::filesystem::path> targets
    );
    /// @param archive  A file that must not exist.
    /// @errors exists (nothing was changed), io, denied.
    [[nodiscard]] static Result<Delivery> to_archive(
        Ledger& ledger, const AuthorityPaths& paths, const std::filesystem::path& archive
    );

    Delivery(Delivery&&) noexcept;
    Delivery& operator=(Delivery&&) = delete;
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;
    ~Delivery();

    /// Where the archive is to be made whole and durable.
    [[nodiscard]] const std::filesystem::path& hidden_archive() const;

    /// Writes the files of one of the targets. @errors io, denied.
    [[nodiscard]] Outcome add(const std::filesystem::path& target, const LeafFiles& files);
    /// Makes all that was added durable; rows may be entered from then on. @errors io, denied.
    [[nodiscard]] Outcome hold();
    /// Remembers, with the rows, that they have their files. @errors io.
    [[nodiscard]] Outcome enter(LedgerBatch& batch) const;
    /// What the ledger has takes its place, and what it has not goes. @errors io, exists.
    [[nodiscard]] Outcome place();

  private:
    Delivery(Ledger& ledger, AuthorityPaths paths) : m_ledger(&ledger), m_paths(std::move(paths)) {}
    Outcome begin();

    Ledger* m_ledger;  ///< None once moved from or placed.
    AuthorityPaths m_paths;
    std::vector<DeliveryRow> m_rows;
    std::map<std::filesystem::path, AtomicFolder> m_building;  ///< By the folder of the targets.
};

/// That files can go to these folders. @param targets  As for Delivery::to_folders(). @errors Those
/// of Delivery::to_folders(); nothing is changed.
[[nodiscard]] Outcome check_targets(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const std::filesystem::path> targets
);

/// Finishes or withdraws what killed processes left, in DIR/issued and where the ledger says; what
/// cannot be reached elsewhere now waits for the next time. @errors io.
[[nodiscard]] Outcome finish_deliveries(Ledger& ledger, const AuthorityPaths& paths);

}  // namespace heliograph::pki
