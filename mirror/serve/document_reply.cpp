// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/document_reply.hpp>

namespace heliograph::mirror {

namespace {

std::shared_ptr<const Prepared> prepare(
    std::variant<BytesBody, BlobReference> content, const pki::Sha256& digest, DocumentFields fields
) {
    const bool ranged = std::holds_alternative<BlobReference>(content);
    std::string etag = etag_of(digest);
    HeaderList& head = fields.more;
    head.add("Content-Type", fields.content_type);
    head.add("ETag", etag);
    head.add(
        "Cache-Control",
        fields.freshness == Freshness::immutable ? "public, max-age=31536000, immutable"
                                                 : "max-age=0, must-revalidate"
    );
    if (ranged) {
        head.add("Accept-Ranges", "bytes");
    }
    // Nothing here is a page for a browser to guess at.
    head.add("X-Content-Type-Options", "nosniff");
    return std::make_shared<const Prepared>(Prepared{
        std::move(etag), std::make_shared<const std::string>(head.render()), std::move(content)});
}

std::uint64_t size_of(const Prepared& document) {
    if (const auto* bytes = std::get_if<BytesBody>(&document.content)) {
        return bytes->bytes->size();
    }
    return std::get<BlobReference>(document.content).size_bytes;
}

std::shared_ptr<const std::string> with_field(
    const std::shared_ptr<const std::string>& head, std::string_view name, const std::string& value
) {
    HeaderList more;
    more.add(name, value);
    return std::make_shared<const std::string>(*head + more.render());
}

Result<FileBody> open_body(const BlobReference& blob, const BlobStore& blobs) {
    auto found = blobs.open(blob.digest);
    if (!found && found.error().code() == ErrorCode::not_found) {
        // Recorded and yet missing is damage, not absence: it must not read as "no such file".
        return Error(
            ErrorCode::io, "expected blob " + blob.digest.to_hex() + ", but it is missing"
        );
    }
    HG_TRY(OpenBlob opened, std::move(found));
    if (opened.size_bytes != blob.size_bytes) {
        return Error(
            ErrorCode::conflict,
            "expected blob " + blob.digest.to_hex() + " of " + std::to_string(blob.size_bytes) +
                " bytes, but it has " + std::to_string(opened.size_bytes)
        );
    }
    return FileBody{
        std::make_shared<const FileDescriptor>(std::move(opened.descriptor)), 0, blob.size_bytes};
}

}  // namespace

std::shared_ptr<const Prepared> prepare_bytes(Bytes bytes, DocumentFields fields) {
    const pki::Sha256 digest = pki::sha256(bytes);
    return prepare_bytes(std::move(bytes), digest, std::move(fields));
}

std::shared_ptr<const Prepared> prepare_bytes(
    Bytes bytes, const pki::Sha256& digest, DocumentFields fields
) {
    return prepare(
        BytesBody{std::make_shared<const Bytes>(std::move(bytes))}, digest, std::move(fields)
    );
}

std::shared_ptr<const Prepared> prepare_blob(const BlobReference& blob, DocumentFields fields) {
    return prepare(blob, blob.digest, std::move(fields));
}

Result<HttpReply> reply_with(
    const HttpRequest& request, const Prepared& document, const BlobStore& blobs
) {
    const auto* blob = std::get_if<BlobReference>(&document.content);
    const std::uint64_t size = size_of(document);
    const Selection selection =
        select(request, {document.etag, size, blob != nullptr ? Ranges::bytes : Ranges::none});
    if (selection.wanted == Wanted::not_modified) {
        return HttpReply{304, document.head, NoBody{}};
    }
    if (selection.wanted == Wanted::unsatisfiable) {
        HeaderList more;
        more.add("Content-Range", "bytes */" + std::to_string(size));
        return HttpReply::sentence(
            416,
            "The file has " + std::to_string(size) + " bytes; the range begins behind its end.",
            std::move(more)
        );
    }
    if (blob == nullptr) {
        return HttpReply{200, document.head, std::get<BytesBody>(document.content)};
    }
    HG_TRY(FileBody body, open_body(*blob, blobs));
    if (selection.wanted == Wanted::whole) {
        return HttpReply{200, document.head, std::move(body)};
    }
    body.offset_bytes = selection.offset_bytes;
    body.length_bytes = selection.length_bytes;
    const std::string range = "bytes " + std::to_string(selection.offset_bytes) + "-" +
                              std::to_string(selection.offset_bytes + selection.length_bytes - 1) +
                              "/" + std::to_string(size);
    return HttpReply{206, with_field(document.head, "Content-Range", range), std::move(body)};
}

Result<HttpReply> reply_cached(
    const HttpRequest& request,
    ReadView& view,
    std::string key,
    const std::function<Result<std::shared_ptr<const Prepared>>()>& make
) {
    std::shared_ptr<const Prepared> document = view.cache.find(key);
    if (document == nullptr) {
        HG_TRY(document, make());
        view.cache.keep(std::move(key), document);
    }
    return reply_with(request, *document, view.blobs);
}

HttpReply redirect(const HttpRequest& request, std::string location) {
    if (!request.query.empty()) {
        location += "?" + request.query;
    }
    HeaderList more;
    more.add("Location", location);
    return HttpReply::sentence(301, "This document is at " + location + ".", std::move(more));
}

}  // namespace heliograph::mirror
