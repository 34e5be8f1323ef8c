// SPDX-License-Identifier: Apache-2.0
// Brings a mirror forward from a bundle, as `mirror sync` would from a server:
//
//   archive -> judge pages, store the files that they name        nothing visible yet
//           -> sync engine, with the bundle as its upstream       the same gates, the same commits
//
// Killed at any moment and run again, it goes on; what is here already is not stored again.
#pragma once

#include <mirror/bundle/bundle_format.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/sync/sync_run.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::mirror {

struct UnbundleRequest {
    std::filesystem::path file;
    /// Of the whole archive, when it came by another way than the archive did. Checked before
    /// anything of the archive is believed: one pass more over the file.
    std::optional<pki::Sha256> digest = std::nullopt;
    verify::PagePolicy policy = verify::default_page_policy();
    std::stop_token stop = {};
};

struct UnbundleReport {
    BundleManifest manifest;
    /// On the bundle as a whole: `bundle-gap` (it begins above the folder's serial),
    /// `folder-serial-unproven` (it ends below the folder's serial, which no signed page bears out,
    /// and below the newest that one does), and what is wrong with its signers. With any of them
    /// nothing was taken but word of a revocation.
    verify::Verdict bundle;
    std::size_t files = 0;    ///< Stored from it now: files, metadata texts, provenance objects.
    std::uint64_t bytes = 0;  ///< Of these.
    /// What the sync engine did; none where nothing was taken, or when the folder is further than
    /// the bundle.
    std::optional<SyncReport> run;
};

/// Takes the folder's lock and runs once.
/// @errors invalid_argument (a master, a mirror of some projects, no regular file), conflict
/// (another process holds the folder), not_found, malformed, too_large, unsupported (no sound
/// bundle), refused (another digest than demanded), cancelled, denied, io. After an error nothing
/// is visible that was not before.
/// @thread One on a folder at a time. @cost Reads the archive once; each new file is hashed while
/// it is stored.
[[nodiscard]] Result<UnbundleReport> unbundle_folder(
    const MirrorFolder& named, const UnbundleRequest& request, const Clock& clock, EventSink& events
);

}  // namespace heliograph::mirror
