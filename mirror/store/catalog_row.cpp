// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_row.hpp>

#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

Error damaged(const Error& reason) {
    return Error(
        ErrorCode::malformed,
        "expected sound rows in the catalogue, saw a damaged one (" + reason.message() +
            "); make the folder anew from its upstream or its backup"
    );
}

template <typename T>
Result<T> sound(Result<T> parsed) {
    if (!parsed) {
        return damaged(parsed.error());
    }
    return parsed;
}

Result<PendingCause> pending_cause_of(std::string_view word) {
    for (const auto cause : {PendingCause::refused, PendingCause::failed, PendingCause::gone}) {
        if (pending_cause_name(cause) == word) {
            return cause;
        }
    }
    return damaged(Error(ErrorCode::malformed, "a pending project without a known cause"));
}

}  // namespace

Result<Query> CatalogDatabase::query(std::string_view sql) {
    auto found = m_statements.find(sql);
    if (found == m_statements.end()) {
        HG_TRY(auto statement, m_database.prepare(sql));
        found = m_statements.emplace(sql, std::move(statement)).first;
    }
    return Query(found->second);
}

std::int64_t to_column(verify::Serial serial) {
    return static_cast<std::int64_t>(serial.value);
}

std::int64_t to_column(Instant instant) {
    return instant.time_since_epoch().count();
}

std::int64_t to_column(verify::PageForm form) {
    return form == verify::PageForm::html ? 0 : 1;
}

verify::Serial serial_column(const Statement& row, int column) {
    return {static_cast<std::uint64_t>(row.integer(column))};
}

Instant instant_column(const Statement& row, int column) {
    return Instant(std::chrono::seconds(row.integer(column)));
}

std::optional<std::int64_t> to_column(const std::optional<Instant>& instant) {
    return instant ? std::optional(to_column(*instant)) : std::nullopt;
}

std::optional<Instant> optional_instant_column(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(instant_column(row, column));
}

Result<pki::Sha256> digest_column(const Statement& row, int column) {
    const auto raw = row.blob(column);
    return sound(pki::Sha256::from_bytes(raw));
}

Result<FileRecord> read_file_row(const Statement& row) {
    HG_TRY(auto name, sound(verify::parse_dist_file_name(row.text(0))));
    HG_TRY(const auto digest, digest_column(row, 1));
    FileRecord record{
        .path = verify::FilePath(digest, std::move(name)),
        .size_bytes = static_cast<std::uint64_t>(row.integer(2)),
        .metadata = std::nullopt,
    };
    if (!row.is_null(3)) {
        HG_TRY(const auto metadata, digest_column(row, 3));
        record.metadata = MetadataRecord{
            .digest = metadata, .size_bytes = static_cast<std::uint64_t>(row.integer(4))};
    }
    if (!row.is_null(5)) {
        HG_TRY(const auto provenance, digest_column(row, 5));
        record.provenance = MetadataRecord{
            .digest = provenance, .size_bytes = static_cast<std::uint64_t>(row.integer(6))};
    }
    if (!row.is_null(7)) {
        record.about = row.text(7);
    }
    return record;
}

Result<LeftOutFile> read_left_out_row(const Statement& row) {
    HG_TRY(auto name, sound(verify::parse_dist_file_name(row.text(0))));
    HG_TRY(const auto digest, digest_column(row, 1));
    HG_TRY(const auto reason, sound(parse_leave_reason(row.text(3))));
    return LeftOutFile{
        .path = verify::FilePath(digest, std::move(name)),
        .size_bytes = static_cast<std::uint64_t>(row.integer(2)),
        .reason = reason,
        .ripe = optional_instant_column(row, 4)};
}

Result<JournalEvent> read_event_row(const Statement& row) {
    JournalEvent event;
    event.serial = serial_column(row, 0);
    event.time = instant_column(row, 1);
    HG_TRY(event.action, sound(parse_journal_action(row.text(2))));
    if (!row.is_null(3)) {
        HG_TRY(event.project, sound(verify::parse_normalised_name(row.text(3))));
    }
    if (!row.is_null(4)) {
        HG_TRY(event.filename, sound(verify::parse_dist_file_name(row.text(4))));
    }
    if (!row.is_null(5)) {
        HG_TRY(const auto html, digest_column(row, 5));
        HG_TRY(const auto json, digest_column(row, 6));
        event.pages = PageDigests{.html = html, .json = json};
    }
    if (!row.is_null(7)) {
        HG_TRY(event.version, sound(verify::parse_version(row.text(7))));
    }
    if (!row.is_null(8)) {
        event.reason = row.text(8);
    }
    return event;
}

Result<verify::ProjectStatus> status_column(const Statement& row, int column) {
    return sound(verify::parse_project_status(row.text(column)));
}

Result<ProjectState> read_project_row(const Statement& row) {
    HG_TRY(auto name, sound(verify::parse_normalised_name(row.text(0))));
    ProjectState state{
        .entry = {.name = std::move(name), .serial = serial_column(row, 1)},
        .revision = static_cast<std::uint64_t>(row.integer(3)),
        .display_name = row.text(4)};
    if (row.text(2) == removed_status) {
        state.presence = ProjectPresence::removed;
        return state;
    }
    HG_TRY(const auto status, status_column(row, 2));
    if (status == verify::ProjectStatus::quarantined) {
        state.presence = ProjectPresence::withheld;
    }
    return state;
}

Result<PendingProject> read_pending_row(const Statement& row) {
    HG_TRY(auto project, sound(verify::parse_normalised_name(row.text(0))));
    HG_TRY(const auto cause, pending_cause_of(row.text(2)));
    return PendingProject{
        .project = std::move(project),
        .wanted = serial_column(row, 1),
        .cause = cause,
        .reason = row.text(3),
        .attempts = static_cast<std::uint32_t>(row.integer(4)),
        .since = instant_column(row, 5),
        .last_try = instant_column(row, 6),
        .next_try = instant_column(row, 7),
    };
}

}  // namespace heliograph::mirror
