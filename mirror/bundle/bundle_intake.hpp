// SPDX-License-Identifier: Apache-2.0
// Private: the first pass over a bundle. Pages are judged by their signatures as they come by; a
// file is stored only when a page that was let in names it, with the digest that the page says.
// Nothing is visible to readers before the second pass, which is the sync engine's.
#pragma once

#include <mirror/bundle/bundle_contents.hpp>
#include <mirror/bundle/bundle_reader.hpp>
#include <mirror/store/blob_store.hpp>
#include <pki/base/event_sink.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/verdict/policy.hpp>

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// For those who tell of a bundle and take nothing in: what is wrong in it does not end the pass.
struct IntakeFaults {
    std::map<pki::Sha256, verify::Verdict> files;  ///< By the digest that their names say.
};

/// All must outlive the intake.
struct IntakeParts {
    BlobStore& blobs;
    const verify::TrustBundle& trust;
    verify::PagePolicy policy;
    Instant at;
    std::string source;  ///< The archive, for messages.
    std::stop_token stop;
    EventSink& events;
    /// None: a wrong file is an error. Given: it is noted there and not stored, and pages that no
    /// gate lets in stay in reach, as other pages do.
    IntakeFaults* faults = nullptr;
};

/// @thread One thread, for one bundle.
class BundleIntake {
  public:
    BundleIntake(BundleReader reader, BundleContents contents, IntakeParts parts);

    /// The first entry. @errors malformed, unsupported, too_large, io.
    [[nodiscard]] Result<BundleManifest> open();

    /// Everything behind it, up to the seal; but nothing behind evidence that leaves no usable
    /// signer, unless faults are noted. What was stored before an error stays, for the next try to
    /// find.
    /// @errors malformed (not a bundle, cut off, other entries than a bundle has, a file that is
    /// not what its name says), too_large, cancelled, io.
    Outcome run();

    [[nodiscard]] const BundleContents& contents() const { return m_contents; }
    /// On the signers whose evidence came along.
    [[nodiscard]] const verify::Verdict& signer_verdict() const { return m_signer_verdict; }
    /// Of the whole archive. After run().
    [[nodiscard]] const pki::Sha256& digest() const { return m_digest; }
    /// What was stored now, and not before.
    [[nodiscard]] const std::vector<pki::Sha256>& stored() const { return m_stored; }
    [[nodiscard]] std::uint64_t stored_bytes() const { return m_stored_bytes; }
    /// Files that came along and are in the store now, or were before.
    [[nodiscard]] const std::vector<pki::Sha256>& carried() const { return m_carried; }
    /// After an error: whether it is that the archive was cut off.
    [[nodiscard]] bool was_cut() const { return m_reader.was_cut(); }

  private:
    struct WantedPart {
        std::optional<std::uint64_t> size_bytes;  ///< As the page states it.
        std::uint64_t limit_bytes = 0;
        std::string subject;
    };

    [[nodiscard]] Outcome take_all();
    [[nodiscard]] Outcome next();
    [[nodiscard]] Result<Bytes> take(std::uint64_t limit_bytes);
    [[nodiscard]] bool is_at(std::string_view name) const;
    [[nodiscard]] Outcome take_evidence();
    [[nodiscard]] Outcome take_journal();
    [[nodiscard]] Outcome take_list();
    [[nodiscard]] Outcome take_projects();
    [[nodiscard]] Outcome take_project(const verify::ProjectName& project);
    [[nodiscard]] Result<std::optional<Bytes>> take_signature(
        const verify::ProjectName& project, verify::PageForm form
    );
    [[nodiscard]] Outcome refuse(
        const verify::ProjectName& project, const verify::Verdict& verdict
    );
    void want(const verify::ProjectPage& page);
    [[nodiscard]] Outcome take_blobs();
    [[nodiscard]] Outcome take_blob(const pki::Sha256& digest, const WantedPart& wanted);
    /// An error, or a fault that is noted.
    [[nodiscard]] Outcome refuse_blob(const pki::Sha256& digest, verify::Verdict verdict);
    [[nodiscard]] Outcome store_batch();
    [[nodiscard]] Outcome take_seal();
    [[nodiscard]] Error unexpected(std::string_view expected) const;

    BundleReader m_reader;
    BundleContents m_contents;
    IntakeParts m_parts;
    std::optional<BundleEntry> m_entry;  ///< None: the archive ended.
    BundleListing m_listing;
    verify::Verdict m_signer_verdict;
    std::optional<verify::SignerSet> m_signers;
    std::optional<verify::ProjectName> m_last;
    std::map<pki::Sha256, WantedPart> m_wanted;  ///< Of the present project.
    bool m_page_let_in = false;                  ///< The present one.
    std::unique_ptr<BlobBatch> m_batch;
    std::vector<pki::Sha256> m_staged;
    std::uint64_t m_staged_bytes = 0;
    std::vector<pki::Sha256> m_stored;
    std::vector<pki::Sha256> m_carried;
    std::uint64_t m_stored_bytes = 0;
    pki::Sha256 m_digest;
};

}  // namespace heliograph::mirror
