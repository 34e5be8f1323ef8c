// SPDX-License-Identifier: Apache-2.0
// Events as lines on standard error, for --verbose.
#pragma once

#include <pki/base/event_sink.hpp>

#include <memory>

namespace heliograph::tools {

/// `12:34:56.789 info sync.project.stored project=wheel serial=7`.
/// @thread The sink accepts calls from several threads.
[[nodiscard]] std::unique_ptr<EventSink> make_event_log();

}  // namespace heliograph::tools
