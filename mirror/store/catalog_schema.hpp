// SPDX-License-Identifier: Apache-2.0
// Private: the numbered steps of the catalogue's schema.
#pragma once

#include <pki/base/database/migration.hpp>

#include <span>

namespace heliograph::mirror {

/// All steps, oldest first. @thread Safe. @cost None.
[[nodiscard]] std::span<const Migration> catalog_migrations();

}  // namespace heliograph::mirror
