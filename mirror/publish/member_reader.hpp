// SPDX-License-Identifier: Apache-2.0
// Private: one pass over all members of an archive, each unpacked in memory once, and what is kept
// of them.
#pragma once

#include <mirror/publish/archive_budget.hpp>
#include <mirror/publish/archive_handle.hpp>
#include <mirror/publish/archive_links.hpp>
#include <mirror/publish/wheel_record.hpp>
#include <verify/index/file_name.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// Whether a member of a wheel is RECORD: `<folder>.dist-info/RECORD`. @thread Safe.
[[nodiscard]] bool is_wheel_record_path(std::string_view path);

/// What an archive is read for.
struct Gathered {
    std::optional<std::string> metadata;
    std::optional<std::string> record;
    std::string record_path;
    WheelContent content;  ///< Of a wheel; what RECORD has to list.
};

/// @thread One. It is large: not for the stack.
class MemberReader {
  public:
    /// @param reader  Opened, nothing read of it. All but the budget must outlive the reader.
    /// @param record  What members are hashed by; none is hashed that has no digest there.
    MemberReader(
        archive* reader,
        const verify::DistFileName& name,
        const ArchiveBudget& budget,
        const WheelRecord& record
    )
        : m_reader(reader), m_name(name), m_budget(budget), m_record(record) {}

    /// Reads the archive to its end; called once.
    /// @errors As read_dist_metadata() says of archive and members.
    [[nodiscard]] Result<Gathered> run();

  private:
    Outcome read_entry(archive_entry* entry, const std::string& path, std::uint64_t size_bytes);
    Outcome read_content(
        const std::string& path, std::uint64_t stated_bytes, std::optional<std::string>* text
    );
    Outcome note_text(archive_entry* entry, std::optional<std::string>& text);
    Outcome note_member(archive_entry* entry, const std::string& path, const std::string& plain);
    std::optional<std::string>* text_for(std::string_view path);
    [[nodiscard]] std::optional<pki::NamedHasher> hasher_for(const std::string& path) const;

    archive* m_reader;
    const verify::DistFileName& m_name;
    ArchiveBudget m_budget;
    const WheelRecord& m_record;
    Gathered m_gathered;
    ArchiveMembers m_seen;
    ArchiveLinks m_links;
    std::array<char, 65536> m_piece{};
};

}  // namespace heliograph::mirror
