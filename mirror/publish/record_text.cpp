// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_budget.hpp>
#include <mirror/publish/archive_opening.hpp>
#include <mirror/publish/member_reader.hpp>
#include <mirror/publish/record_text.hpp>

#include <vector>

namespace heliograph::mirror {

namespace {

Result<std::optional<std::string>> unpack(archive* reader) {
    std::string text;
    std::vector<char> piece(std::size_t{64} * 1024);
    while (true) {
        const auto count = archive_read_data(reader, piece.data(), piece.size());
        if (count < 0) {
            return std::optional<std::string>();
        }
        if (count == 0) {
            return std::optional(std::move(text));
        }
        if (text.size() + static_cast<std::size_t>(count) > record_limit_bytes) {
            return over_archive_limit("RECORD", record_limit_bytes, "bytes");
        }
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

Result<std::optional<std::string>> read_record_text(
    int descriptor, const verify::DistFileName& name
) {
    HG_TRY(const auto reader, open_archive(descriptor, name));
    archive_entry* entry = nullptr;
    while (true) {
        const int answer = archive_read_next_header(reader.get(), &entry);
        if (answer == ARCHIVE_EOF || answer < ARCHIVE_WARN) {
            return std::optional<std::string>();
        }
        const char* const path = archive_entry_pathname(entry);
        if (path != nullptr && is_wheel_record_path(path)) {
            return unpack(reader.get());
        }
    }
}

}  // namespace heliograph::mirror
