// SPDX-License-Identifier: Apache-2.0
// A master opened for writing: what every verb that publishes needs, in the order of its lifetime.
#pragma once

#include <mirror/publish/publisher.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/file_lock.hpp>
#include <pki/x509/credential.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace heliograph::tools::mirror_commands {

/// Holds the folder's lock while it lives.
struct OpenMaster {
    mirror::MirrorFolder folder;
    FileLock lock;
    pki::Credential signer;
    std::unique_ptr<mirror::Catalog> catalog;
    std::unique_ptr<mirror::BlobStore> blobs;

    [[nodiscard]] mirror::Publisher publisher(const Clock& clock, EventSink& events) {
        return mirror::Publisher({*catalog, *blobs, signer, clock, events});
    }
};

/// @param lock_patience  How long another process that writes is waited for.
/// @errors invalid_argument (a mirror), not_found, conflict (another process writes), denied (also:
/// the signer is not the one whose certificate is published), io.
[[nodiscard]] Result<OpenMaster> open_master(
    const std::string& folder_flag, std::chrono::milliseconds lock_patience = {}
);

}  // namespace heliograph::tools::mirror_commands
