// SPDX-License-Identifier: Apache-2.0
// Private: the tables of the ledger, as steps from release to release.
#pragma once

#include <pki/base/database/migration.hpp>

#include <span>
#include <string_view>

namespace heliograph::pki {

/// Oldest first; each begins where the one before it ended. @thread Safe.
[[nodiscard]] std::span<const Migration> ledger_migrations();
/// The tables that all steps together leave, for a new ledger. @thread Safe.
[[nodiscard]] std::string_view ledger_tables();

}  // namespace heliograph::pki
