// SPDX-License-Identifier: Apache-2.0
// Private: how the bodies of pages lie in the catalogue: small ones deflated in their row, large
// ones in parts of which an edition writes only those that changed.
#pragma once

#include <mirror/store/catalog_row.hpp>

#include <cstdint>

namespace heliograph::mirror {

/// As the column `packing` says it.
enum class Packing : std::int64_t {
    plain = 0,     ///< The bytes themselves, as all were before.
    deflated = 1,  ///< By deflate_body().
    parts = 2,     ///< A list of parts by render_parts().
};

/// A body as its row holds it.
struct PackedBody {
    Packing packing = Packing::plain;
    Bytes bytes;
};

/// Whose body it is.
struct PageKey {
    const verify::ProjectName& project;
    verify::PageForm form;
};

/// Packs a page that replaces the one in the catalogue; parts come and go with it.
/// @errors io, conflict. @cost A large page: a pass of SHA-256 and one of reading; what it shares
/// with its former edition is not written.
[[nodiscard]] Result<PackedBody> pack_body(
    CatalogDatabase& database, const PageKey& key, ByteSpan body
);

/// The bytes that were packed. The statement that gave the row must not be reset before: it keeps
/// the parts of the same moment readable.
/// @errors malformed (a damaged row; more than limits::page_bytes), io.
[[nodiscard]] Result<Bytes> unpack_body(CatalogDatabase& database, PackedBody packed);

/// Removes the parts of a page, before its row goes or is no list of parts any more. A part that
/// the disk altered stays, unnamed. @errors io. @cost Reads each part and takes its SHA-256.
Outcome drop_parts(CatalogDatabase& database, const PageKey& key);

}  // namespace heliograph::mirror
