// SPDX-License-Identifier: Apache-2.0
// Numbered steps that bring a database from any earlier version to today's.
#pragma once

#include <string_view>

namespace heliograph {

/// One step. Step N (from 1) takes the schema from version N-1 to N; released steps never change.
struct Migration {
    std::string_view sql;
};

}  // namespace heliograph
