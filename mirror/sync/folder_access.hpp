// SPDX-License-Identifier: Apache-2.0
// What everyone opens alike who follows an upstream for a folder.
#pragma once

#include <mirror/store/folder.hpp>
#include <mirror/sync/sync_run.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <memory>
#include <optional>

namespace heliograph::mirror {

/// The folder's trust bundle. @errors not_found, malformed, unsupported, too_large, denied, io;
/// invalid_argument (the mirror was made for an upstream that signs nothing, and has none).
[[nodiscard]] Result<verify::TrustBundle> read_trust(const MirrorFolder& folder);

/// Whom a mirror follows, and what is demanded of it.
struct Following {
    UpstreamAccess access;
    /// Empty for an upstream that signs nothing: nobody's signature counts then.
    verify::TrustBundle trust;
    std::optional<UnsignedTerms> terms;  ///< Of such an upstream.
    verify::PagePolicy policy;           ///< The options' own, or the one for such an upstream.
};

/// How a mirror's upstream is reached: its base URL from the marker; for TLS the bundle's roots, or
/// those that the terms name.
/// @param clock  Outlives what is returned.
/// @errors invalid_argument (a master follows nobody), not_found (no system store of roots),
/// malformed, crypto.
[[nodiscard]] Result<Following> follow_upstream(
    const MirrorFolder& folder, const SyncOptions& options, const Clock& clock
);

/// Which projects the folder is to have. @thread Safe. @cost Linear.
[[nodiscard]] ProjectFilter filter_of(const MirrorFolder& folder);

/// A line to it. @param transport  Outlives it. @thread Safe. @cost None.
[[nodiscard]] std::unique_ptr<Upstream> open_upstream(
    const Following& following, Transport& transport
);

}  // namespace heliograph::mirror
