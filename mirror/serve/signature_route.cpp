// SPDX-License-Identifier: Apache-2.0
// `/serversig/<project>` (HTML page) and `/serversig/<project>.json` (JSON page): the signature
// over the exact bytes of a page. PEP 381. Behind either, `.<key id>` asks for the one of that key:
// during a signer's rollover there are two.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>

namespace heliograph::mirror {

namespace {

// What is asked for: `demo`, `demo.json`, `demo.json.<64 hex digits>`.
struct SignaturePlace {
    std::string_view project;
    verify::PageForm form = verify::PageForm::html;
    std::optional<pki::Sha256> key = std::nullopt;

    // Behind the project's name.
    [[nodiscard]] std::string ending() const {
        return std::string(form == verify::PageForm::json ? ".json" : "") +
               (key ? "." + key->to_hex() : "");
    }
};

SignaturePlace read_place(std::string_view spelling) {
    constexpr std::string_view json_ending = ".json";
    SignaturePlace place{.project = spelling};
    const auto dot = spelling.rfind('.');
    if (dot != std::string_view::npos) {
        if (const auto key = pki::Sha256::parse_hex(spelling.substr(dot + 1))) {
            place.key = *key;
            place.project = spelling.substr(0, dot);
        }
    }
    if (place.project.ends_with(json_ending)) {
        place.project.remove_suffix(json_ending.size());
        place.form = verify::PageForm::json;
    }
    return place;
}

Error no_signature(std::string_view why) {
    return {ErrorCode::not_found, "expected a signature of this page here, " + std::string(why)};
}

// The published signer whose key has this name.
Result<pki::Certificate> signer_of_key(const Catalog& catalog, const pki::Sha256& key) {
    HG_TRY(const auto chain_pem, catalog.evidence(EvidenceKind::signer_chain));
    HG_TRY(const auto chain, verify::parse_server_key(text_of(chain_pem)));
    for (const auto& signer : chain.signers) {
        if (verify::key_id(signer.public_key()) == key) {
            return signer;
        }
    }
    return no_signature("this key signs none");
}

Result<bool> is_made_by(const pki::Certificate& signer, const StoredPage& page) {
    HG_TRY(
        const auto verdict,
        verify::check_page_signature(
            signer.public_key(),
            pki::SignedBytes(page.body),
            pki::SignatureBytes(page.signature),
            {.subject = "page", .signer = signer.subject(), .source = "this folder"}
        )
    );
    return verdict.accepted();
}

Result<Bytes> first_signature(
    const Catalog& catalog, const verify::ProjectName& project, verify::PageForm form
) {
    HG_TRY(StoredPage page, catalog.page(project, form));
    if (page.signature.empty()) {
        return no_signature("nobody signed it");
    }
    return std::move(page.signature);
}

// Anybody may make up names of keys: no page is read for one that is not published.
Result<Bytes> signature_by_key(
    const Catalog& catalog, const SignaturePlace& place, const verify::ProjectName& project
) {
    HG_TRY(const auto other_key, catalog.other_key());
    if (other_key == place.key) {
        HG_TRY(auto other, catalog.other_signature(project, place.form));
        return other ? Result<Bytes>(*std::move(other)) : no_signature("none by this key was made");
    }
    HG_TRY(const auto signer, signer_of_key(catalog, *place.key));
    HG_TRY(StoredPage page, catalog.page(project, place.form));
    HG_TRY(const bool is_by_key, is_made_by(signer, page));
    return is_by_key ? Result<Bytes>(std::move(page.signature))
                     : no_signature("this key signs none");
}

}  // namespace

Result<HttpReply> answer_signature(
    const HttpRequest& request, ReadView& view, std::string_view rest
) {
    std::string_view spelling = rest;
    if (spelling.ends_with('/')) {
        spelling.remove_suffix(1);  // The reference client of PEP 381 asks so.
    }
    const auto place = read_place(spelling);
    const auto project = verify::parse_project_name(place.project);
    if (!project) {
        return HttpReply::sentence(404, "No project can have such a name.");
    }
    const auto canonical = project->text() + place.ending();
    if (canonical != spelling) {
        return redirect(request, (rest.ends_with('/') ? "../" : "") + canonical);
    }
    return reply_cached(
        request,
        view,
        "s/" + canonical,
        [&]() -> Result<std::shared_ptr<const Prepared>> {
            HG_TRY(
                Bytes signature,
                place.key ? signature_by_key(view.catalog, place, *project)
                          : first_signature(view.catalog, *project, place.form)
            );
            return prepare_bytes(std::move(signature), {"application/octet-stream"});
        }
    );
}

}  // namespace heliograph::mirror
