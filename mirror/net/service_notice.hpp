// SPDX-License-Identifier: Apache-2.0
// What a service tells the manager that started it (systemd's Type=notify): that it is ready, what
// it does, that it lives. One datagram each; without a manager nothing happens.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace heliograph::mirror {

/// @thread Safe, but for the life of the object.
/// @source sd_notify(3), sd_watchdog_enabled(3).
class ServiceNotice {
  public:
    /// Takes `NOTIFY_SOCKET` (a path, or `@` and an abstract name), `WATCHDOG_USEC` and
    /// `WATCHDOG_PID` out of the environment, so that no child takes them for its own.
    /// @param longest_quiet  After so long without a beat the process is taken for stuck, and the
    /// manager hears of it no more.
    /// @errors invalid_argument (a socket that cannot be named so), io.
    [[nodiscard]] static Result<std::unique_ptr<ServiceNotice>> from_environment(
        std::chrono::seconds longest_quiet
    );

    ~ServiceNotice();
    ServiceNotice(const ServiceNotice&) = delete;
    ServiceNotice& operator=(const ServiceNotice&) = delete;

    void ready();
    /// @param sentence  One line; control characters become spaces.
    void status(std::string_view sentence);
    void stopping();
    /// The work goes on.
    void beat();

  private:
    struct Place {
        FileDescriptor socket;
        std::string address;  ///< As the system takes it.
    };

    ServiceNotice(
        std::optional<Place> place,
        std::chrono::microseconds watchdog,
        std::chrono::seconds longest_quiet
    );

    /// For how long a full queue of the manager is waited for.
    enum class Patience { none, a_second };
    void send(const std::string& text, Patience patience) const;
    void watch(const std::stop_token& stop, std::chrono::microseconds interval);

    std::optional<Place> m_place;
    std::chrono::seconds m_longest_quiet;
    std::atomic<std::chrono::steady_clock::time_point> m_last_beat;
    std::jthread m_watchdog;
};

}  // namespace heliograph::mirror
