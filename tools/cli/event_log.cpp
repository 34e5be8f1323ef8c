// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/event_log.hpp>
#include <tools/cli/text.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace heliograph::tools {

namespace {

spdlog::level::level_enum level_of(EventLevel level) {
    switch (level) {
        case EventLevel::debug:
            return spdlog::level::debug;
        case EventLevel::info:
            return spdlog::level::info;
        case EventLevel::warning:
            return spdlog::level::warn;
    }
    return spdlog::level::info;
}

class EventLog final : public EventSink {
  public:
    EventLog() : m_log("events", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        m_log.set_pattern("%H:%M:%S.%e %l %v");
        m_log.set_level(spdlog::level::debug);
    }

    void emit(const Event& event) override {
        std::string line = event.name;
        for (const auto& field : event.fields) {
            line += " " + field.name + "=" + visible(field.value);
        }
        m_log.log(level_of(event.level), "{}", line);
    }

  private:
    spdlog::logger m_log;
};

}  // namespace

std::unique_ptr<EventSink> make_event_log() {
    return std::make_unique<EventLog>();
}

}  // namespace heliograph::tools
