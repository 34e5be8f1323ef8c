// SPDX-License-Identifier: Apache-2.0
// `/changelog?since=N&wait=SECONDS`: the answer comes when there is news, or when the time is over.
// No thread waits; the loop asks again. Private to this room.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/serve/read_view.hpp>
#include <pki/base/event_sink.hpp>

#include <memory>

namespace heliograph::mirror {

/// @param keeper  Keeps view and events alive as long as the exchange.
/// @return Null when the request is to be answered now: it does not ask to wait, cannot be meant,
/// brings a body, or there is news already.
/// @thread That of the view, for the exchange too.
[[nodiscard]] std::unique_ptr<Exchange> wait_for_changes(
    const HttpRequest& request,
    ReadView& view,
    EventSink& events,
    std::shared_ptr<const void> keeper
);

}  // namespace heliograph::mirror
