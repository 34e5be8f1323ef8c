// SPDX-License-Identifier: Apache-2.0
// SQLite behind three small types: Database, Statement, Transaction. Write-ahead log, synchronous
// FULL, foreign keys on.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/database/migration.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace heliograph {

enum class OpenMode {
    create,
    build,  ///< As create, in an AtomicFolder: durable with the folder, no commit is before that.
    existing,
    read_only  ///< Also in a folder where nothing can be written, if no log lies beside it: it is
               ///< then read as it lies there, and check_still() says whether an answer counts.
};

/// Whether a step of a statement gave a row or came to the end.
enum class Step { row, done };

/// A prepared statement. Parameters count from 1, columns from 0, as in SQLite.
/// @thread That of its Database. The Database must outlive it.
class Statement {
  public:
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    /// Binds one parameter. Text and bytes are copied. A wrong index is our bug and stops the
    /// process.
    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view value);
    Statement& bind(int index, ByteSpan value);
    Statement& bind(int index, std::nullopt_t null);
    Statement& bind(int index, const char* value) { return bind(index, std::string_view(value)); }
    template <typename T>
    Statement& bind(int index, const std::optional<T>& value) {
        return value ? bind(index, *value) : bind(index, std::nullopt);
    }

    /// Binds all parameters in order, from the first.
    template <typename... Values>
    Statement& bind_all(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }

    /// Runs to the next row or to the end.
    /// @errors conflict (another process kept the database busy), exists (a unique value is taken),
    /// io, malformed.
    Result<Step> step();

    /// For statements without rows: runs to the end and resets, so that the statement can be bound
    /// anew.
    Outcome run();

    /// Makes the statement ready to be bound and stepped again.
    void reset();

    /// Columns of the current row. A column of another type reads as SQLite converts it; NULL as 0
    /// or empty.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] Bytes blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] std::optional<Bytes> optional_blob(int column) const;

  private:
    friend class Database;
    struct State;
    explicit Statement(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

class Transaction;

/// One connection.
/// @thread One thread at a time; open one Database per thread.
class Database {
  public:
    /// Opens, or creates with mode 0600 less nothing, and migrates in one transaction.
    /// @param migrations  All steps from the first; a database newer than these is refused.
    /// @param tables_of_now  SQL that leaves what all steps leave, for a new database; empty: it is
    ///                       made step by step.
    /// @errors not_found, denied, io, conflict, unsupported (made by a newer release), malformed
    /// (no database).
    [[nodiscard]] static Result<Database> open(
        const std::filesystem::path& path,
        OpenMode mode,
        std::span<const Migration> migrations,
        std::string_view tables_of_now = {}
    );

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// @errors malformed (SQL that this schema does not know), io.
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);

    /// Runs one or more statements without parameters.
    Outcome execute(std::string_view sql);

    /// Starts the write transaction at once (BEGIN IMMEDIATE), waiting for another writer at most
    /// the busy time, 10 s.
    /// @errors conflict, io.
    [[nodiscard]] Result<Transaction> begin();

    /// A number that changes when another connection commits. @cost A look into shared memory.
    [[nodiscard]] Result<std::int64_t> data_version();

    /// To be asked behind every answer of a database that was opened only to be read: where no lock
    /// can be had, that nobody wrote since it was opened. @errors conflict: what was read may be of
    /// two moments; open it anew.
    [[nodiscard]] Outcome check_still() const;

    /// The key of the last inserted row of this connection.
    [[nodiscard]] std::int64_t last_row_id() const;

    /// Rows changed by the last statement that ran.
    [[nodiscard]] std::int64_t changed_rows() const;

  private:
    friend class Transaction;
    struct State;
    explicit Database(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// An open write transaction. Dropping it rolls back; commit() is the only commit point.
/// @thread That of its Database, which must outlive it.
class Transaction {
  public:
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// Durable when it returns success. @errors io, conflict; the transaction is then rolled back.
    Outcome commit();

  private:
    friend class Database;
    explicit Transaction(Database::State* database) : m_database(database) {}
    Database::State* m_database;
};

}  // namespace heliograph
