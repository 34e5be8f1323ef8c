// SPDX-License-Identifier: Apache-2.0
// Private: between rows of the catalogue's tables and values, and the statements that both sides
// share.
#pragma once

#include <mirror/store/catalog.hpp>
#include <pki/base/database/database.hpp>

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

/// A prepared statement on loan; reset when it goes back, so that no read transaction stays open.
class Query {
  public:
    explicit Query(Statement& statement) : m_statement(&statement) {}
    Query(Query&& other) noexcept : m_statement(std::exchange(other.m_statement, nullptr)) {}
    Query& operator=(Query&&) = delete;
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() {
        if (m_statement != nullptr) {
            m_statement->reset();
        }
    }

    Statement* operator->() { return m_statement; }
    Statement& operator*() { return *m_statement; }

  private:
    Statement* m_statement;
};

/// The database with each statement prepared once.
/// @thread One thread at a time.
class CatalogDatabase {
  public:
    explicit CatalogDatabase(Database database) : m_database(std::move(database)) {}

    /// @param sql  A literal: the cache keeps the view.
    [[nodiscard]] Result<Query> query(std::string_view sql);

    [[nodiscard]] Database& database() { return m_database; }

    /// Commits made through this connection, which data_version does not count.
    std::uint64_t own_commits = 0;

  private:
    Database m_database;
    std::map<std::string_view, Statement> m_statements;
};

[[nodiscard]] std::int64_t to_column(verify::Serial serial);
[[nodiscard]] std::int64_t to_column(Instant instant);
[[nodiscard]] std::int64_t to_column(verify::PageForm form);
[[nodiscard]] verify::Serial serial_column(const Statement& row, int column);
[[nodiscard]] Instant instant_column(const Statement& row, int column);
[[nodiscard]] std::optional<std::int64_t> to_column(const std::optional<Instant>& instant);
[[nodiscard]] std::optional<Instant> optional_instant_column(const Statement& row, int column);

/// Columns of one row, from the first. @errors malformed: the catalogue is damaged.
[[nodiscard]] Result<FileRecord> read_file_row(const Statement& row);
[[nodiscard]] Result<LeftOutFile> read_left_out_row(const Statement& row);
[[nodiscard]] Result<JournalEvent> read_event_row(const Statement& row);
[[nodiscard]] Result<ProjectState> read_project_row(const Statement& row);
[[nodiscard]] Result<verify::ProjectStatus> status_column(const Statement& row, int column);
[[nodiscard]] Result<PendingProject> read_pending_row(const Statement& row);
[[nodiscard]] Result<pki::Sha256> digest_column(const Statement& row, int column);

/// The status of a tombstone, which no page has.
inline constexpr std::string_view removed_status = "removed";

inline constexpr std::string_view select_event =
    "SELECT serial, time, action, project, filename, html_digest, json_digest, version, reason "
    "FROM event WHERE serial = ?1";

}  // namespace heliograph::mirror
