// SPDX-License-Identifier: Apache-2.0
// Private: whether a mirror answers by the standard, and how fresh it says that it is.
#pragma once

#include <mirror/audit/audit_book.hpp>
#include <mirror/audit/audit_client.hpp>
#include <pki/base/clock.hpp>

#include <chrono>

namespace heliograph::mirror {

struct FreshnessBound {
    std::chrono::seconds max_age;
    Instant now;
};

/// Looks at the list of projects, at /last-modified, and at a project that nobody has.
/// @return The list; empty when there is none that can be read.
/// @errors network, timeout (of the list: it does not answer at all), cancelled. @cost Four
/// requests.
[[nodiscard]] Result<AuditedList> audit_answers(
    AuditClient& mirror, AuditBook& book, const FreshnessBound& freshness
);

}  // namespace heliograph::mirror
