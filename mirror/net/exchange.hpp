// SPDX-License-Identifier: Apache-2.0
// A request that takes longer than a loop may wait: its body comes in pieces, or its answer comes
// later. The slow part (disk, database) runs on a thread of the handler's own; the loop asks, and
// is woken.
//
//   handler ─> Exchange ─┬─ take(piece)... ─ end() ─┬─ reply(): not yet ─ wake() ─ reply(): here
//                        └─ appetite 0: the client waits (TCP holds it back) until wake()
#pragma once

#include <mirror/net/http_message.hpp>
#include <pki/base/bytes.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <variant>

namespace heliograph::mirror {

/// What becomes of an exchange when the server stops.
enum class AtStop {
    finishes,  ///< The server waits for its answer, within ServerDeadlines::drain.
    ends,      ///< The connection is closed at once.
};

/// The handler's side of one request under way. The server drops it when the answer is taken, when
/// the client is gone, or when a deadline has passed: the destructor cancels what is under way and
/// must not wait for it.
/// @thread Every call comes on the loop's thread and must return at once.
class Exchange {
  public:
    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    virtual ~Exchange() = default;

    /// How many bytes of the body it takes now. 0: none are read from the client until
    /// HttpRequest::waker is woken (or a quarter of a second has passed).
    [[nodiscard]] virtual std::size_t appetite_bytes() = 0;

    /// The next bytes of the body, at least one, at most the appetite just told.
    virtual void take(ByteSpan piece) = 0;

    /// The body is whole; called once. Not called for a body that broke off.
    virtual void end() = 0;

    /// The answer, once it is there; then nothing else is called. Before end() it is an early
    /// refusal: the rest of the body is not read and the connection ends behind the answer. Asked
    /// after each take(), after each wake-up, and every quarter of a second.
    [[nodiscard]] virtual std::optional<HttpReply> reply() = 0;

    [[nodiscard]] virtual AtStop at_stop() const { return AtStop::finishes; }
};

/// What a handler says: an answer, or that it takes its time.
using HttpAnswer = std::variant<HttpReply, std::unique_ptr<Exchange>>;

}  // namespace heliograph::mirror
