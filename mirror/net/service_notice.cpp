// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/service_notice.hpp>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

namespace heliograph::mirror {

namespace {

// The value, taken out of the environment.
std::optional<std::string> take_variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    std::string text(value);
    ::unsetenv(name);
    return text;
}

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
    std::uint64_t number = 0;
    if (!text) {
        return std::nullopt;
    }
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == text->data() + text->size();
    return whole ? std::optional(number) : std::nullopt;
}

Error unusable(const std::string& socket) {
    return {
        ErrorCode::invalid_argument,
        "expected NOTIFY_SOCKET to be an absolute path or an abstract name of at most " +
            std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes, saw '" + socket + "'"};
}

// Twice in the time that the manager grants; none when it does not watch this process.
std::chrono::microseconds watchdog_interval() {
    const auto granted = number_in(take_variable("WATCHDOG_USEC"));
    const auto process = number_in(take_variable("WATCHDOG_PID"));
    constexpr std::uint64_t longest = std::uint64_t{24} * 3600 * 1'000'000;
    if (!granted || (process && *process != static_cast<std::uint64_t>(::getpid()))) {
        return std::chrono::microseconds(0);
    }
    return std::chrono::microseconds(std::min(*granted, longest) / 2);
}

}  // namespace

Result<std::unique_ptr<ServiceNotice>> ServiceNotice::from_environment(
    std::chrono::seconds longest_quiet
) {
    const auto interval = watchdog_interval();
    const auto name = take_variable("NOTIFY_SOCKET");
    std::optional<Place> place;
    if (name && !name->empty()) {
        const bool abstract = name->front() == '@';
        if ((!abstract && name->front() != '/') || name->size() >= sizeof(sockaddr_un::sun_path)) {
            return unusable(*name);
        }
        FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (socket.get() < 0) {
            return Error(
                ErrorCode::io, "no socket for the service manager: " + std::string(strerror(errno))
            );
        }
        const timeval a_second{.tv_sec = 1, .tv_usec = 0};
        if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &a_second, sizeof a_second) != 0) {
            return system_error(errno, "set up the socket for the service manager");
        }
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(name->begin(), name->end(), address.sun_path);
        if (abstract) {
            address.sun_path[0] = '\0';
        }
        // An abstract name is as long as it is said to be; a path ends with a zero byte.
        const std::size_t size =
            offsetof(sockaddr_un, sun_path) + name->size() + (abstract ? 0 : 1);
        std::string bytes(size, '\0');
        std::memcpy(bytes.data(), &address, size);
        place = Place{std::move(socket), std::move(bytes)};
    }
    return std::unique_ptr<ServiceNotice>(
        new ServiceNotice(std::move(place), interval, longest_quiet)
    );
}

ServiceNotice::ServiceNotice(
    std::optional<Place> place,
    std::chrono::microseconds watchdog,
    std::chrono::seconds longest_quiet
)
    : m_place(std::move(place)),
      m_longest_quiet(longest_quiet),
      m_last_beat(std::chrono::steady_clock::now()) {
    if (m_place && watchdog.count() > 0) {
        m_watchdog =
            std::jthread([this, watchdog](const std::stop_token& stop) { watch(stop, watchdog); });
    }
}

ServiceNotice::~ServiceNotice() = default;

void ServiceNotice::ready() {
    send("READY=1", Patience::a_second);
}

void ServiceNotice::status(std::string_view sentence) {
    std::string line(sentence);
    std::replace_if(
        line.begin(), line.end(), [](unsigned char letter) { return letter < ' '; }, ' '
    );
    send("STATUS=" + line, Patience::none);
}

void ServiceNotice::stopping() {
    send("STOPPING=1", Patience::a_second);
}

void ServiceNotice::beat() {
    m_last_beat = std::chrono::steady_clock::now();
}

// A manager that does not listen must not stop the work; what is said once is worth a moment.
void ServiceNotice::send(const std::string& text, Patience patience) const {
    if (!m_place) {
        return;
    }
    sockaddr_un address{};
    std::memcpy(&address, m_place->address.data(), m_place->address.size());
    static_cast<void>(::sendto(
        m_place->socket.get(),
        text.data(),
        text.size(),
        MSG_NOSIGNAL | (patience == Patience::none ? MSG_DONTWAIT : 0),
        reinterpret_cast<const sockaddr*>(&address),
        static_cast<socklen_t>(m_place->address.size())
    ));
}

void ServiceNotice::watch(const std::stop_token& stop, std::chrono::microseconds interval) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        if (std::chrono::steady_clock::now() - m_last_beat.load() <= m_longest_quiet) {
            send("WATCHDOG=1", Patience::none);
        }
        never.wait_for(lock, stop, interval, [] { return false; });
    }
}

}  // namespace heliograph::mirror
