// SPDX-License-Identifier: Apache-2.0
// What a route may look at: one thread's view of the folder.
#pragma once

#include <mirror/serve/prepared.hpp>
#include <mirror/serve/root_index.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/clock.hpp>

#include <filesystem>
#include <memory>

namespace heliograph::mirror {

/// @thread One: that of the catalogue.
struct ReadView {
    const Catalog& catalog;
    const BlobStore& blobs;
    MirrorRole role;
    PreparedCache& cache;
    /// The turn of the server's loop in which the catalogue was last asked whether it changed.
    std::uint64_t checked_turn = 0;
    /// The list of projects; all threads of a server share one.
    std::shared_ptr<RootIndex> roots = std::make_shared<RootIndex>();
    /// Of the mirror: statistics and the list of mirrors. Empty: there are none.
    std::filesystem::path folder = {};
    const Clock* clock = nullptr;  ///< For /daytime.
};

}  // namespace heliograph::mirror
