// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <mirror/serve/router.hpp>
#include <mirror/serve/xml_rpc_reply.hpp>

namespace heliograph::mirror {

namespace {

HttpReply method_not_allowed() {
    HeaderList more;
    more.add("Allow", "GET, HEAD");
    return HttpReply::sentence(405, "This server answers GET and HEAD.", std::move(more));
}

// The part behind a prefix; none when the path begins otherwise.
std::optional<std::string_view> behind(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) {
        return std::nullopt;
    }
    return path.substr(prefix.size());
}

Result<HttpReply> answer_document(const HttpRequest& request, ReadView& view) {
    const std::string_view path = request.path;
    if (path == "/changelog") {
        return answer_changelog(request, view);
    }
    if (path == "/last-modified") {
        return answer_last_modified(request, view);
    }
    if (path == "/daytime") {
        return answer_daytime(request, view);
    }
    if (path == "/mirrors") {
        return answer_mirrors(request, view);
    }
    if (path.starts_with("/stats") || path.starts_with("/local-stats")) {
        return answer_statistics(request, view, path.substr(1));
    }
    if (path == "/serverkey") {
        return answer_evidence(request, view, EvidenceKind::server_key);
    }
    if (path == "/serverkey.crt") {
        return answer_evidence(request, view, EvidenceKind::signer_chain);
    }
    if (path == "/serverkey.crl") {
        return answer_evidence(request, view, EvidenceKind::revocation_lists);
    }
    if (path == "/mirrors.json") {
        return answer_signed_mirrors(request, view);
    }
    if (path == "/mirrors.json.sig") {
        return answer_evidence(request, view, EvidenceKind::mirrors_signature);
    }
    if (path == "/" || path == "/simple") {
        return redirect(request, "simple/");
    }
    return HttpReply::sentence(404, "There is nothing at this place; begin at /simple/.");
}

Result<HttpReply> route(const HttpRequest& request, ReadView& view) {
    HG_CHECK(follow_catalog(request, view));
    const std::string_view path = request.path;
    if (path == "/simple/") {
        return answer_root_list(request, view);
    }
    if (const auto rest = behind(path, "/simple/")) {
        return answer_page(request, view, *rest);
    }
    if (path.starts_with("/packages/")) {
        return answer_file(request, view);
    }
    if (const auto rest = behind(path, "/serversig/")) {
        return answer_signature(request, view, *rest);
    }
    if (path.starts_with("/integrity/")) {
        return answer_integrity(request, view);
    }
    if (const auto rest = behind(path, "/pypi/")) {
        return answer_legacy(request, view, *rest);
    }
    return answer_document(request, view);
}

}  // namespace

void tell_failure(const HttpRequest& request, const Error& error, EventSink& events) {
    events.emit(
        {EventLevel::warning,
         "serve.failed",
         {{"path", request.path},
          {"code", std::string(error_code_name(error.code()))},
          {"message", error.describe()}}}
    );
}

Outcome follow_catalog(const HttpRequest& request, ReadView& view) {
    if (request.turn != 0 && request.turn == view.checked_turn) {
        return {};
    }
    HG_TRY(const std::uint64_t counter, view.catalog.change_counter());
    view.cache.follow(counter);
    view.checked_turn = request.turn;
    return {};
}

HttpReply unreadable_reply() {
    HeaderList more;
    more.add("Retry-After", "60");
    return HttpReply::sentence(
        503, "This mirror cannot read the document now; ask another mirror.", std::move(more)
    );
}

HttpReply overloaded_reply() {
    HeaderList more;
    more.add("Retry-After", "60");
    return HttpReply::sentence(
        503, "This mirror is overloaded; ask another mirror, or this one later.", std::move(more)
    );
}

bool is_xml_rpc_call(const HttpRequest& request) {
    const std::string_view path = request.path;
    return request.method == Method::post &&
           (path == "/pypi" || path == "/pypi/" || path == "/RPC2");
}

HttpReply answer_request(const HttpRequest& request, ReadView& view, EventSink& events) {
    const bool calls = is_xml_rpc_call(request);
    if (!calls && request.method != Method::get && request.method != Method::head) {
        return method_not_allowed();
    }
    auto reply = calls ? answer_xml_rpc(request, view) : route(request, view);
    if (reply) {
        return *std::move(reply);
    }
    if (reply.error().code() == ErrorCode::not_found && !calls) {
        return HttpReply::sentence(404, "This server has no such document.");
    }
    tell_failure(request, reply.error(), events);
    return calls ? unavailable_reply() : unreadable_reply();
}

}  // namespace heliograph::mirror
