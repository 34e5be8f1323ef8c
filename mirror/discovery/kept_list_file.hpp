// SPDX-License-Identifier: Apache-2.0
// The kept list on disk: in a file for each root that is trusted, so that a change of roots does
// not make it forgotten.
#pragma once

#include <mirror/discovery/kept_list.hpp>

#include <filesystem>
#include <optional>
#include <vector>

namespace heliograph::mirror {

/// The name of the file for one root and one index. @thread Safe.
[[nodiscard]] std::string kept_list_name(const pki::Sha256& authority, std::string_view index);

/// @param files  One for each root.
/// @return  The newest of them; none when there is no file yet.
/// @errors malformed, unsupported (then an old list could pass for a new one: the message says what
/// to do), denied, io. @thread Safe.
[[nodiscard]] Result<std::optional<KeptList>> load_kept_list(
    const std::vector<std::filesystem::path>& files
);

/// Raises every file to @p kept, each in one step, with other processes locked out; a file with a
/// higher serial, or a later confirmation of the same one, stays.
/// @param files  In one folder, which is made when missing.
/// @errors conflict (another process held the lock too long), denied, io, malformed. @thread Safe.
[[nodiscard]] Outcome save_kept_list(
    const std::vector<std::filesystem::path>& files, const KeptList& kept
);

}  // namespace heliograph::mirror
