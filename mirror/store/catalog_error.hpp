// SPDX-License-Identifier: Apache-2.0
// Private: the sentences that every catalogue says alike.
#pragma once

#include <mirror/store/catalog.hpp>

#include <string_view>

namespace heliograph::mirror {

/// The stable word of a kind: `signer-chain`...
[[nodiscard]] std::string_view evidence_name(EvidenceKind kind);

[[nodiscard]] Error no_project(const verify::ProjectName& project);
[[nodiscard]] Error no_file(const verify::FilePath& path);
[[nodiscard]] Error no_file(const verify::DistFileName& name);
[[nodiscard]] Error no_evidence(EvidenceKind kind);
[[nodiscard]] Error another_event(verify::Serial serial);

/// @param change  From the catalogue's last serial to a lower one.
struct SerialChange {
    verify::Serial from;
    verify::Serial to;
};
[[nodiscard]] Error serial_goes_back(const SerialChange& change);
/// @param change  From the catalogue's last serial to a higher checkpoint.
[[nodiscard]] Error checkpoint_too_high(const SerialChange& change);

}  // namespace heliograph::mirror
