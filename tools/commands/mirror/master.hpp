// SPDX-License-Identifier: Apache-2.0
// A master opened for writing: what every verb that publishes needs, in the order of its lifetime.
#pragma once

#include <mirror/publish/publisher.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/file_lock.hpp>
#include <pki/x509/credential.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/verdict.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::tools::mirror_commands {

/// Holds the folder's lock while it lives.
struct OpenMaster {
    mirror::MirrorFolder folder;
    FileLock lock;
    pki::Credential signer;
    std::optional<pki::Credential> former;  ///< While the signers overlap.
    std::unique_ptr<mirror::Catalog> catalog;
    std::unique_ptr<mirror::BlobStore> blobs;

    [[nodiscard]] mirror::Publisher::Parts parts(const Clock& clock, EventSink& events) {
        return {*catalog, *blobs, signer, clock, events, former ? &*former : nullptr};
    }
    [[nodiscard]] mirror::Publisher publisher(const Clock& clock, EventSink& events) {
        return mirror::Publisher(parts(clock, events));
    }
};

/// What is demanded of the signer when a master is opened.
enum class SignerDemand {
    published,  ///< Its certificate is among those that are published.
    none,       ///< For its change, which a kill may have cut off.
};

struct OpenMasterOptions {
    std::chrono::milliseconds lock_patience = {};  ///< How long another that writes is waited for.
    SignerDemand signer = SignerDemand::published;
};

/// @errors invalid_argument (a mirror), not_found, conflict (another process writes), denied (also:
/// the signer is not the one whose certificate is published), io.
[[nodiscard]] Result<OpenMaster> open_master(
    const std::string& folder_flag, const OpenMasterOptions& options = {}
);

/// What clients that have the published revocation lists say of this signer now, told to the
/// operator. Whatever signs asks this first.
/// @errors io (trust bundle or catalogue), crypto.
[[nodiscard]] Result<verify::Verdict> judge_signer(const OpenMaster& master, Instant at);

using MasterAction = std::function<Result<ExitCode>(OpenMaster& master)>;

/// Opens a master for a verb that signs and runs it, unless clients would refuse what it signs:
/// then the findings are told, nothing is done, and the exit code is theirs.
/// @errors As open_master() and judge_signer().
[[nodiscard]] Result<ExitCode> with_master(
    const std::string& folder_flag, Console& console, const MasterAction& action
);

/// A signer's bundle.pem that the user names. A file without any key is told as that, before its
/// permissions are.
/// @errors invalid_argument (no key in it), not_found, denied (others may read it), io.
[[nodiscard]] Result<pki::Credential> load_signer(const std::string& path);

/// Revocation lists from files, one text. @errors not_found, too_large, denied, io.
[[nodiscard]] Result<std::string> read_lists(const std::vector<std::string>& files);

/// The trust bundle of this folder. @errors io (missing or damaged), denied.
[[nodiscard]] Result<verify::TrustBundle> own_trust(const mirror::MirrorFolder& folder);

}  // namespace heliograph::tools::mirror_commands
