// SPDX-License-Identifier: Apache-2.0
// --uploads of `mirror serve`, and what belongs to it.
#pragma once

#include <mirror/store/folder.hpp>
#include <mirror/upload/upload_service.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools::mirror_commands {

struct UploadFlags {
    bool uploads = false;
    std::vector<std::string> roles;  ///< URIs.
    std::string role_file;
    std::uint64_t largest_file = mirror::UploadLimits{}.file_bytes;
    std::uint64_t largest_project = mirror::UploadLimits{}.project_bytes;
    unsigned at_once = mirror::UploadLimits{}.at_once;

    [[nodiscard]] mirror::UploadLimits limits() const;
};

/// Adds the options. The action keeps the value.
[[nodiscard]] std::shared_ptr<UploadFlags> add_upload_options(CLI::App& verb);

/// Whether a server that gives no secrecy may take uploads at this address: on loopback only.
/// @param address  Numeric. @errors invalid_argument. @thread Safe.
[[nodiscard]] Outcome check_plain_uploads(const std::string& address);

/// The service; none without --uploads.
/// @param folder, clock, events  Outlive the service.
/// @errors invalid_argument (a mirror's folder), conflict (another server takes uploads), as
/// open_master().
[[nodiscard]] Result<std::optional<mirror::UploadService>> open_uploads(
    const mirror::MirrorFolder& folder,
    const UploadFlags& flags,
    mirror::UploadOptions::Scheme scheme,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::tools::mirror_commands
