// SPDX-License-Identifier: Apache-2.0
// Private: what a backup holds inside of its lock: a head, then folders and files in their order,
// then how many there were. Numbers are big-endian.
//
//   head   "heliograph-backup-1" LF, 8 seconds since 1970 when it was made
//   entry  1 'd' or 'f', 2 permissions, 2 length of the path, path, 8 size, content
//   end    1 'e', 8 number of entries
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace heliograph::pki {

/// Of the locked stream that holds it.
inline constexpr std::string_view backup_purpose = "heliograph-backup-1";
inline constexpr std::size_t backup_path_limit_bytes = 512;
inline constexpr std::uint64_t backup_entry_limit = 10'000'000;

enum class BackupEntryKind { folder, file };

struct BackupEntry {
    BackupEntryKind kind = BackupEntryKind::file;
    std::string path;          ///< Relative, with `/`.
    unsigned permissions = 0;  ///< 0600 and the like.
    std::uint64_t size_bytes = 0;
};

[[nodiscard]] Bytes render_backup_head(Instant made);
[[nodiscard]] Bytes render_backup_entry(const BackupEntry& entry);
[[nodiscard]] Bytes render_backup_end(std::uint64_t count);

/// Relative, without empty, `.` or `..` parts or control characters, of the length above.
[[nodiscard]] bool is_backup_path(const std::string& path);

/// Takes the bytes as they come. An entry is begun after its folder, and then gets its content in
/// pieces. @thread One thread at a time.
class BackupParser {
  public:
    struct Events {
        std::function<Outcome(const BackupEntry&)> begin;
        std::function<Outcome(ByteSpan)> content;
        std::function<Outcome()> end;  ///< Of the entry.
    };
    explicit BackupParser(Events events) : m_events(std::move(events)) {}

    /// @errors malformed, those of the events.
    [[nodiscard]] Outcome take(ByteSpan bytes);
    /// When all was taken. @errors malformed (something is missing).
    [[nodiscard]] Outcome finish() const;

    [[nodiscard]] Instant made() const { return m_made; }
    [[nodiscard]] std::uint64_t entries() const { return m_count; }

  private:
    enum class State { head, kind, fields, path, size, content, count, ended };

    [[nodiscard]] Outcome step();
    [[nodiscard]] Outcome begin_entry();
    [[nodiscard]] Outcome end_entry();
    void expect(State state, std::size_t size_bytes);

    Events m_events;
    State m_state = State::head;
    std::size_t m_wanted = 28;  ///< Bytes that the state needs at once.
    Bytes m_pending;
    BackupEntry m_entry;
    std::uint64_t m_left = 0;  ///< Of the content.
    std::uint64_t m_count = 0;
    std::set<std::string> m_paths;
    Instant m_made = {};
};

}  // namespace heliograph::pki
