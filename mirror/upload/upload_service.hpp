// SPDX-License-Identifier: Apache-2.0
// `POST /legacy/`: the upload API that twine, uv and poetry speak, in front of one master.
//
//   head ─ judge_uploader ─ Exchange ─┬─ loop: body ─> bounded queue
//                                     └─ worker: multipart ─> staging ─> check ─> MasterAccess ─>
//                                     answer
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/publish/publisher.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/upload/upload_access.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace heliograph::mirror {

struct UploadLimits {
    std::uint64_t file_bytes = 1ULL << 30;
    std::uint64_t project_bytes = 10ULL << 30;  ///< All files of a project together.
    std::uint64_t form_bytes = 32ULL << 20;     ///< All fields beside the file together.
    /// Uploads under way; each has a worker. One token or certificate may have half of them, and
    /// always one.
    unsigned at_once = 4;
    DistLimits dist = {};
};

/// What is done with a master that is open for writing.
using MasterStep = std::function<Outcome(const Catalog&, Publisher&)>;

/// Opens the master for writing, waiting a while for its lock, lets the step work, and closes it.
/// Called on a worker's thread, by one worker at a time.
using MasterAccess = std::function<Outcome(const MasterStep&)>;

struct UploadOptions {
    /// What clients of this server say before its name.
    enum class Scheme { http, https };

    std::filesystem::path folder;  ///< Of the master: tokens and staging.
    MasterAccess master;
    UploadRoles roles = {};
    UploadLimits limits = {};
    Scheme scheme = Scheme::http;
    /// Outlives the service. Names: `upload.published`, `upload.refused`, `upload.failed`.
    EventSink* events = nullptr;
};

/// Takes uploads for one master.
class UploadService {
  public:
    /// @errors conflict (another server takes uploads for this folder), invalid_argument (no
    /// worker, no access), io, denied.
    [[nodiscard]] static Result<UploadService> open(UploadOptions options);

    UploadService(const UploadService&) = delete;
    UploadService& operator=(const UploadService&) = delete;
    UploadService(UploadService&& other) noexcept;
    UploadService& operator=(UploadService&& other) noexcept;
    /// Waits for what is being published, and drops the rest.
    ~UploadService();

    /// Answers requests for `/legacy/` and `/legacy`; none for any other path.
    /// 200 published, or the same content is published already; 308 without the final slash, to the
    /// whole address, with which twine says what is wrong (relative behind a proxy that names
    /// itself: only it knows its own); 400
    /// with the reason in the status line and in the body; 401, 403 before the body is read; 405;
    /// 410 for other actions of the old API; 413; 503 when busy or when storing failed.
    /// @thread Safe. @cost Reads the token file when it is another than before.
    [[nodiscard]] std::optional<HttpAnswer> answer(const HttpRequest& request);

    /// The longest body that can be an upload: for ServerLimits::streamed_body_bytes.
    [[nodiscard]] static std::uint64_t body_limit(const UploadLimits& limits);

  private:
    struct Core;
    explicit UploadService(std::unique_ptr<Core> core);

    std::unique_ptr<Core> m_core;
};

}  // namespace heliograph::mirror
