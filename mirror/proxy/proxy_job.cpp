// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/proxy_job.hpp>

#include <utility>

namespace heliograph::mirror {

void Waiters::add(Waker waker) {
    const std::lock_guard lock(m_mutex);
    if (!m_dismissed) {
        m_wakers.push_back(std::move(waker));
    }
}

void Waiters::dismiss() {
    wake_all();
    const std::lock_guard lock(m_mutex);
    m_dismissed = true;
    m_wakers = {};
}

void Waiters::wake_all() {
    const std::lock_guard lock(m_mutex);
    for (const auto& waker : m_wakers) {
        waker.wake();
    }
}

std::optional<PageJob::Result> PageJob::result() const {
    const std::lock_guard lock(m_mutex);
    return m_result;
}

void PageJob::finish(Result result) {
    {
        const std::lock_guard lock(m_mutex);
        m_result = std::move(result);
    }
    m_waiters.dismiss();
}

FileJob::Look FileJob::look() const {
    const std::lock_guard lock(m_mutex);
    Look look;
    look.promised_bytes = m_promised_bytes;
    if (m_refusal) {
        look.stage = Stage::refused;
        look.refusal = *m_refusal;
        return look;
    }
    if (m_spool != nullptr) {
        look.bytes = m_spool->view();
        look.stage = m_delivered                    ? Stage::delivered
                     : look.bytes.written_bytes > 0 ? Stage::growing
                                                    : Stage::waiting;
    }
    return look;
}

void FileJob::begin(std::shared_ptr<Spool> spool, std::optional<std::uint64_t> promised_bytes) {
    const std::lock_guard lock(m_mutex);
    m_spool = std::move(spool);
    m_promised_bytes = promised_bytes;
}

void FileJob::deliver() {
    {
        const std::lock_guard lock(m_mutex);
        m_delivered = true;
        m_spool->release_all();
    }
    m_waiters.dismiss();
}

void FileJob::refuse(Refusal refusal) {
    {
        const std::lock_guard lock(m_mutex);
        m_refusal = std::move(refusal);
        if (m_spool != nullptr) {
            m_spool->give_up();
        }
    }
    m_waiters.dismiss();
}

}  // namespace heliograph::mirror
