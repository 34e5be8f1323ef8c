// SPDX-License-Identifier: Apache-2.0
// One upload between the loop that receives it and the worker that stores it: a bounded queue one
// way, an answer the other. Private to this room.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/upload/upload_access.hpp>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// @thread Safe.
class UploadJob {
  public:
    UploadJob(UploadPermit permit, std::string boundary, Waker waker)
        : m_permit(std::move(permit)), m_boundary(std::move(boundary)), m_waker(std::move(waker)) {}

    [[nodiscard]] const UploadPermit& permit() const { return m_permit; }
    [[nodiscard]] const std::string& boundary() const { return m_boundary; }

    // The loop's side.
    [[nodiscard]] std::size_t appetite_bytes() const;
    void give(ByteSpan piece);
    void end_body();
    [[nodiscard]] std::optional<HttpReply> take_answer();
    /// Nobody waits for the answer any more.
    void cancel();

    // The worker's side.
    enum class Arrival { piece, body_end, cancelled };
    struct Next {
        Arrival arrival = Arrival::cancelled;
        Bytes piece;
    };
    /// Waits for what comes next.
    [[nodiscard]] Next next();
    void answer(HttpReply reply);

  private:
    const UploadPermit m_permit;
    const std::string m_boundary;
    const Waker m_waker;
    mutable std::mutex m_mutex;
    std::condition_variable m_came;
    std::deque<Bytes> m_pieces;
    std::size_t m_queued_bytes = 0;
    bool m_body_ended = false;
    bool m_cancelled = false;
    std::optional<HttpReply> m_answer;
};

/// The loop's hold on a job; dropping it cancels the job.
class UploadExchange final : public Exchange {
  public:
    explicit UploadExchange(std::shared_ptr<UploadJob> job) : m_job(std::move(job)) {}
    UploadExchange(const UploadExchange&) = delete;
    UploadExchange& operator=(const UploadExchange&) = delete;
    ~UploadExchange() override { m_job->cancel(); }

    [[nodiscard]] std::size_t appetite_bytes() override { return m_job->appetite_bytes(); }
    void take(ByteSpan piece) override { m_job->give(piece); }
    void end() override { m_job->end_body(); }
    [[nodiscard]] std::optional<HttpReply> reply() override { return m_job->take_answer(); }

  private:
    std::shared_ptr<UploadJob> m_job;
};

}  // namespace heliograph::mirror
