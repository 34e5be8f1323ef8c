// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/retry.hpp>
#include <mirror/fleet/signature_along.hpp>
#include <mirror/sync/file_transfer.hpp>
#include <mirror/sync/upstream.hpp>
#include <verify/verdict/limits.hpp>

#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

constexpr int status_ok = 200;
constexpr int status_partial = 206;
constexpr int status_not_modified = 304;

bool says_gone(int status) {
    constexpr int not_found = 404;
    constexpr int gone = 410;
    return status == not_found || status == gone;
}

Error unexpected_status(const HttpResponse& response, std::string_view expected) {
    return {
        ErrorCode::network,
        "expected status " + std::string(expected) + " from " + response.url.to_string() +
            ", saw " + std::to_string(response.status)};
}

}  // namespace

struct Upstream::Question {
    std::string place;
    std::uint64_t limit_bytes = 0;
    std::string accept = "*/*";
    std::string if_none_match = {};
    std::chrono::seconds held{0};  ///< The upstream may hold the question so long.
};

Upstream::Upstream(Transport& transport, UpstreamAccess access)
    : m_transport(transport),
      m_access(std::move(access)),
      m_source(m_access.called.empty() ? m_access.base.to_string() : m_access.called) {
    HG_ASSERT(m_access.base.path().ends_with('/'));
}

Result<HttpGet> Upstream::request(const Question& question) const {
    HG_TRY(auto url, m_access.base.resolve(question.place));
    auto timeouts = m_access.timeouts;
    timeouts.first_byte += question.held;
    return HttpGet{
        .url = std::move(url),
        .limit_bytes = question.limit_bytes,
        .timeouts = timeouts,
        .trust = m_access.trust,
        .accept = question.accept,
        .if_none_match = question.if_none_match,
        .stop = m_access.stop,
    };
}

Result<HttpDocument> Upstream::get(const Question& question) {
    HG_TRY(const auto wanted, request(question));
    auto document = fetch_document(m_transport, wanted);
    if (!document) {
        return std::move(document).error().at(wanted.url.to_string());
    }
    note_wish(document->response);
    return document;
}

void Upstream::note_wish(const HttpResponse& response) {
    constexpr int too_many_requests = 429;
    constexpr int unavailable = 503;
    if (response.status != too_many_requests && response.status != unavailable) {
        return;
    }
    const RetryWish wish{
        .scope = response.status == too_many_requests ? RetryWish::Scope::client
                                                      : RetryWish::Scope::document,
        .pause = rest_asked_for(response.headers).value_or(std::chrono::seconds(0))};
    const bool weightier =
        !m_wish || (wish.scope == m_wish->scope ? m_wish->pause < wish.pause
                                                : wish.scope == RetryWish::Scope::client);
    if (weightier) {
        m_wish = wish;
    }
}

Result<std::optional<Bytes>> Upstream::get_optional(const Question& question) {
    HG_TRY(auto document, get(question));
    if (document.response.status == status_ok) {
        return std::optional(std::move(document.body));
    }
    if (says_gone(document.response.status)) {
        return std::optional<Bytes>();
    }
    return unexpected_status(document.response, "200 or 404");
}

Result<std::optional<Changelog>> Upstream::changes_since(
    verify::Serial cursor, std::chrono::seconds wait
) {
    const Question question{
        .place = "changelog?since=" + std::to_string(cursor.value) +
                 "&limit=" + std::to_string(changelog_limits::events) +
                 (wait.count() == 0 ? "" : "&wait=" + std::to_string(wait.count())),
        .limit_bytes = limits::changelog_page_bytes,
        .accept = "application/json",
        .held = wait};
    HG_TRY(const auto document, get(question));
    // 404: a static tree has no page for a serial below its journal's checkpoint.
    if (says_gone(document.response.status)) {
        return std::optional<Changelog>();
    }
    if (document.response.status != status_ok) {
        return unexpected_status(document.response, "200, 404 or 410");
    }
    auto page = parse_changelog(text_of(document.body));
    if (!page) {
        return std::move(page).error().at(document.response.url.to_string());
    }
    if (cursor < page->checkpoint) {
        return std::optional<Changelog>();
    }
    return std::optional(*std::move(page));
}

Result<SignerDocuments> Upstream::signer_documents() {
    SignerDocuments documents;
    HG_TRY(
        documents.chain_pem,
        get_optional(
            {.place = std::string(signer_chain_path), .limit_bytes = limits::server_key_bytes}
        )
    );
    HG_TRY(
        documents.revocation_pem,
        get_optional(
            {.place = std::string(revocation_lists_path), .limit_bytes = limits::revocation_bytes}
        )
    );
    return documents;
}

Result<PageAnswer> Upstream::page(
    const verify::ProjectName& project,
    verify::PageForm form,
    const std::optional<pki::Sha256>& known
) {
    const Question question{
        .place = page_path(project),
        .limit_bytes = limits::page_bytes,
        .accept =
            form == verify::PageForm::json ? "application/vnd.pypi.simple.v1+json" : "text/html",
        .if_none_match = known ? '"' + known->to_hex() + '"' : std::string()};
    HG_TRY(auto document, get(question));
    const int status = document.response.status;
    if (status == status_ok) {
        return PageAnswer{
            .state = PageAnswer::State::body,
            .body = std::move(document.body),
            .signature = signature_along(document.response.headers)};
    }
    if (status == status_not_modified && known) {
        return PageAnswer{
            .state = PageAnswer::State::same,
            .body = {},
            .signature = signature_along(document.response.headers)};
    }
    if (says_gone(status)) {
        return PageAnswer{.state = PageAnswer::State::gone, .body = {}};
    }
    return unexpected_status(document.response, "200, 304 or 404");
}

Result<std::optional<Bytes>> Upstream::signature(
    const verify::ProjectName& project, verify::PageForm form
) {
    return get_optional(
        {.place = signature_path(project, form), .limit_bytes = limits::signature_bytes}
    );
}

Result<std::optional<RootAnswer>> Upstream::projects(const std::string& known) {
    HG_TRY(
        const auto document,
        get(
            {.place = "simple/",
             .limit_bytes = limits::root_list_bytes,
             .accept = "application/vnd.pypi.simple.v1+json",
             .if_none_match = known}
        )
    );
    if (document.response.status == status_not_modified && !known.empty()) {
        return std::optional<RootAnswer>();
    }
    if (document.response.status != status_ok) {
        return unexpected_status(document.response, "200");
    }
    auto list = verify::parse_root_json(text_of(document.body));
    if (!list) {
        return std::move(list).error().at(document.response.url.to_string());
    }
    const auto etag = document.response.headers.find("ETag");
    return std::optional(RootAnswer{
        .list = *std::move(list), .etag = etag ? std::string(*etag) : std::string()});
}

Result<verify::Verdict> Upstream::download_file(
    const verify::FilePath& path, verify::FileExpectation expectation, BlobWriter& blob
) {
    return download(file_path(path), std::move(expectation), blob);
}

Result<verify::Verdict> Upstream::download_metadata(
    const verify::FilePath& path, verify::FileExpectation expectation, BlobWriter& blob
) {
    return download(file_path(path) + ".metadata", std::move(expectation), blob);
}

Result<verify::Verdict> Upstream::download_provenance(
    const verify::FilePath& path, verify::FileExpectation expectation, BlobWriter& blob
) {
    return download(provenance_path(path.name()), std::move(expectation), blob);
}

Result<verify::Verdict> Upstream::download(
    const std::string& place, verify::FileExpectation expectation, BlobWriter& blob
) {
    FileTransfer transfer(std::move(expectation), blob);
    HG_TRY(const auto wanted, request({.place = place, .limit_bytes = transfer.limit_bytes()}));
    auto response = transfer.run(m_transport, wanted);
    if (transfer.is_too_long()) {
        return transfer.finish();
    }
    if (!response) {
        return std::move(response).error().at(wanted.url.to_string());
    }
    note_wish(*response);
    if (says_gone(response->status)) {
        return Error(
            ErrorCode::not_found,
            "expected the upstream to have " + wanted.url.to_string() +
                ", which its page names; it has not"
        );
    }
    if (response->status != status_ok && response->status != status_partial) {
        return unexpected_status(*response, "200");
    }
    return transfer.finish();
}

}  // namespace heliograph::mirror
