// SPDX-License-Identifier: Apache-2.0
// Private: the signatures beside the first ones, held against their key before they become the
// first: from then on clients see no others.
#pragma once

#include <mirror/store/catalog.hpp>
#include <mirror/store/parallel.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>
#include <verify/index/project_name.hpp>

#include <optional>
#include <span>

namespace heliograph::mirror {

/// The first of these projects a page of which has no signature beside the first, or one that is
/// not by this key over the digest that the page is stored with.
/// @param projects  As Catalog::projects() gives them, a run of it.
/// @return None: all of them are right.
/// @errors malformed, io, crypto. @cost One indexed read and one check a page, on all cores.
[[nodiscard]] Result<std::optional<verify::ProjectName>> find_bad_second_signature(
    const Catalog& catalog,
    std::span<const verify::RootEntry> projects,
    const pki::PublicKey& key,
    Workers workers
);

}  // namespace heliograph::mirror
