// SPDX-License-Identifier: Apache-2.0
// What one loop lends to its connections. Private to this room.
#pragma once

#include <mirror/net/date_line.hpp>
#include <mirror/net/deadline_list.hpp>
#include <mirror/net/http_message.hpp>
#include <mirror/net/http_server.hpp>
#include <mirror/net/io_buffers.hpp>
#include <mirror/net/mailbox.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// Whether the loop still takes requests.
enum class LoopPhase { serving, draining };

/// @thread One.
struct LoopServices {
    LoopServices(
        const ServerOptions& options, RequestHandler answer, std::shared_ptr<Mailbox> letters
    )
        : limits(options.limits),
          deadlines(options.deadlines),
          wakers(options.wakers),
          events(options.events),
          handler(std::move(answer)),
          buffers(options.limits.header_bytes + options.limits.request_body_bytes + 16384),
          date(*options.clock),
          handshake(options.deadlines.handshake),
          header(options.deadlines.header),
          idle(options.deadlines.idle),
          write(options.deadlines.write),
          linger(std::chrono::seconds(2)),
          body(options.deadlines.body),
          patience(std::chrono::milliseconds(250)),
          mailbox(std::move(letters)) {}

    void emit(EventLevel level, std::string_view name, std::vector<Event::Field> fields = {})
        const {
        if (events != nullptr) {
            events->emit({level, std::string(name), std::move(fields)});
        }
    }

    [[nodiscard]] std::array<DeadlineList*, 7> deadline_lists() {
        return {&handshake, &header, &idle, &write, &linger, &body, &patience};
    }

    ServerLimits limits;
    ServerDeadlines deadlines;
    WakerUse wakers;
    EventSink* events;
    RequestHandler handler;
    IoBuffers buffers;
    HttpRequest request;  ///< Reused, so that reading a request allocates nothing.
    DateLine date;
    DeadlineList handshake;
    DeadlineList header;
    DeadlineList idle;
    DeadlineList write;
    DeadlineList linger;
    DeadlineList body;
    DeadlineList patience;  ///< Exchanges that are asked again.
    std::shared_ptr<Mailbox> mailbox;
    std::unordered_map<std::uint64_t, Connection*>
        wakeable;                   ///< Who waits for another thread, by number.
    std::uint64_t connections = 0;  ///< Numbers given out.
    SteadyTime now;
    std::uint64_t turn = 0;  ///< Counts the loop's rounds.
    LoopPhase phase = LoopPhase::serving;
};

}  // namespace heliograph::mirror
