// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/http_message.hpp>
#include <mirror/net/mailbox.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace heliograph::mirror {

Result<std::shared_ptr<Mailbox>> Mailbox::make() {
    FileDescriptor bell(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!bell.is_open()) {
        return system_error(errno, "create an event descriptor");
    }
    return std::make_shared<Mailbox>(std::move(bell));
}

void Mailbox::post(std::uint64_t connection) {
    const std::lock_guard lock(m_mutex);
    m_posted.push_back(connection);
    if (m_posted.size() == 1) {
        const std::uint64_t one = 1;
        // Fails only when the counter is full: then the loop is being woken already.
        [[maybe_unused]] const auto written = ::write(m_bell.get(), &one, sizeof(one));
    }
}

std::vector<std::uint64_t> Mailbox::collect() {
    const std::lock_guard lock(m_mutex);
    std::uint64_t count = 0;
    // Fails only when nothing was posted, which is as good.
    [[maybe_unused]] const auto got = ::read(m_bell.get(), &count, sizeof(count));
    return std::exchange(m_posted, {});
}

void Waker::wake() const {
    if (m_mailbox != nullptr) {
        m_mailbox->post(m_connection);
    }
}

}  // namespace heliograph::mirror
