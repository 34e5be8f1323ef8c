// SPDX-License-Identifier: Apache-2.0
// A signer's rollover: every page signed anew under the signer of today, while both are good.
//
//   begin     evidence holds old and new certificate, the old one first; the new one alone when
//             the old one is over or revoked: then no page is good until it is signed anew
//   pages     the new signature comes beside the old one, batch after batch, each one commit; where
//             it stands is kept beside. What is published meanwhile is signed by both
//   complete  in one commit the new signature of every page becomes the first, the old one stays
//             beside it, evidence holds the new certificate first, and its key is the server key:
//             whoever knows nothing but the key at /serverkey never meets a page of another
//   end       evidence holds the new certificate alone, and pages the new signature, when the
//             operator says so
#pragma once

#include <mirror/publish/publisher.hpp>
#include <mirror/store/parallel.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace heliograph::mirror {

struct ResignOptions {
    std::size_t batch_projects = 1000;  ///< Of one commit; 1 or more.
    Workers workers = {};
    std::stop_token stop = {};
    std::vector<pki::Sha256> revoked = {};  ///< Signers that are not published beside the new one.
};

/// What is announced with a new signer.
struct SignerChange {
    const pki::Credential& next;            ///< Judged before: clients accept it.
    std::vector<pki::Sha256> revoked = {};  ///< Fingerprints of signers not to be published again.
    /// Revocation lists to publish with it; none: those that are published stay.
    std::optional<std::string> revocation_lists_pem = {};
};

struct ResignReport {
    std::size_t projects = 0;  ///< Signed anew by this run.
    std::size_t pages = 0;
    verify::Serial serial;  ///< The catalogue's last one.
};

/// @thread One thread. The caller holds the folder's lock.
class Resigner {
  public:
    /// @param progress  `resign.json` of the folder.
    Resigner(const Publisher::Parts& parts, std::filesystem::path progress)
        : m_parts(parts), m_progress(std::move(progress)) {}

    /// Announces a new signer beside those that are published, not over and not revoked.
    /// @errors too_large (more certificates than clients take), malformed, conflict, io.
    Outcome announce(const SignerChange& change);

    /// Signs every page anew that was not yet signed by this signer, then puts its signatures, its
    /// certificate and its key first. Killed at any moment and run again, it continues with the
    /// batch that was in work. Page bytes and serials stay. What is signed is what was signed
    /// before, by its digest: a page that the disk altered since is refused by clients as it was,
    /// and `mirror verify` finds it.
    /// @errors refused (the signer is over), malformed (a stored page is damaged, told when the key
    /// signs no digests: Ed25519), cancelled, crypto, conflict, io.
    /// Before signatures become the first, those of earlier runs that were stopped are held against
    /// their key and the digests of their pages: a disk had time to alter them.
    /// @cost One signature a page on all cores; one commit a batch, while the next is signed. A
    /// check for each that an earlier run made beside another signer's: of P-256 some 70 us on one
    /// core.
    [[nodiscard]] Result<ResignReport> run(const ResignOptions& options);

    /// Publishes the certificate and the signatures of this signer alone: under any other, pages
    /// are refused from now on. @errors conflict (pages are not all signed anew), malformed, io.
    [[nodiscard]] Result<verify::Serial> end_overlap();

    /// The signer of a rollover that was begun, and ended by a kill before anybody signed: its
    /// certificate is published, its key is not here. None: there is no such.
    /// @errors malformed, io. @cost Some indexed reads.
    [[nodiscard]] Result<std::optional<pki::Certificate>> awaited_signer() const;

    /// The former signer, while every page has its signature beside this one's, the first.
    /// None: no overlap, or one whose pages are not all signed. @errors malformed, io.
    [[nodiscard]] Result<std::optional<pki::Certificate>> overlapping_signer() const;

  private:
    struct Progress;
    enum class SignaturePlace { first, beside };
    struct ResignedPage;
    struct Batch;

    [[nodiscard]] Result<std::optional<Progress>> read_note() const;
    [[nodiscard]] Result<Progress> load(const pki::Certificate& signer) const;
    [[nodiscard]] Outcome save(const Progress& progress) const;
    [[nodiscard]] Result<Batch> read_batch(std::vector<verify::RootEntry> projects) const;
    Outcome sign(Batch& batch, Workers workers) const;
    Outcome write(const Batch& batch, Progress& progress);
    [[nodiscard]] Result<SignaturePlace> place_of_signatures(
        const std::vector<pki::Sha256>& revoked, Progress& progress
    );
    [[nodiscard]] Result<std::vector<verify::RootEntry>> signed_earlier(const Progress& progress
    ) const;
    [[nodiscard]] Outcome sign_pages(
        const ResignOptions& options, Progress& progress, ResignReport& report
    );
    [[nodiscard]] Result<Publisher::AlsoWritten> with_mirrors_signature(Publisher::AlsoWritten also
    ) const;
    [[nodiscard]] Result<verify::Serial> complete(const ResignOptions& options, Progress& progress);
    Outcome check_second_signatures(Workers workers, Progress& progress);

    Publisher::Parts m_parts;
    std::filesystem::path m_progress;
};

}  // namespace heliograph::mirror
