// SPDX-License-Identifier: Apache-2.0
// The list of mirrors of an index, signed by whoever signs its pages.
#pragma once

#include <mirror/publish/publisher.hpp>
#include <verify/gate/mirrors_document.hpp>

#include <optional>

namespace heliograph::mirror {

/// The list that is published; none: there is none. @errors malformed, io.
[[nodiscard]] Result<std::optional<verify::MirrorsDocument>> published_mirrors(
    const Catalog& catalog
);

/// Signs the bytes of a list and publishes both in one commit. The pages stay as they are, and so
/// does the journal.
/// @param document  As parse_mirrors_document() reads it.
/// @errors refused (its serial is not higher than the published one), invalid_argument (it has
/// expired), malformed, crypto, io.
/// @thread One thread; the caller holds the folder's lock.
[[nodiscard]] Result<verify::MirrorsDocument> publish_mirrors(
    const Publisher::Parts& parts, ByteSpan document
);

/// The signature that the published list needs from this signer.
/// @return None: there is no list, or it has one by this signer's key. @errors crypto, io.
[[nodiscard]] Result<std::optional<Bytes>> missing_mirrors_signature(
    const Catalog& catalog, const pki::Credential& signer
);

}  // namespace heliograph::mirror
