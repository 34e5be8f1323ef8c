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
constexpr int status_no_such_range = 416;

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

// One form of a page as it came.
struct Upstream::FormAnswer {
    ServedPage page;
    bool unchanged = false;
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
        .post_xml = question.post_xml,
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
    note_wish(RetryWish{
        .scope = response.status == too_many_requests ? RetryWish::Scope::client
                                                      : RetryWish::Scope::document,
        .pause = rest_asked_for(response.headers).value_or(std::chrono::seconds(0))});
}

void Upstream::note_wish(const RetryWish& wish) {
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

Outcome Upstream::check_line(verify::Serial cursor) {
    HG_TRY([[maybe_unused]] const auto answer, changes_since(cursor));
    return {};
}

Result<PageAnswer> Upstream::pages(const PageQuestion& question) {
    PageAnswer answer{.state = PageAnswer::State::pages, .pages = {}};
    int unchanged = 0;
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        HG_TRY(auto given, get_form(question, form));
        if (!given) {
            return PageAnswer{.state = PageAnswer::State::gone, .pages = {}};
        }
        unchanged += given->unchanged ? 1 : 0;
        (form == verify::PageForm::html ? answer.pages.html : answer.pages.json) =
            std::move(given->page);
    }
    if (unchanged == 2) {
        answer.state = PageAnswer::State::unchanged;
    }
    return answer;
}

// @return None when there is no such page.
Result<std::optional<Upstream::FormAnswer>> Upstream::get_form(
    const PageQuestion& question, verify::PageForm form
) {
    const bool html = form == verify::PageForm::html;
    const Bytes* known = nullptr;
    if (question.local != nullptr && question.reuse == PageQuestion::Reuse::allowed) {
        known = html ? &question.local->pages.html.body : &question.local->pages.json.body;
    }
    HG_TRY(
        auto document,
        get(
            {.place = page_path(question.project),
             .limit_bytes = limits::page_bytes,
             .accept = html ? "text/html" : "application/vnd.pypi.simple.v1+json",
             .if_none_match =
                 known == nullptr ? std::string() : '"' + pki::sha256(*known).to_hex() + '"'}
        )
    );
    const int status = document.response.status;
    FormAnswer answer{
        .page = {.body = {}, .signature = signature_along(document.response.headers)}};
    if (status == status_ok) {
        answer.page.body = std::move(document.body);
    } else if (status == status_not_modified && known != nullptr) {
        answer.page.body = *known;
        answer.unchanged = true;
    } else if (says_gone(status)) {
        return std::optional<FormAnswer>();
    } else {
        return unexpected_status(document.response, "200, 304 or 404");
    }
    if (!answer.page.signature) {
        HG_TRY(
            answer.page.signature,
            get_optional(
                {.place = signature_path(question.project, form),
                 .limit_bytes = limits::signature_bytes}
            )
        );
    }
    return std::optional(std::move(answer));
}

Result<std::optional<FeedNews>> Upstream::news(UpstreamFeed /*feed*/, verify::Serial /*since*/) {
    return std::optional<FeedNews>();
}

Result<std::optional<RootAnswer>> Upstream::project_serials() {
    return std::optional<RootAnswer>();
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
    const verify::FilePath& path, verify::FileExpectation expectation, ResumableBlob& blob
) {
    HG_TRY(const auto place, place_of(path));
    return download(place, std::move(expectation), blob);
}

Result<std::string> Upstream::place_of(const verify::FilePath& path) {
    return file_path(path);
}

Result<verify::Verdict> Upstream::download_metadata(
    const verify::FilePath& path, verify::FileExpectation expectation, ResumableBlob& blob
) {
    HG_TRY(const auto place, place_of(path));
    return download(place + ".metadata", std::move(expectation), blob);
}

Result<verify::Verdict> Upstream::download_provenance(
    const verify::FilePath& path, verify::FileExpectation expectation, ResumableBlob& blob
) {
    return download(provenance_path(path.name()), std::move(expectation), blob);
}

Result<verify::Verdict> Upstream::download(
    const std::string& place, verify::FileExpectation expectation, ResumableBlob& blob
) {
    FileTransfer transfer(std::move(expectation), blob);
    HG_CHECK(transfer.resume());
    auto tried = try_download(place, transfer);
    const bool wrong = tried ? !tried->accepted() : tried.error().code() == ErrorCode::malformed;
    if (wrong && transfer.is_resumed()) {
        // What an earlier run left may be what is wrong: once more, without it.
        HG_CHECK(transfer.restart());
        return try_download(place, transfer);
    }
    return tried;
}

Result<verify::Verdict> Upstream::try_download(const std::string& place, FileTransfer& transfer) {
    if (transfer.is_whole()) {
        return transfer.finish();
    }
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
    if (response->status == status_no_such_range && transfer.is_resumed()) {
        return Error(
            ErrorCode::malformed,
            "expected more of " + wanted.url.to_string() +
                " than an earlier run left here, its server has no more"
        );
    }
    if (response->status != status_ok && response->status != status_partial) {
        return unexpected_status(*response, "200");
    }
    return transfer.finish();
}

}  // namespace heliograph::mirror
