// SPDX-License-Identifier: Apache-2.0
// What everyone opens alike who follows an upstream for a folder.
#pragma once

#include <mirror/store/folder.hpp>
#include <mirror/sync/sync_run.hpp>
#include <verify/gate/trust_bundle.hpp>

namespace heliograph::mirror {

/// The folder's trust bundle. @errors not_found, malformed, unsupported, too_large, denied, io.
[[nodiscard]] Result<verify::TrustBundle> read_trust(const MirrorFolder& folder);

/// How a mirror's upstream is reached: its base URL from the marker, the bundle's roots for TLS.
/// @param clock  Outlives the access.
/// @errors invalid_argument (a master follows nobody), malformed, crypto.
[[nodiscard]] Result<UpstreamAccess> reach_upstream(
    const MirrorFolder& folder,
    const verify::TrustBundle& trust,
    const SyncOptions& options,
    const Clock& clock
);

}  // namespace heliograph::mirror
