// SPDX-License-Identifier: Apache-2.0
// What one loop lends to its connections. Private to this room.
#pragma once

#include <mirror/net/date_line.hpp>
#include <mirror/net/deadline_list.hpp>
#include <mirror/net/http_message.hpp>
#include <mirror/net/http_server.hpp>
#include <mirror/net/io_buffers.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// Whether the loop still takes requests.
enum class LoopPhase { serving, draining };

/// @thread One.
struct LoopServices {
    LoopServices(const ServerOptions& options, RequestHandler answer)
        : limits(options.limits),
          write_progress_bytes(options.deadlines.write_progress_bytes),
          events(options.events),
          handler(std::move(answer)),
          buffers(options.limits.header_bytes + options.limits.request_body_bytes + 16384),
          date(*options.clock),
          handshake(options.deadlines.handshake),
          header(options.deadlines.header),
          idle(options.deadlines.idle),
          write(options.deadlines.write),
          linger(std::chrono::seconds(2)) {}

    void emit(EventLevel level, std::string_view name, std::vector<Event::Field> fields = {})
        const {
        if (events != nullptr) {
            events->emit({level, std::string(name), std::move(fields)});
        }
    }

    ServerLimits limits;
    std::size_t write_progress_bytes;
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
    SteadyTime now;
    std::uint64_t turn = 0;  ///< Counts the loop's rounds.
    LoopPhase phase = LoopPhase::serving;
};

}  // namespace heliograph::mirror
