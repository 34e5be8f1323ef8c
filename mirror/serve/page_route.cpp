// SPDX-License-Identifier: Apache-2.0
// `/simple/` and `/simple/<project>/`. PEP 503, PEP 691.
#include <mirror/net/request_target.hpp>
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/negotiation.hpp>
#include <mirror/serve/route.hpp>
#include <mirror/serve/sound_page.hpp>
#include <pki/base/encoding.hpp>

namespace heliograph::mirror {

namespace {

HttpReply not_acceptable() {
    HeaderList more;
    more.add("Vary", "Accept");
    return HttpReply::sentence(
        406,
        "This page is offered as application/vnd.pypi.simple.v1+json, "
        "application/vnd.pypi.simple.v1+html and text/html only.",
        std::move(more)
    );
}

// Which of the two: the type to answer with, or the answer that there is none.
std::variant<PageType, HttpReply> negotiate(const HttpRequest& request) {
    PageWish wish;
    wish.accept = request.headers.joined("Accept");
    if (!request.query.empty()) {
        auto format = query_value(request.query, "format");
        if (!format) {
            return HttpReply::sentence(400, "The query of this request is not well-formed.");
        }
        wish.format = *std::move(format);
    }
    const auto type = choose_page_type(wish);
    if (!type) {
        return not_acceptable();
    }
    return *type;
}

std::string key_of(PageType type, std::string_view name) {
    const char* prefix = type == PageType::json ? "j/" : type == PageType::html_v1 ? "v/" : "h/";
    return prefix + std::string(name);
}

}  // namespace

DocumentFields page_fields(PageType type, verify::Serial serial) {
    DocumentFields fields{content_type(type)};
    fields.more.add("Vary", "Accept");
    fields.more.add("X-PyPI-Last-Serial", std::to_string(serial.value));
    return fields;
}

Result<bool> is_root_list_at_hand(const HttpRequest& request, ReadView& view) {
    HG_CHECK(follow_catalog(request, view));
    const auto negotiated = negotiate(request);
    const auto* type = std::get_if<PageType>(&negotiated);
    if (type == nullptr) {
        return true;
    }
    auto key = key_of(*type, "");
    if (view.cache.find(key) != nullptr) {
        return true;
    }
    HG_TRY(auto ready, view.roots->at_hand(view.catalog, *type));
    const bool is_there = ready != nullptr;
    if (is_there) {
        view.cache.keep(std::move(key), std::move(ready));
    }
    return is_there;
}

Result<HttpReply> answer_root_list(const HttpRequest& request, ReadView& view) {
    auto negotiated = negotiate(request);
    if (auto* refusal = std::get_if<HttpReply>(&negotiated)) {
        return std::move(*refusal);
    }
    const PageType type = std::get<PageType>(negotiated);
    return reply_cached(
        request,
        view,
        key_of(type, ""),
        [&]() -> Result<std::shared_ptr<const Prepared>> {
            return view.roots->prepared(view.catalog, type);
        }
    );
}

Result<HttpReply> answer_page(const HttpRequest& request, ReadView& view, std::string_view rest) {
    const bool slash = rest.ends_with('/');
    const std::string_view spelling = slash ? rest.substr(0, rest.size() - 1) : rest;
    const auto project = verify::parse_project_name(spelling);
    if (!project) {
        return HttpReply::sentence(404, "No project can have such a name.");
    }
    if (!slash || project->text() != spelling) {
        return redirect(request, (slash ? "../" : "") + project->text() + "/");
    }
    auto negotiated = negotiate(request);
    if (auto* refusal = std::get_if<HttpReply>(&negotiated)) {
        return std::move(*refusal);
    }
    const PageType type = std::get<PageType>(negotiated);
    return reply_cached(
        request,
        view,
        key_of(type, spelling),
        [&]() -> Result<std::shared_ptr<const Prepared>> {
            HG_TRY(StoredPage page, sound_page(view, *project, page_form(type)));
            auto fields = page_fields(type, page.serial);
            // Spares whoever verifies a request, and the race between page and signature.
            // A mirror of an upstream that signs nothing has none.
            if (!page.signature.empty()) {
                fields.more.add("X-Page-Signature", encode_base64(page.signature));
            }
            return prepare_bytes(std::move(page.body), page.digest, std::move(fields));
        }
    );
}

}  // namespace heliograph::mirror
