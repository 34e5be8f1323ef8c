// SPDX-License-Identifier: Apache-2.0
// Private: a mirror's list of projects beside its master's.
#pragma once

#include <mirror/audit/audit_book.hpp>
#include <mirror/audit/audit_client.hpp>
#include <mirror/audit/audited_page.hpp>

namespace heliograph::mirror {

/// Notes which projects the mirror lists and its master has no more, and which it lacks.
/// @param here  The mirror's list.
/// @return The master's list.
/// @errors network, timeout, malformed (the master's list), cancelled. @cost One request, and one
/// more for each project that the master does not list, 100 at most.
[[nodiscard]] Result<AuditedList> audit_lists(
    AuditClient& master, AuditBook& book, const AuditedList& here
);

}  // namespace heliograph::mirror
