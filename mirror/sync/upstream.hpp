// SPDX-License-Identifier: Apache-2.0
// The server that a mirror follows, master or mirror: its documents as values, each under its own
// byte limit. Nothing that comes from here is believed before a gate has judged it.
#pragma once

#include <mirror/journal/changelog.hpp>
#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <mirror/store/blob_store.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/root_list.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace heliograph::mirror {

/// How an upstream is reached.
struct UpstreamAccess {
    Url base;                                                ///< Ends with `/`.
    std::optional<pki::ClientContext> trust = std::nullopt;  ///< Needed for https.
    FetchTimeouts timeouts = {};
    std::stop_token stop = {};
    /// In messages and findings; empty: its base URL.
    std::string called = {};
};

/// What an upstream says about its signers; none where it has no such document.
struct SignerDocuments {
    std::optional<Bytes> chain_pem;
    std::optional<Bytes> revocation_pem;
};

/// The answer to one question for a page.
struct PageAnswer {
    enum class State {
        body,  ///< Here it is.
        same,  ///< It is the one that is known.
        gone,  ///< There is no such page (404 or 410).
    };

    State state = State::gone;
    Bytes body;
    std::optional<Bytes> signature = std::nullopt;  ///< When it came along with the page.
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
};

/// @thread One thread; the transport must outlive it.
class Upstream {
  public:
    Upstream(Transport& transport, UpstreamAccess access);

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

    /// @errors As above.
    [[nodiscard]] Result<SignerDocuments> signer_documents();

    /// @param known  The digest of the page at hand, so that an unchanged one is not sent again.
    /// @errors As above.
    [[nodiscard]] Result<PageAnswer> page(
        const verify::ProjectName& project,
        verify::PageForm form,
        const std::optional<pki::Sha256>& known
    );

    /// @return None when it has no signature for this page. @errors As above.
    [[nodiscard]] Result<std::optional<Bytes>> signature(
        const verify::ProjectName& project, verify::PageForm form
    );

    /// The list of all projects.
    /// @param known  The entity tag of the list that was seen last; empty: none.
    /// @return None when it is still that one. @errors As above.
    [[nodiscard]] Result<std::optional<RootAnswer>> projects(const std::string& known);

    /// Downloads a file through the gate into a blob, which the caller commits if the verdict is
    /// accepted.
    /// @errors not_found (it names a file that it does not have), io (of the blob), else as above.
    [[nodiscard]] Result<verify::Verdict> download_file(
        const verify::FilePath& path, verify::FileExpectation expectation, BlobWriter& blob
    );

    /// The same for the metadata text of a file.
    [[nodiscard]] Result<verify::Verdict> download_metadata(
        const verify::FilePath& path, verify::FileExpectation expectation, BlobWriter& blob
    );
    [[nodiscard]] Result<verify::Verdict> download_provenance(
        const verify::FilePath& path, verify::FileExpectation expectation, BlobWriter& blob
    );

    /// The longest pause that it asked for since this was called last.
    [[nodiscard]] std::optional<RetryWish> take_wish() { return std::exchange(m_wish, {}); }

  private:
    struct Question;

    [[nodiscard]] Result<HttpGet> request(const Question& question) const;
    [[nodiscard]] Result<HttpDocument> get(const Question& question);
    [[nodiscard]] Result<std::optional<Bytes>> get_optional(const Question& question);
    [[nodiscard]] Result<verify::Verdict> download(
        const std::string& place, verify::FileExpectation expectation, BlobWriter& blob
    );

    void note_wish(const HttpResponse& response);

    Transport& m_transport;
    UpstreamAccess m_access;
    std::string m_source;
    std::optional<RetryWish> m_wish;
};

}  // namespace heliograph::mirror
