// SPDX-License-Identifier: Apache-2.0
// What the libraries have to tell while they work. They log nothing; `tools` turns events into
// text, JSON or metrics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heliograph {

enum class EventLevel { debug, info, warning };

/// One named fact with its fields. Names are stable (`sync.project.stored`); fields never hold
/// secrets.
struct Event {
    struct Field {
        std::string name;
        std::string value;
    };

    EventLevel level = EventLevel::info;
    std::string name;
    std::vector<Field> fields;
};

/// Receives events.
/// @thread Implementations accept calls from several threads.
class EventSink {
  public:
    EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;
    virtual ~EventSink() = default;

    virtual void emit(const Event& event) = 0;
};

/// Keeps nothing.
class SilentSink final : public EventSink {
  public:
    void emit(const Event& /*event*/) override {}
};

}  // namespace heliograph
