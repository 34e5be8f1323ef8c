// SPDX-License-Identifier: Apache-2.0
// Gets one file after the other from a fleet of mirrors: the first mirror that passes every gate
// wins, every other one is remembered with what it did wrong.
#pragma once

#include <mirror/fetch/blame.hpp>
#include <mirror/fetch/file_cache.hpp>
#include <mirror/fetch/file_choice.hpp>
#include <mirror/fetch/mirror_client.hpp>
#include <mirror/fleet/evidence_file.hpp>
#include <mirror/fleet/fleet.hpp>
#include <mirror/fleet/retry.hpp>
#include <mirror/requirement/requirement.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/trust_state.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// A verified file under its final name.
struct FetchedFile {
    enum class Placement {
        placed,         ///< Downloaded and put there.
        replaced,       ///< The same, in place of a file of this name with other content.
        already_there,  ///< A file of this name stood there, and it has the right hash.
    };

    verify::PageFile file;
    std::filesystem::path path;
    std::uint64_t size_bytes = 0;
    std::string mirror;  ///< Whose bytes; whose page when no mirror was asked for these.
    verify::Serial serial;
    std::vector<std::string> checks;  ///< What was checked and held.
    std::vector<verify::Finding>
        warnings;  ///< What the policy tolerated, as absent revocation lists.
    Placement placement = Placement::placed;
    /// Where its bytes came from, unless it was there already.
    enum class Origin { mirror, cache };
    Origin origin = Origin::mirror;
};

/// What became of one requirement. Without a file, the failures say why.
struct FetchOutcome {
    std::optional<FetchedFile> file;
    std::vector<MirrorFailure> failures;
};

/// An accepted page.
struct FetchedPage {
    verify::ProjectPage page;
    std::string mirror;
    std::vector<std::string> checks;
    std::vector<verify::Finding> warnings;
};

/// Without a page, the failures say why.
struct PageOutcome {
    std::optional<FetchedPage> page;
    std::vector<MirrorFailure> failures;
};

/// Verified bytes, in the place that was given for them.
struct FetchedDocument {
    std::string mirror;  ///< Who gave the last of them.
    std::vector<std::string> checks;
};

/// Without a document, the failures say why.
struct DocumentOutcome {
    std::optional<FetchedDocument> document;
    std::vector<MirrorFailure> failures;
};

struct FetchRequest {
    Requirement requirement;
    ChoiceTarget target;
    std::filesystem::path folder;  ///< Where the file goes; must exist.
    /// An accepted page of a session of the same policy, which must demand signatures (asserted):
    /// then no page is asked for.
    std::shared_ptr<const PageOutcome> page = {};
};

/// Watches one fetch: which file from which mirror, and how far it is.
struct FetchWatcher {
    std::function<void(const verify::PageFile& file, const Url& mirror)> on_start;
    DownloadProgress on_progress;
};

/// How a session goes about it.
struct FetchConduct {
    RetryPlan retries;
    /// Keeps the proof of a ban and says where it lies. May be empty: then bans stand without one.
    std::function<Result<std::filesystem::path>(const MirrorEvidence&)> keep_evidence;
    /// What earlier runs fetched is taken from there, once a page says what it must be, and what is
    /// fetched goes there. Null: none.
    std::shared_ptr<FileCache> cache = {};
    /// Accepted pages go there. Null: nowhere.
    std::shared_ptr<PageCache> pages = {};
    enum class Reach {
        mirrors,
        kept,  ///< What earlier runs kept, and nobody is asked. Both caches are there (asserted).
    };
    Reach reach = Reach::mirrors;
};

/// Who is named as the giver where nobody is asked.
inline constexpr std::string_view kept_source = "the cache of earlier runs";

/// @thread One thread at a time.
class FetchSession {
  public:
    /// @param fleet  Whom to ask; learns what every request showed. Outlives the session.
    /// @param basis  Its state and the session's are the same object: @p state.
    /// @param state  Learns the serial of every accepted page; the caller loads and saves it.
    FetchSession(
        Fleet& fleet, const ClientBasis& basis, verify::TrustState& state, FetchConduct conduct
    );
    ~FetchSession() = default;
    FetchSession(const FetchSession&) = delete;
    FetchSession& operator=(const FetchSession&) = delete;

    /// Asks the mirrors in the order of the fleet: all of them once without delay, then, round by
    /// round, those again whose failure may pass. A mirror that gave false evidence while another
    /// delivered what it should have is banned, with its proof kept, and not asked again by this
    /// session: a fault that all mirrors show alike is blamed on nobody.
    /// Once a signed page says what the file must be, mirrors are asked for its bytes alone (their
    /// own pages may lag behind), and each goes on where the one before broke off.
    /// One that claims that its filter leaves a file out (nobody signs that) is held for nothing
    /// and asked after all others for some minutes. A file never has its final name before every
    /// check held; a failed download leaves nothing.
    /// @errors io, denied, exists (the folder); invalid_argument (several files fit). What mirrors
    /// do is no error.
    [[nodiscard]] Result<FetchOutcome> fetch(
        const FetchRequest& request, const FetchWatcher& watcher
    );

    /// The page of a project from the first mirror whose page passes the gate; otherwise as
    /// fetch().
    /// @errors io, denied (evidence folder); cancelled.
    [[nodiscard]] Result<PageOutcome> page(const verify::ProjectName& project);

    /// The bytes of one document that an accepted page promises, by the same rules. Pages must be
    /// signed by this session's policy (asserted): the promise is not given up for one mirror's
    /// failure.
    /// @errors Those of the place; cancelled.
    [[nodiscard]] Result<DocumentOutcome> document(
        PromisedDocument promise, std::unique_ptr<DownloadPlace> place
    );

    /// The same of a whole file, for whoever looks into it: out of the cache, or into it.
    /// @errors As document(), and those of AtomicFile for @p path.
    [[nodiscard]] Result<DocumentOutcome> file_bytes(
        const verify::PageFile& file, const std::filesystem::path& path
    );

    /// Signers that some mirror's lists soundly take back, and what other sessions learnt of them.
    [[nodiscard]] const std::vector<pki::Sha256>& revoked() const { return m_basis.revoked; }
    void learn_revoked(const std::vector<pki::Sha256>& signers);

  private:
    enum class Standing { good, distrusted };
    struct Candidate {
        MirrorClient client;
        Standing standing = Standing::good;
        /// When it claimed last that its filter leaves a file out: others come first for a while.
        std::optional<Instant> left_out_at = std::nullopt;
    };
    struct Run;
    struct Wish;

    /// Asks until it is delivered or nobody is left, settles who is to blame, and says what
    /// everybody did wrong.
    [[nodiscard]] Result<std::vector<MirrorFailure>> go(Run& run);
    [[nodiscard]] Outcome go_through_rounds(Run& run);
    /// Whom to ask now; none when this round is over.
    [[nodiscard]] std::optional<std::size_t> next(Run& run);
    [[nodiscard]] bool may_be_asked(const Run& run, std::size_t index) const;
    /// Whether it did not claim lately that its filter leaves something out.
    [[nodiscard]] bool seems_whole(std::size_t index, Instant now) const;
    /// Waits for the next round; none of it when nobody is left to ask.
    [[nodiscard]] bool wait_for_round(const Run& run, unsigned round);
    /// An accepted judgement; none when the mirror failed.
    [[nodiscard]] Result<std::optional<verify::PageJudgement>> judge_page_of(
        Run& run, std::size_t index, const verify::ProjectName& project
    );
    /// What a verified page promises: the file on its way, or that it is there already.
    [[nodiscard]] Outcome promise(
        Wish& wish, const verify::PageFile& chosen, const FetchedPage& page
    );
    [[nodiscard]] bool is_offline() const { return m_conduct.reach == FetchConduct::Reach::kept; }
    /// What pages and files that earlier runs kept come to now.
    [[nodiscard]] Result<PageOutcome> kept_page(const verify::ProjectName& project);
    [[nodiscard]] Result<FetchOutcome> fetch_kept(
        const FetchRequest& request, const FetchWatcher& watcher
    );
    /// None: it is not kept.
    [[nodiscard]] Result<std::optional<FetchedDocument>> kept_document(
        const PromisedDocument& promise, DownloadPlace& place
    ) const;
    /// Whether the cache had it.
    [[nodiscard]] Result<bool> take_cached(FetchedFile& fetched) const;
    /// Page and choice: what the file will be, or that it is there already.
    [[nodiscard]] Outcome ask_page(Run& run, Wish& wish, std::size_t index);
    /// The file that a verified page promises.
    [[nodiscard]] Outcome ask_file(Run& run, Wish& wish, std::size_t index);
    /// The bytes that a verified page promises. @return  The checks that held, once delivered.
    [[nodiscard]] Result<std::vector<std::string>> ask_bytes(Run& run, std::size_t index);
    [[nodiscard]] Result<verify::Verdict> download(Run& run, std::size_t index);
    /// Who, besides this mirror, gave bytes; none when several did: then nobody knows whose were
    /// wrong.
    [[nodiscard]] std::optional<std::size_t> only_other_giver(
        const std::vector<std::string>& givers, std::size_t index
    ) const;
    [[nodiscard]] Outcome refuse_bytes(Run& run, std::size_t index, const verify::Verdict& verdict);
    [[nodiscard]] Outcome fail(Run& run, std::size_t index, MirrorFailure failure);
    /// Bans and marks, now that it is known whether anybody delivered.
    [[nodiscard]] Outcome settle(Run& run);
    void note_requests(std::size_t index);
    /// Whether a serial or a hash of an accepted page is vouched for by its signer.
    [[nodiscard]] bool pages_are_signed() const;

    Fleet& m_fleet;
    ClientBasis m_basis;
    verify::TrustState& m_state;
    FetchConduct m_conduct;
    RetryBudget m_budget;
    std::vector<Candidate> m_candidates;  ///< In the order of the fleet's indices.
};

}  // namespace heliograph::mirror
