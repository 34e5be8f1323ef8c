// SPDX-License-Identifier: Apache-2.0
// When to ask again: the wait between rounds, the budget for second tries, and Retry-After.
#pragma once

#include <mirror/fleet/dice.hpp>
#include <mirror/net/http_message.hpp>
#include <pki/base/clock.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace heliograph::mirror {

/// Waits so long. Programs give one that sleeps, tests one that remembers.
using Waiter = std::function<void(std::chrono::milliseconds)>;

/// Sleeps on this thread.
void wait_for_real(std::chrono::milliseconds length);

/// How often to go through all mirrors.
struct RetryPlan {
    unsigned rounds = 4;  ///< At least 1. There is no wait before and inside the first round.
    std::chrono::seconds longest_wait{60};  ///< For a resting mirror when none is left.
    Waiter wait = wait_for_real;
};

/// Full jitter: a random length from 0 to min(10 s, 0.2 s x 2^round).
/// @param round  0 is the first, which waits for nothing.
/// @thread Not with the same dice at once. @cost None.
[[nodiscard]] std::chrono::milliseconds wait_before_round(unsigned round, Dice& dice);

/// Second tries are paid for, so that an outage does not become a storm: ten at the start, and one
/// for each ten successes.
/// @thread One thread at a time.
class RetryBudget {
  public:
    enum class Answer { granted, spent };
    [[nodiscard]] Answer take();
    void earn();

  private:
    unsigned m_tenths = 100;
};

/// The value of a Retry-After field: seconds or a date.
/// @return  How long from now on, at least 0; none when it cannot be read.
/// @thread Safe. @source RFC 9110 section 10.2.3.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(
    std::string_view value, Instant now
);

/// The rest that an answer asks for. A date is counted from the answer's own Date, which is of the
/// same clock, so that it means what the server meant however wrong its clock or ours is.
/// @return  0 to 86,400 s; none when it asks for none, or in words that cannot be read.
/// @thread Safe. @source RFC 9110 sections 6.6.1 and 10.2.3.
[[nodiscard]] std::optional<std::chrono::seconds> rest_asked_for(const HeaderList& headers);

}  // namespace heliograph::mirror
