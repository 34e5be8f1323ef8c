// SPDX-License-Identifier: Apache-2.0
// The mirrors that a command asks: all sources that the user named, made into one list.
#pragma once

#include <mirror/fleet/mirror_list.hpp>
#include <mirror/net/http_client.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/console.hpp>
#include <tools/commands/source.hpp>
#include <verify/verdict/policy.hpp>

namespace heliograph::tools {

struct MirrorQuestion {
    /// Whom may be asked for lists.
    enum class Reach { anybody, nobody };

    const SourceOptions& options;
    const verify::TrustBundle& trust;
    mirror::Transport& transport;
    const std::optional<pki::ClientContext>& tls;
    verify::PagePolicy policy;  ///< Of a signed list's signer.
    Instant now{};
    Reach reach = Reach::anybody;
};

/// Sources that were named with --mirrors and --mirror-list; when neither was, the mirrors that the
/// bundle recommends, else `mirrors.txt` in the configuration folder. What does not hold or is old
/// of a signed list is told on @p console.
/// @errors not_found, invalid_argument (with what to do: no list, or one that cannot be meant),
/// refused (a signed list that does not hold), stale (one that expired), and those of
/// load_mirror_list() and find_signed_list().
[[nodiscard]] Result<mirror::MirrorList> find_mirrors(
    const MirrorQuestion& question, Console& console
);

}  // namespace heliograph::tools
