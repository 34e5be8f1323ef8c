// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/mirrors_publisher.hpp>
#include <mirror/publish/signing_pair.hpp>
#include <verify/detached/page_signature.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

// None: there is no such document.
Result<std::optional<Bytes>> stored(const Catalog& catalog, EvidenceKind kind) {
    auto document = catalog.evidence(kind);
    if (document) {
        return std::optional(*std::move(document));
    }
    if (document.error().code() == ErrorCode::not_found) {
        return std::optional<Bytes>();
    }
    return std::move(document).error();
}

}  // namespace

Result<std::optional<verify::MirrorsDocument>> published_mirrors(const Catalog& catalog) {
    HG_TRY(const auto bytes, stored(catalog, EvidenceKind::mirrors));
    if (!bytes) {
        return std::optional<verify::MirrorsDocument>();
    }
    HG_TRY(auto document, verify::parse_mirrors_document(text_of(*bytes)));
    return std::optional(std::move(document));
}

Result<verify::MirrorsDocument> publish_mirrors(const Publisher::Parts& parts, ByteSpan document) {
    HG_TRY(auto list, verify::parse_mirrors_document(text_of(document)));
    HG_TRY(const auto published, published_mirrors(parts.catalog));
    if (published && list.serial <= published->serial) {
        return Error(
            ErrorCode::refused,
            "expected a serial above " + std::to_string(published->serial) +
                ", which is published, saw " + std::to_string(list.serial) +
                "; build the list anew with `mirror mirrors build`"
        );
    }
    const auto now = parts.clock.now();
    if (list.expires <= now) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a list of mirrors that clients take now, saw one that expired at " +
                format_rfc3339(list.expires)
        );
    }
    HG_TRY(const auto pair, signing_pair(parts.catalog, {parts.signer, parts.beside}, now));
    HG_TRY(const auto signature, verify::sign_page(pair.first.key, document));
    HG_TRY(const auto transaction, parts.catalog.begin());
    HG_CHECK(transaction->put_evidence(EvidenceKind::mirrors, document));
    HG_CHECK(transaction->put_evidence(EvidenceKind::mirrors_signature, signature));
    HG_CHECK(transaction->commit());
    parts.events.emit(
        {.level = EventLevel::info,
         .name = "publish.mirrors",
         .fields = {{"serial", std::to_string(list.serial)}}}
    );
    return list;
}

Result<std::optional<Bytes>> missing_mirrors_signature(
    const Catalog& catalog, const pki::Credential& signer
) {
    HG_TRY(const auto document, stored(catalog, EvidenceKind::mirrors));
    HG_TRY(const auto signature, stored(catalog, EvidenceKind::mirrors_signature));
    if (!document) {
        return std::optional<Bytes>();
    }
    if (signature) {
        HG_TRY(
            const auto verdict,
            verify::check_page_signature(
                signer.key.public_key(),
                pki::SignedBytes(*document),
                pki::SignatureBytes(*signature),
                {.subject = "list of mirrors",
                 .signer = signer.leaf.subject(),
                 .source = "this folder"}
            )
        );
        if (verdict.accepted()) {
            return std::optional<Bytes>();
        }
    }
    HG_TRY(auto made, verify::sign_page(signer.key, *document));
    return std::optional(std::move(made));
}

}  // namespace heliograph::mirror
