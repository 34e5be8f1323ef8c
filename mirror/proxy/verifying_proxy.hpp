// SPDX-License-Identifier: Apache-2.0
// An index on the loopback interface for clients that verify nothing themselves: what it gives out
// was verified against signed pages, from whatever mirrors are left.
//
//   pip, uv ──HTTP──> proxy ──page gate, file gate──> mirrors, the next one after each lie
#pragma once

#include <mirror/fetch/fetch_crew.hpp>
#include <mirror/proxy/proxy_policy.hpp>
#include <mirror/proxy/proxy_record.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// When an answer begins.
struct AnswerRules {
    /// Up to here a file is verified before its first byte is given out.
    std::uint64_t whole_first_bytes = 8U * 1024U * 1024U;
    /// A file that comes so slowly begins all the same, for pip and poetry wait 15 s for a byte.
    std::chrono::milliseconds download_patience{8'000};
    /// Whoever waited so long for nothing is asked to come again.
    std::chrono::milliseconds patience{10'000};
};

struct ProxyPlan {
    CrewPlan crew;  ///< Its policy must demand page signatures (asserted).
    ProxyPolicy policy = {};
    AnswerRules rules = {};
    std::string address = "127.0.0.1";  ///< A loopback address, numeric.
    std::uint16_t port = 0;             ///< 0: the kernel chooses.
    /// Listens on @c address already, perhaps in another network; none: it is opened here.
    std::optional<FileDescriptor> listener = std::nullopt;
    std::filesystem::path spool_folder;  ///< For files without a name, on a disk with room.
    std::uint64_t shelf_bytes = std::uint64_t{1}
                                << 30U;  ///< Verified files kept for other clients.
    EventSink* events = nullptr;         ///< Outlives the proxy; null: nobody is told. Its paths
                                         ///< are without the token.
};

/// Everything lies below a random path, so that other users of this machine, who share its
/// loopback, are given nothing; a Host that is not this machine's loopback is refused (DNS
/// rebinding). What a mirror gave leaves only after it was verified; of files above 8 MiB the last
/// 64 KiB are held back until then, and the connection breaks instead.
class VerifyingProxy {
  public:
    /// Binds and listens; nothing is answered before run().
    /// @errors invalid_argument (not a loopback address), denied, network, crypto.
    [[nodiscard]] static Result<VerifyingProxy> open(ProxyPlan plan);

    VerifyingProxy(const VerifyingProxy&) = delete;
    VerifyingProxy& operator=(const VerifyingProxy&) = delete;
    VerifyingProxy(VerifyingProxy&& other) noexcept;
    VerifyingProxy& operator=(VerifyingProxy&& other) noexcept;
    ~VerifyingProxy();

    /// `http://127.0.0.1:PORT/TOKEN/`; the index is at `simple/` below it. @thread Safe.
    [[nodiscard]] const std::string& url() const;
    [[nodiscard]] std::uint16_t port() const;

    /// Serves until stop(), then ends what is under way and keeps what was learnt of mirrors.
    /// @errors As HttpServer::run() and CrewPlan::keep. @thread Once. @cost Blocks.
    [[nodiscard]] Outcome run();

    /// @thread Safe, also inside a signal handler.
    void stop() noexcept;

    /// What became of requests so far. @thread Safe.
    [[nodiscard]] ProxyCounts counts() const;
    [[nodiscard]] std::vector<ProxyNote> notes() const;

  private:
    struct Core;
    explicit VerifyingProxy(std::unique_ptr<Core> core);

    std::unique_ptr<Core> m_core;
};

}  // namespace heliograph::mirror
