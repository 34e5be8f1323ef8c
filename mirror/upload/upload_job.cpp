// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/upload_job.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

// What may wait for the worker, of one upload.
constexpr std::size_t queue_bytes = 1024U * 1024U;

}  // namespace

std::size_t UploadJob::appetite_bytes() const {
    const std::lock_guard lock(m_mutex);
    return m_queued_bytes < queue_bytes ? queue_bytes - m_queued_bytes : 0;
}

void UploadJob::give(ByteSpan piece) {
    const std::lock_guard lock(m_mutex);
    m_pieces.push_back(to_bytes(piece));
    m_queued_bytes += piece.size();
    m_came.notify_one();
}

void UploadJob::end_body() {
    const std::lock_guard lock(m_mutex);
    m_body_ended = true;
    m_came.notify_one();
}

std::optional<HttpReply> UploadJob::take_answer() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_answer, std::nullopt);
}

void UploadJob::cancel() {
    const std::lock_guard lock(m_mutex);
    m_cancelled = true;
    m_came.notify_one();
}

UploadJob::Next UploadJob::next() {
    Next next;
    bool was_full = false;
    {
        std::unique_lock lock(m_mutex);
        m_came.wait(lock, [&] { return m_cancelled || m_body_ended || !m_pieces.empty(); });
        if (m_cancelled) {
            return next;
        }
        if (m_pieces.empty()) {
            next.arrival = Arrival::body_end;
            return next;
        }
        was_full = m_queued_bytes >= queue_bytes;
        next.arrival = Arrival::piece;
        next.piece = std::move(m_pieces.front());
        m_pieces.pop_front();
        m_queued_bytes -= next.piece.size();
    }
    if (was_full) {
        m_waker.wake();
    }
    return next;
}

void UploadJob::answer(HttpReply reply) {
    {
        const std::lock_guard lock(m_mutex);
        m_answer = std::move(reply);
    }
    m_waker.wake();
}

}  // namespace heliograph::mirror
