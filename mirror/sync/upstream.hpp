// SPDX-License-Identifier: Apache-2.0
// The server that a mirror follows, master or mirror: its documents as values, each under its own
// byte limit. Nothing that comes from here is believed before a gate has judged it.
#pragma once

#include <mirror/journal/changelog.hpp>
#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/file_filter.hpp>
#include <mirror/store/follow_state.hpp>
#include <mirror/sync/feed_news.hpp>
#include <mirror/sync/served_page.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/root_list.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

class FileTransfer;

/// How an upstream is reached.
struct UpstreamAccess {
    Url base;                                                ///< Ends with `/`.
    std::optional<pki::ClientContext> trust = std::nullopt;  ///< Needed for https.
    FetchTimeouts timeouts = {};
    std::stop_token stop = {};
    /// In messages and findings; empty: its base URL.
    std::string called = {};
    /// Between two XML-RPC calls, as the main index asks for it.
    std::chrono::milliseconds call_pause{1000};
};

/// What an upstream says about its signers; none where it has no such document.
struct SignerDocuments {
    std::optional<Bytes> chain_pem;
    std::optional<Bytes> revocation_pem;
};

/// What stands behind an upstream's pages.
enum class Vouching {
    signatures,      ///< Each page is signed by a signer of the mirror's trust bundle.
    hashes_and_tls,  ///< Its server alone, over TLS; files by the hashes on its pages.
};

/// The question for a project's page in both forms.
struct PageQuestion {
    /// Whether what is here may be the answer, so that an unchanged page is not sent again.
    enum class Reuse { allowed, refused };

    const verify::ProjectName& project;
    const LocalPages* local = nullptr;  ///< What is here; null: nothing.
    Reuse reuse = Reuse::refused;
    /// Of an upstream that signs nothing: the entity tag under which it showed the page that is
    /// here, and, where it counts no serials, the one that a changed page gets.
    std::string tag = {};
    std::optional<verify::Serial> next = std::nullopt;
    /// Of an upstream that signs nothing, whose page is made here: what is left out of it.
    const FileFilter* filter = nullptr;  ///< Null: nothing.
    Instant now = {};                    ///< By which files have their age.
};

/// The answer.
struct PageAnswer {
    enum class State {
        pages,      ///< Here they are.
        unchanged,  ///< They are those that are here, byte for byte.
        gone,       ///< There is no such page (404 or 410).
    };

    State state = State::gone;
    PageSet pages;  ///< Unless it is gone.
    /// Of an upstream that signs nothing: the new entity tag, perhaps empty.
    std::optional<std::string> tag = std::nullopt;
    verify::Verdict reading = {};  ///< What was found while they were made here, if they were.
    /// What the filter left out of them then; none: it was not asked.
    std::optional<std::vector<LeftOutFile>> left_out = std::nullopt;
};

/// What an upstream asked for with Retry-After.
struct RetryWish {
    enum class Scope {
        document,  ///< 503: it cannot answer this now.
        client,    ///< 429: it has had enough of us.
    };

    Scope scope = Scope::document;
    std::chrono::seconds pause{0};
};

/// The answer to the question for the list of projects.
struct RootAnswer {
    verify::RootList list;
    std::string etag;  ///< With its quotes; empty: it has none.
    /// Own: it states no serials, and those in the list are zero.
    PageNumbering numbering = PageNumbering::upstream;
};

/// An upstream that signs its pages and tells its journal: a master or a mirror of one. Derived
/// classes follow others (unsigned_upstream.hpp).
/// @thread One thread; the transport must outlive it.
class Upstream {
  public:
    Upstream(Transport& transport, UpstreamAccess access);
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;
    virtual ~Upstream() = default;

    [[nodiscard]] virtual Vouching vouching() const { return Vouching::signatures; }

    /// Its base URL, for messages and findings.
    [[nodiscard]] const std::string& source() const { return m_source; }

    /// One page of its journal.
    /// @param wait  How long it may hold the question while there is nothing new; at most 30 s.
    /// @return None when it cannot tell all that happened since then: its journal was condensed, or
    /// it has none.
    /// @errors network, timeout, too_large, malformed, cancelled.
    [[nodiscard]] Result<std::optional<Changelog>> changes_since(
        verify::Serial cursor, std::chrono::seconds wait = {}
    );

    /// Whether it still answers, by the smallest question there is.
    /// @errors As above.
    [[nodiscard]] virtual Outcome check_line(verify::Serial cursor);

    /// @errors As above.
    [[nodiscard]] Result<SignerDocuments> signer_documents();

    /// @errors As above.
    [[nodiscard]] virtual Result<PageAnswer> pages(const PageQuestion& question);

    /// The list of all projects.
    /// @param known  The entity tag of the list that was seen last; empty: none.
    /// @return None when it is still that one. @errors As above.
    [[nodiscard]] virtual Result<std::optional<RootAnswer>> projects(const std::string& known);

    /// Of an upstream that signs nothing: what its feed tells of a kind that is no list.
    /// @return None: it has no such feed, or not from so far back. @errors As above.
    [[nodiscard]] virtual Result<std::optional<FeedNews>> news(
        UpstreamFeed feed, verify::Serial since
    );

    /// Of such an upstream: its projects by XML-RPC, for when its list cannot be had.
    /// @return None: it knows no such call. @errors As above.
    [[nodiscard]] virtual Result<std::optional<RootAnswer>> project_serials();

    /// Downloads a file through the gate into a blob, which the caller commits if the verdict is
    /// accepted. What an earlier run left of it is gone on with; when that proves wrong, the whole
    /// is asked for once.
    /// @errors not_found (it names a file that it does not have), io (of the blob), else as above.
    [[nodiscard]] Result<verify::Verdict> download_file(
        const verify::FilePath& path, verify::FileExpectation expectation, ResumableBlob& blob
    );

    /// The same for the metadata text of a file.
    [[nodiscard]] Result<verify::Verdict> download_metadata(
        const verify::FilePath& path, verify::FileExpectation expectation, ResumableBlob& blob
    );
    [[nodiscard]] Result<verify::Verdict> download_provenance(
        const verify::FilePath& path, verify::FileExpectation expectation, ResumableBlob& blob
    );

    /// The longest pause that it asked for since this was called last.
    [[nodiscard]] std::optional<RetryWish> take_wish() { return std::exchange(m_wish, {}); }

  protected:
    struct Question;

    /// Where a file lies, absolute or relative to the base URL. @errors As above.
    [[nodiscard]] virtual Result<std::string> place_of(const verify::FilePath& path);

    [[nodiscard]] const Url& base() const { return m_access.base; }
    [[nodiscard]] const std::stop_token& stop() const { return m_access.stop; }
    [[nodiscard]] std::chrono::milliseconds call_pause() const { return m_access.call_pause; }
    void note_wish(const RetryWish& wish);
    [[nodiscard]] Result<HttpDocument> get(const Question& question);

  private:
    struct FormAnswer;

    [[nodiscard]] Result<HttpGet> request(const Question& question) const;
    [[nodiscard]] Result<std::optional<Bytes>> get_optional(const Question& question);
    [[nodiscard]] Result<std::optional<FormAnswer>> get_form(
        const PageQuestion& question, verify::PageForm form
    );
    [[nodiscard]] Result<verify::Verdict> download(
        const std::string& place, verify::FileExpectation expectation, ResumableBlob& blob
    );

    [[nodiscard]] Result<verify::Verdict> try_download(
        const std::string& place, FileTransfer& transfer
    );

    void note_wish(const HttpResponse& response);

    Transport& m_transport;
    UpstreamAccess m_access;
    std::string m_source;
    std::optional<RetryWish> m_wish;
};

/// A question for one document.
struct Upstream::Question {
    std::string place;  ///< Absolute, or relative to the base URL.
    std::uint64_t limit_bytes = 0;
    std::string accept = "*/*";
    std::string if_none_match = {};
    std::chrono::seconds held{0};  ///< The upstream may hold the question so long.
    std::string post_xml = {};     ///< Sent by POST; empty: a GET.
};

}  // namespace heliograph::mirror
