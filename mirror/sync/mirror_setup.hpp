// SPDX-License-Identifier: Apache-2.0
// A new mirror: folder, upstream and trust bundle, whole or not at all. Nothing is fetched yet.
#pragma once

#include <mirror/net/url.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <filesystem>

namespace heliograph::mirror {

struct MirrorRequest {
    std::filesystem::path folder;
    Url upstream;        ///< Base URL of a master or of another mirror.
    Bytes trust_bundle;  ///< The file as given, so that its fingerprint stays the same.
};

/// Makes the folder of a mirror.
/// @errors exists (something stands in the folder's place), malformed or unsupported (trust
/// bundle), io, denied.
/// @thread Safe for different folders.
[[nodiscard]] Outcome init_mirror(const MirrorRequest& request);

}  // namespace heliograph::mirror
