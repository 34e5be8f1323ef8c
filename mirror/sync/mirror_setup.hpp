// SPDX-License-Identifier: Apache-2.0
// A new mirror: folder, upstream and trust bundle, whole or not at all. Nothing is fetched yet.
#pragma once

#include <mirror/net/url.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::mirror {

struct MirrorRequest {
    std::filesystem::path folder;
    Url upstream;  ///< Base URL of a master or of another mirror.
    /// The file as given, so that its fingerprint stays the same; empty with `terms`.
    Bytes trust_bundle;
    std::optional<UnsignedTerms> terms = std::nullopt;  ///< The upstream signs nothing.
    Bytes tls_roots = {};                               ///< With terms of own roots: PEM.
    WantedContent wanted = {};
};

/// Makes the folder of a mirror.
/// @errors invalid_argument (plain http to another machine, from which nothing signed comes:
/// nothing would vouch for it; a file host that is none), exists (something stands in the folder's
/// place), malformed or unsupported (trust bundle), io, denied.
/// @thread Safe for different folders.
[[nodiscard]] Outcome init_mirror(const MirrorRequest& request);

}  // namespace heliograph::mirror
