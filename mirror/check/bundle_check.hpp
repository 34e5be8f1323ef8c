// SPDX-License-Identifier: Apache-2.0
// A bundle that `mirror bundle` wrote, judged without a mirror to take it in.
#pragma once

#include <mirror/check/copy_check.hpp>
#include <pki/crypto/digest.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::mirror {

struct BundleCheckRequest {
    std::filesystem::path file;
    std::filesystem::path spool_folder;  ///< For pages, in a file without a name.
    /// Of the whole archive, when it came by another way than the archive did.
    std::optional<pki::Sha256> digest = std::nullopt;
};

/// One pass over the archive, then check_copy() over what it held: pages, and the files that came
/// along; of a bundle from serial 0 all files that pages name. Findings beside those of
/// check_copy(): `bundle-digest-mismatch`. An archive that cannot be read to its end is an item of
/// its own, beside what came before.
/// @errors not_found, io, denied; malformed, unsupported, too_large (no bundle at all); crypto.
/// @thread Safe. @cost One pass; pages go to the spool.
[[nodiscard]] Result<CopyReport> check_bundle(
    const BundleCheckRequest& request,
    const verify::JudgementBasis& basis,
    const CheckDemands& demands
);

}  // namespace heliograph::mirror
