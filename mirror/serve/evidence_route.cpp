// SPDX-License-Identifier: Apache-2.0
// `/serverkey`, `/serverkey.crt`, `/serverkey.crl`, `/last-modified` and `/daytime`, of PEP 381,
// and the signed list of mirrors, `/mirrors.json`.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <pki/base/encoding.hpp>

namespace heliograph::mirror {

Result<HttpReply> answer_evidence(const HttpRequest& request, ReadView& view, EvidenceKind kind) {
    if (kind == EvidenceKind::server_key && view.role == MirrorRole::mirror) {
        return HttpReply::sentence(
            404, "A mirror does not give out the server key (PEP 381); ask the master for it."
        );
    }
    return reply_cached(
        request,
        view,
        "e/" + std::to_string(static_cast<int>(kind)),
        [&]() -> Result<std::shared_ptr<const Prepared>> {
            HG_TRY(Bytes document, view.catalog.evidence(kind));
            const std::string_view type = kind == EvidenceKind::mirrors_signature
                                              ? "application/octet-stream"
                                              : "application/x-pem-file";
            return prepare_bytes(std::move(document), {type});
        }
    );
}

Result<HttpReply> answer_signed_mirrors(const HttpRequest& request, ReadView& view) {
    return reply_cached(request, view, "mirrors", [&]() -> Result<std::shared_ptr<const Prepared>> {
        HG_TRY(Bytes document, view.catalog.evidence(EvidenceKind::mirrors));
        HG_TRY(const auto signature, view.catalog.evidence(EvidenceKind::mirrors_signature));
        DocumentFields fields{.content_type = "application/json"};
        fields.more.add("X-Page-Signature", encode_base64(signature));
        return prepare_bytes(std::move(document), std::move(fields));
    });
}

Result<HttpReply> answer_daytime(const HttpRequest& request, ReadView& view) {
    if (view.role == MirrorRole::mirror || view.clock == nullptr) {
        return HttpReply::sentence(
            404, "A mirror has /last-modified; ask the master for its time."
        );
    }
    const auto document =
        prepare_bytes(to_bytes(format_last_modified(view.clock->now()) + "\n"), {"text/plain"});
    return reply_with(request, *document, view.blobs);
}

Result<HttpReply> answer_last_modified(const HttpRequest& request, ReadView& view) {
    HG_TRY(const CatalogState state, view.catalog.state());
    if (!state.last_modified) {
        return HttpReply::sentence(404, "Nothing was published or synchronised here so far.");
    }
    const auto document =
        prepare_bytes(to_bytes(format_last_modified(*state.last_modified) + "\n"), {"text/plain"});
    return reply_with(request, *document, view.blobs);
}

}  // namespace heliograph::mirror
