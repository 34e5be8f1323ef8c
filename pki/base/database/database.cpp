// SPDX-License-Identifier: Apache-2.0
#include <pki/base/database/database.hpp>
#include <pki/base/database/sqlite_handle.hpp>
#include <pki/base/database/still_file.hpp>
#include <pki/base/encoding.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace heliograph {

namespace {

constexpr int busy_time_ms = 10'000;

ErrorCode code_of(int extended_result) {
    switch (extended_result & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorCode::conflict;
        case SQLITE_CONSTRAINT:
            return extended_result == SQLITE_CONSTRAINT_UNIQUE ||
                           extended_result == SQLITE_CONSTRAINT_PRIMARYKEY
                       ? ErrorCode::exists
                       : ErrorCode::internal;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH:
            return ErrorCode::denied;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_ERROR:
            return ErrorCode::malformed;
        case SQLITE_TOOBIG:
            return ErrorCode::too_large;
        default:
            return ErrorCode::io;
    }
}

// To SQLite a log that cannot grow is an error of input and output; the system knows why.
bool is_full_disk(sqlite3* connection, int extended_result) {
    const int cause = sqlite3_system_errno(connection);
    return (extended_result & 0xff) == SQLITE_FULL ||
           ((extended_result & 0xff) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT));
}

Error database_error(sqlite3* connection, std::string_view action) {
    const int result = sqlite3_extended_errcode(connection);
    const bool is_full = is_full_disk(connection, result);
    std::string message = "the database cannot " + std::string(action) + ": " +
                          (is_full ? "the disk is full" : sqlite3_errmsg(connection));
    if (is_full) {
        message += "; free some space and run the same command again";
    } else if ((result & 0xff) == SQLITE_BUSY) {
        message += "; another process holds it, run the same command again when that is done";
    }
    return {code_of(result), std::move(message)};
}

Outcome check(sqlite3* connection, int result, std::string_view action) {
    if (result == SQLITE_OK) {
        return {};
    }
    return database_error(connection, action);
}

}  // namespace

struct Statement::State {
    sqlite3* connection = nullptr;
    SqliteStatement handle;
};

struct Database::State {
    std::string place;
    SqliteConnection connection;
    std::optional<Statement> data_version_query;
    std::optional<StillFile> still_file;
};

Statement::Statement(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

// A bind fails for a wrong index or a statement in mid-step (our bugs), or for want of memory.
Statement& Statement::bind(int index, std::int64_t value) {
    HG_ASSERT(sqlite3_bind_int64(m_state->handle.get(), index, value) == SQLITE_OK);
    return *this;
}

Statement& Statement::bind(int index, std::string_view value) {
    // A view of nothing has no address, which SQLite would read as NULL.
    const char* data = value.empty() ? "" : value.data();
    HG_ASSERT(
        sqlite3_bind_text64(
            m_state->handle.get(), index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8
        ) == SQLITE_OK
    );
    return *this;
}

Statement& Statement::bind(int index, ByteSpan value) {
    const void* data = value.empty() ? static_cast<const void*>("") : value.data();
    HG_ASSERT(
        sqlite3_bind_blob64(m_state->handle.get(), index, data, value.size(), SQLITE_TRANSIENT) ==
        SQLITE_OK
    );
    return *this;
}

Statement& Statement::bind(int index, std::nullopt_t /*null*/) {
    HG_ASSERT(sqlite3_bind_null(m_state->handle.get(), index) == SQLITE_OK);
    return *this;
}

Result<Step> Statement::step() {
    const int result = sqlite3_step(m_state->handle.get());
    if (result == SQLITE_ROW) {
        return Step::row;
    }
    if (result == SQLITE_DONE) {
        return Step::done;
    }
    Error error = database_error(m_state->connection, "run a statement");
    // None of a database without a file, which nothing here opens.
    if (const char* const place = sqlite3_db_filename(m_state->connection, nullptr)) {
        error = std::move(error).at(place);
    }
    reset();
    return error;
}

Outcome Statement::run() {
    HG_TRY(const Step reached, step());
    HG_ASSERT(reached == Step::done);
    reset();
    return {};
}

void Statement::reset() {
    // Both repeat what step() has told.
    static_cast<void>(sqlite3_reset(m_state->handle.get()));
    static_cast<void>(sqlite3_clear_bindings(m_state->handle.get()));
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(m_state->handle.get(), column);
}

std::string Statement::text(int column) const {
    const auto* text = sqlite3_column_text(m_state->handle.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_state->handle.get(), column));
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}

Bytes Statement::blob(int column) const {
    const auto* data =
        static_cast<const std::byte*>(sqlite3_column_blob(m_state->handle.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_state->handle.get(), column));
    return data == nullptr ? Bytes() : Bytes(data, data + size);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(m_state->handle.get(), column) == SQLITE_NULL;
}

std::optional<std::string> Statement::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<Bytes> Statement::optional_blob(int column) const {
    return is_null(column) ? std::nullopt : std::optional(blob(column));
}

Database::Database(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

namespace {

int flags_of(OpenMode mode) {
    switch (mode) {
        case OpenMode::create:
        case OpenMode::build:
            return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case OpenMode::existing:
            return SQLITE_OPEN_READWRITE;
        case OpenMode::read_only:
            return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    }
    return SQLITE_OPEN_READONLY;
}

// SQLite makes a file beside a database with a log even to read it. Where none can be made and
// there is no log, the database is read as it lies there; whether it lies still is ours to see.
std::optional<StillFile> look_for_still_file(const std::filesystem::path& path) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    return ::access(folder.c_str(), W_OK) == 0 ? std::nullopt : StillFile::look(path);
}

// An absolute path gets the empty authority of a URI: `//mnt/db` would be the file /db of the host
// mnt. @source RFC 8089.
std::string uri_of(const std::filesystem::path& path) {
    std::string name = path.is_absolute() ? "file://" : "file:";
    for (const char c : path.string()) {
        if (c == '%' || c == '?' || c == '#') {
            name += '%' + encode_hex(bytes_of({&c, 1}));
        } else {
            name += c;
        }
    }
    return name;
}

Result<std::int64_t> stored_version(Database& database) {
    HG_TRY(auto query, database.prepare("PRAGMA user_version"));
    HG_TRY(const Step reached, query.step());
    HG_ASSERT(reached == Step::row);
    return query.integer(0);
}

// All steps in one transaction: a crash leaves the old version, whole.
Outcome migrate(
    Database& database,
    OpenMode mode,
    std::span<const Migration> migrations,
    std::string_view tables_of_now
) {
    const auto newest = static_cast<std::int64_t>(migrations.size());
    HG_TRY(std::int64_t version, stored_version(database));
    if (version > newest) {
        return Error(
            ErrorCode::unsupported,
            "expected a database of version " + std::to_string(newest) +
                " or older, it is of version " + std::to_string(version) +
                "; use the newer release that made it"
        );
    }
    if (version == newest) {
        return {};
    }
    if (mode == OpenMode::read_only) {
        return Error(
            ErrorCode::unsupported,
            "expected a database of version " + std::to_string(newest) + ", it is of version " +
                std::to_string(version) +
                "; run a command that writes to it once, to bring it up to date"
        );
    }
    HG_TRY(auto transaction, database.begin());
    // Another process may have migrated between the look and the lock.
    HG_TRY(version, stored_version(database));
    if (version == 0 && !tables_of_now.empty()) {
        HG_CHECK(database.execute(tables_of_now));
        version = newest;
    }
    for (auto step = version; step < newest; ++step) {
        HG_CHECK(database.execute(migrations[static_cast<std::size_t>(step)].sql));
    }
    HG_CHECK(database.execute("PRAGMA user_version = " + std::to_string(newest)));
    return transaction.commit();
}

// SQLite makes files that others may read, and gives its log the access of the database.
Outcome make_private_file(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return system_error(errno, "create the database " + path.string());
    }
    ::close(file);
    return {};
}

}  // namespace

namespace {

Outcome prepare_connection(
    Database& database,
    sqlite3* connection,
    OpenMode mode,
    std::span<const Migration> migrations,
    std::string_view tables_of_now
) {
    HG_CHECK(
        check(connection, sqlite3_busy_timeout(connection, busy_time_ms), "set its waiting time")
    );
    if (mode != OpenMode::read_only) {
        const bool is_build = mode == OpenMode::build;
        // Nobody else sees what is being built, so that the log needs no index to be shared.
        HG_CHECK(database.execute(
            is_build ? "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE"
                     : "PRAGMA synchronous = FULL"
        ));
        HG_CHECK(database.execute("PRAGMA journal_mode = WAL"));
    }
    HG_CHECK(database.execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"));
    return migrate(database, mode, migrations, tables_of_now);
}

// Keeps in memory what several processes share in a file beside the database, and them out.
constexpr const char* alone = "unix-excl";

}  // namespace

Result<Database> Database::open(
    const std::filesystem::path& path,
    OpenMode mode,
    std::span<const Migration> migrations,
    std::string_view tables_of_now
) {
    if (mode == OpenMode::create || mode == OpenMode::build) {
        HG_CHECK(make_private_file(path));
    }
    const auto attempt = [&](const char* company) -> Result<Database> {
        sqlite3* raw = nullptr;
        const bool read_only = mode == OpenMode::read_only;
        auto still_file = read_only ? look_for_still_file(path) : std::nullopt;
        const std::string name =
            read_only ? uri_of(path) + (still_file ? "?immutable=1" : "") : path.string();
        const int flags = flags_of(mode) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
        const int opened = sqlite3_open_v2(name.c_str(), &raw, flags, company);
        auto state = std::make_unique<State>();
        state->place = path.string();
        state->connection.reset(raw);
        state->still_file = std::move(still_file);
        if (raw == nullptr) {
            return Error(ErrorCode::io, "no memory to open the database").at(path.string());
        }
        if (opened != SQLITE_OK) {
            std::error_code ignored;
            if (mode != OpenMode::create && mode != OpenMode::build &&
                !std::filesystem::exists(path, ignored)) {
                return Error(ErrorCode::not_found, "expected a database, there is no file")
                    .at(path.string());
            }
            return database_error(raw, "be opened").at(path.string());
        }
        Database database(std::move(state));
        const auto prepared = prepare_connection(database, raw, mode, migrations, tables_of_now);
        HG_CHECK(database.check_still());
        if (!prepared) {
            return Error(prepared.error()).at(path.string());
        }
        return database;
    };
    auto shared = attempt(nullptr);
    if (shared || mode != OpenMode::existing || shared.error().code() != ErrorCode::io) {
        return shared;
    }
    // A full disk has no room for the file beside it, without which nothing can be read either.
    auto unshared = attempt(alone);
    return unshared ? std::move(unshared) : std::move(shared);
}

Outcome Database::check_still() const {
    return m_state->still_file ? m_state->still_file->check() : Outcome();
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int result = sqlite3_prepare_v3(
        m_state->connection.get(),
        sql.data(),
        static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT,
        &raw,
        nullptr
    );
    auto state = std::make_unique<Statement::State>();
    state->connection = m_state->connection.get();
    state->handle.reset(raw);
    if (result != SQLITE_OK) {
        return database_error(m_state->connection.get(), "understand a statement")
            .at(m_state->place);
    }
    HG_ASSERT(raw != nullptr);
    return Statement(std::move(state));
}

Outcome Database::execute(std::string_view sql) {
    const std::string text(sql);
    if (sqlite3_exec(m_state->connection.get(), text.c_str(), nullptr, nullptr, nullptr) !=
        SQLITE_OK) {
        return database_error(m_state->connection.get(), "run a statement").at(m_state->place);
    }
    return {};
}

Result<Transaction> Database::begin() {
    HG_CHECK(execute("BEGIN IMMEDIATE"));
    return Transaction(m_state.get());
}

Result<std::int64_t> Database::data_version() {
    if (!m_state->data_version_query) {
        HG_TRY(m_state->data_version_query, prepare("PRAGMA data_version"));
    }
    auto& query = *m_state->data_version_query;
    HG_TRY(const Step reached, query.step());
    HG_ASSERT(reached == Step::row);
    const auto version = query.integer(0);
    query.reset();
    return version;
}

std::int64_t Database::last_row_id() const {
    return sqlite3_last_insert_rowid(m_state->connection.get());
}

std::int64_t Database::changed_rows() const {
    return sqlite3_changes(m_state->connection.get());
}

Transaction::Transaction(Transaction&& other) noexcept
    : m_database(std::exchange(other.m_database, nullptr)) {
}

Transaction::~Transaction() {
    if (m_database != nullptr) {
        // SQLite may have rolled back by itself already, and then says that no transaction is open.
        static_cast<void>(
            sqlite3_exec(m_database->connection.get(), "ROLLBACK", nullptr, nullptr, nullptr)
        );
    }
}

Outcome Transaction::commit() {
    HG_ASSERT(m_database != nullptr);
    sqlite3* connection = m_database->connection.get();
    if (sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) {
        return database_error(connection, "commit").at(m_database->place);
    }
    m_database = nullptr;
    return {};
}

}  // namespace heliograph
