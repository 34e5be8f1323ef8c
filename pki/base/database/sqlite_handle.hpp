// SPDX-License-Identifier: Apache-2.0
// Private: ownership over SQLite's two handles.
#pragma once

#include <sqlite3.h>

#include <memory>

namespace heliograph {

struct SqliteCloser {
    // close_v2 waits for statements that outlive the connection, so the order of destruction cannot
    // corrupt.
    void operator()(sqlite3* connection) const { static_cast<void>(sqlite3_close_v2(connection)); }
    // Answers the statement's last error again, which step() has told already.
    void operator()(sqlite3_stmt* statement) const {
        static_cast<void>(sqlite3_finalize(statement));
    }
};

using SqliteConnection = std::unique_ptr<sqlite3, SqliteCloser>;
using SqliteStatement = std::unique_ptr<sqlite3_stmt, SqliteCloser>;

}  // namespace heliograph
