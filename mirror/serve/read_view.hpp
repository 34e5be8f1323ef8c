// SPDX-License-Identifier: Apache-2.0
// What a route may look at: one thread's view of the folder.
#pragma once

#include <mirror/serve/prepared.hpp>
#include <mirror/serve/root_index.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/clock.hpp>
#include <verify/index/project_page.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>

namespace heliograph::mirror {

/// A project's page as it was read under one change counter of the catalogue.
struct ParsedPage {
    std::uint64_t counter = 0;
    verify::ProjectPage page;
    verify::Serial serial;
    pki::Sha256 digest;  ///< Of its bytes.
};

/// So much memory for documents that outlast other projects' changes.
inline constexpr std::size_t lasting_bytes = 8U * 1024U * 1024U;

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
    /// The page that a document was last made from: whoever asks for one release of a project after
    /// another, there or not, has its page parsed once.
    std::shared_ptr<const ParsedPage> last_page = nullptr;
    /// Documents made from one page, by its digest: kept while other projects change.
    PreparedCache lasting{lasting_bytes};
};

}  // namespace heliograph::mirror
