// SPDX-License-Identifier: Apache-2.0
// Turns a document into the answer to one request. Private to this room.
#pragma once

#include <mirror/serve/conditional.hpp>
#include <mirror/serve/negotiation.hpp>
#include <mirror/serve/read_view.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// How long caches may keep a document without asking.
enum class Freshness {
    revalidate,  ///< May change at any time: ask each time, which costs a 304.
    immutable,   ///< Stands under its own digest.
};

/// The fields that belong to a document, beside its content.
struct DocumentFields {
    std::string_view content_type;
    Freshness freshness = Freshness::revalidate;
    HeaderList more = {};
};

/// The fields of a page, or of the list of projects.
[[nodiscard]] DocumentFields page_fields(PageType type, verify::Serial serial);

/// A document of bytes; its entity tag is their digest.
[[nodiscard]] std::shared_ptr<const Prepared> prepare_bytes(Bytes bytes, DocumentFields fields);

/// A document of bytes whose digest is known.
[[nodiscard]] std::shared_ptr<const Prepared> prepare_bytes(
    Bytes bytes, const pki::Sha256& digest, DocumentFields fields
);

/// A document that lies in the blob store.
[[nodiscard]] std::shared_ptr<const Prepared> prepare_blob(
    const BlobReference& blob, DocumentFields fields
);

/// The answer: whole, a part, 304 or 416.
/// @errors io (the blob is missing, too), conflict (it has another size).
[[nodiscard]] Result<HttpReply> reply_with(
    const HttpRequest& request, const Prepared& document, const BlobStore& blobs
);

/// The kept answer under @p key, or the one that @p make gives, kept from then on.
[[nodiscard]] Result<HttpReply> reply_cached(
    const HttpRequest& request,
    ReadView& view,
    std::string key,
    const std::function<Result<std::shared_ptr<const Prepared>>()>& make
);

/// 301 to a reference relative to the request, so that it holds behind any prefix; the query is
/// kept.
[[nodiscard]] HttpReply redirect(const HttpRequest& request, std::string location);

}  // namespace heliograph::mirror
