// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_handle.hpp>
#include <mirror/publish/archive_links.hpp>
#include <mirror/publish/dist_reader.hpp>
#include <mirror/publish/member_path.hpp>
#include <mirror/publish/utf8_locale.hpp>
#include <mirror/publish/wheel_record.hpp>
#include <mirror/publish/zip_layout.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

Error malformed(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

Error over_limit(std::string_view what, std::uint64_t limit, std::string_view unit) {
    return {
        ErrorCode::too_large,
        "expected an archive with at most " + std::to_string(limit) + " " + std::string(unit) +
            " of " + std::string(what) + ", it has more; it is not published"};
}

// The costs of what was seen so far, against the caps.
class Budget {
  public:
    Budget(const DistLimits& limits, std::uint64_t file_bytes)
        : m_limits(limits),
          m_most_bytes(std::min(
              limits.unpacked_bytes,
              std::max(limits.ratio_free_bytes, saturated_product(limits.ratio, file_bytes))
          )) {}

    // Called before an entry's data is passed over: a stated size bounds what the library unpacks
    // in doing so.
    Outcome take(std::string_view path, std::uint64_t size_bytes) {
        if (++m_entries > m_limits.entries) {
            return over_limit("its directory", m_limits.entries, "entries");
        }
        if (path.size() > m_limits.path_bytes) {
            return over_limit("an entry's path", m_limits.path_bytes, "bytes");
        }
        if (size_bytes > m_most_bytes - m_unpacked_bytes) {
            return over_limit("unpacked content", m_most_bytes, "bytes");
        }
        m_unpacked_bytes += size_bytes;
        return {};
    }

  private:
    static std::uint64_t saturated_product(std::uint64_t ratio, std::uint64_t bytes) {
        std::uint64_t product = 0;
        return __builtin_mul_overflow(ratio, bytes, &product) ? UINT64_MAX : product;
    }

    const DistLimits& m_limits;
    std::uint64_t m_most_bytes;
    std::uint64_t m_unpacked_bytes = 0;
    std::size_t m_entries = 0;
};

bool is_tar(const verify::DistFileName& name) {
    return std::string_view(name.text()).ends_with(".tar.gz");
}

Result<ArchiveReader> open_archive(int descriptor, const verify::DistFileName& name) {
    if (::lseek(descriptor, 0, SEEK_SET) < 0) {
        return system_error(errno, "go to the start of " + name.text());
    }
    ArchiveReader reader(archive_read_new());
    if (!reader) {
        return Error(ErrorCode::internal, "no memory to open an archive");
    }
    // Only the one format that the name promises: every further one is attack surface.
    if (is_tar(name)) {
        HG_CHECK(
            check_archive(reader.get(), archive_read_support_filter_gzip(reader.get()), "read gzip")
        );
        HG_CHECK(
            check_archive(reader.get(), archive_read_support_format_tar(reader.get()), "read tar")
        );
    } else {
        HG_CHECK(check_archive(
            reader.get(), archive_read_support_format_zip_seekable(reader.get()), "read zip"
        ));
    }
    constexpr std::size_t block_bytes = std::size_t{64} * 1024;
    HG_CHECK(check_archive(
        reader.get(),
        archive_read_open_fd(reader.get(), descriptor, block_bytes),
        "open " + name.text()
    ));
    return reader;
}

Result<std::string> path_of(archive_entry* entry) {
    const char* path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) {
        path = archive_entry_pathname(entry);
    }
    if (path == nullptr) {
        return malformed("expected every entry to have a readable path, saw one without");
    }
    return std::string(path);
}

Outcome check_links(archive_entry* entry, std::string_view path, verify::FileKind kind) {
    const char* hard = archive_entry_hardlink(entry);
    const bool symbolic = archive_entry_filetype(entry) == AE_IFLNK;
    if (hard == nullptr && !symbolic) {
        return {};
    }
    // The wheel format has no links, and RECORD could not vouch for one.
    if (kind == verify::FileKind::wheel) {
        return malformed(
            "expected files and folders only in a wheel, saw a link: '" + verify::printable(path) +
            "'"
        );
    }
    const char* target = symbolic ? archive_entry_symlink(entry) : hard;
    if (target == nullptr ||
        (symbolic ? member_path::leads_outside(path, target) : member_path::climbs(target))) {
        return malformed(
            "expected every link to stay inside the archive, with '..' at most at its start, saw "
            "'" +
            verify::printable(path) + "' lead outside"
        );
    }
    return {};
}

// No reader of ours extracts, but those who install the file do.
Outcome check_entry(archive_entry* entry, std::string_view path) {
    if (member_path::climbs(path) || member_path::has_control_character(path)) {
        return malformed(
            "expected every path to stay inside the archive, saw '" + verify::printable(path) + "'"
        );
    }
    const auto type = archive_entry_filetype(entry);
    if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK &&
        archive_entry_hardlink(entry) == nullptr) {
        return malformed(
            "expected files, folders and links only, saw a device or something unknown: '" +
            verify::printable(path) + "'"
        );
    }
    if (archive_entry_is_encrypted(entry) != 0) {
        return malformed(
            "expected readable members, '" + verify::printable(path) + "' is encrypted"
        );
    }
    return {};
}

// `folder/member` with the ending that the kind of archive has; the folder without the ending.
std::optional<std::string> metadata_folder(
    std::string_view path, verify::FileKind kind, std::string_view wheel_member = "METADATA"
) {
    const bool wheel = kind == verify::FileKind::wheel;
    const std::string_view member = wheel ? wheel_member : "PKG-INFO";
    const std::string_view ending = wheel ? ".dist-info" : "";
    if (path.starts_with("./")) {
        path.remove_prefix(2);
    }
    const auto slash = path.find('/');
    if (slash == std::string_view::npos || path.substr(slash + 1) != member) {
        return std::nullopt;
    }
    auto folder = path.substr(0, slash);
    if (!folder.ends_with(ending)) {
        return std::nullopt;
    }
    folder.remove_suffix(ending.size());
    return std::string(folder);
}

Outcome check_folder(const std::string& folder, const verify::DistFileName& name) {
    // `name-version` is what the name of a source archive is made of, so its parser knows it.
    const auto parsed = verify::parse_dist_file_name(folder + ".tar.gz");
    if (parsed && parsed->project() == name.project() && parsed->version() == name.version()) {
        return {};
    }
    return malformed(
        "expected metadata in a folder named after " + name.text() + ", saw it in '" +
        verify::printable(folder) + "'"
    );
}

// What the archive is read for.
struct Gathered {
    std::optional<std::string> metadata;
    std::optional<std::string> record;
    std::string record_path;
    std::map<std::string, MemberContent> members;  ///< Of a wheel; what RECORD has to list.
};

class MemberReader {
  public:
    MemberReader(archive* reader, const verify::DistFileName& name, Budget budget)
        : m_reader(reader), m_name(name), m_budget(budget) {}

    Result<Gathered> run() {
        while (true) {
            archive_entry* entry = nullptr;
            const int answer = archive_read_next_header(m_reader, &entry);
            if (answer == ARCHIVE_EOF) {
                HG_CHECK(m_links.check(m_seen));
                return std::move(m_gathered);
            }
            HG_CHECK(check_archive(m_reader, answer, "read its directory"));
            // Of a zip, a warning tells of two headers of one member that disagree, or of a name.
            if (answer != ARCHIVE_OK && !is_tar(m_name)) {
                return malformed(
                    "expected a sound archive, could not read its directory without a warning: " +
                    archive_reason(m_reader)
                );
            }
            HG_TRY(const auto path, path_of(entry));
            const auto size = archive_entry_size(entry);
            if (archive_entry_size_is_set(entry) == 0 || size < 0) {
                return malformed("expected every entry to state its size, one does not");
            }
            HG_CHECK(m_budget.take(path, static_cast<std::uint64_t>(size)));
            HG_CHECK(check_entry(entry, path));
            HG_CHECK(read_entry(entry, path, static_cast<std::uint64_t>(size)));
        }
    }

  private:
    Outcome read_entry(archive_entry* entry, const std::string& path, std::uint64_t size_bytes) {
        const bool is_file =
            archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
        const std::string plain = member_path::plain(path);
        const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
        auto* const text = text_for(path);
        if (text != nullptr) {
            if (!is_file) {
                return malformed(
                    "expected the metadata to be a plain file, it is a link or a folder"
                );
            }
            if (text->has_value()) {
                return malformed("expected one metadata file, saw two");
            }
            text->emplace();
        }
        HG_CHECK(check_links(entry, path, m_name.kind()));
        remember_link(entry, plain);
        // Only folders may be told again, which tar does.
        const auto [seen, first] = m_seen.emplace(plain, is_folder);
        if (!first && !(is_folder && seen->second)) {
            return malformed(
                "expected every member once, saw '" + verify::printable(path) + "' twice"
            );
        }
        if (const auto folder = metadata_folder(path, m_name.kind())) {
            HG_CHECK(check_folder(*folder, m_name));
        }
        if (text != nullptr && text == &m_gathered.record) {
            m_gathered.record_path = plain;
        }
        if (!is_file) {
            return {};
        }
        return read_content(plain, size_bytes, text);
    }

    void remember_link(archive_entry* entry, const std::string& plain) {
        if (const char* target = archive_entry_hardlink(entry); target != nullptr) {
            m_links.add_hard(member_path::plain(target));
        } else if (archive_entry_filetype(entry) == AE_IFLNK) {
            m_links.add_symbolic(plain);
        }
    }

    // METADATA, PKG-INFO or RECORD, whose text is kept; else nullptr.
    std::optional<std::string>* text_for(std::string_view path) {
        if (metadata_folder(path, m_name.kind())) {
            return &m_gathered.metadata;
        }
        const bool is_record = m_name.kind() == verify::FileKind::wheel &&
                               metadata_folder(path, m_name.kind(), "RECORD").has_value();
        return is_record ? &m_gathered.record : nullptr;
    }

    Outcome read_content(
        const std::string& path, std::uint64_t stated_bytes, std::optional<std::string>* text
    ) {
        const bool is_record = text == &m_gathered.record;
        const std::size_t text_limit =
            is_record ? record_limit_bytes : verify::limits::core_metadata_bytes;
        MemberContent content;
        pki::Sha256Hasher hasher;
        while (true) {
            const auto count = archive_read_data(m_reader, m_piece.data(), m_piece.size());
            if (count < 0) {
                return malformed(
                    "expected a sound member '" + verify::printable(path) +
                    "', could not unpack it: " + archive_reason(m_reader)
                );
            }
            if (count == 0) {
                break;
            }
            const std::string_view piece(m_piece.data(), static_cast<std::size_t>(count));
            content.size_bytes += piece.size();
            // What was stated is paid for already; a member that holds more lies about it.
            if (content.size_bytes > stated_bytes) {
                return malformed(
                    "expected '" + verify::printable(path) + "' with the " +
                    std::to_string(stated_bytes) + " bytes that it states, it has more"
                );
            }
            hasher.update(bytes_of(piece));
            if (text != nullptr) {
                if (text->value().size() + piece.size() > text_limit) {
                    return over_limit(is_record ? "RECORD" : "metadata", text_limit, "bytes");
                }
                text->value() += piece;
            }
        }
        if (content.size_bytes != stated_bytes) {
            return malformed(
                "expected '" + verify::printable(path) + "' with the " +
                std::to_string(stated_bytes) + " bytes that it states, it has " +
                std::to_string(content.size_bytes)
            );
        }
        content.sha256 = hasher.finish();
        if (m_name.kind() == verify::FileKind::wheel) {
            m_gathered.members.emplace(path, content);
        }
        return {};
    }

    archive* m_reader;
    const verify::DistFileName& m_name;
    Budget m_budget;
    Gathered m_gathered;
    ArchiveMembers m_seen;
    ArchiveLinks m_links;
    std::array<char, 65536> m_piece{};
};

Outcome check_presence(const Gathered& gathered, const verify::DistFileName& name) {
    const bool wheel = name.kind() == verify::FileKind::wheel;
    if (!gathered.metadata) {
        return malformed(
            wheel ? "expected a wheel with a file METADATA in its .dist-info folder, saw none"
                  : "expected a source archive with a file PKG-INFO in its folder, saw none"
        );
    }
    if (wheel && !gathered.record) {
        return malformed("expected a wheel with a file RECORD in its .dist-info folder, saw none");
    }
    return {};
}

Outcome check_agreement(const verify::CoreMetadata& metadata, const verify::DistFileName& name) {
    if (metadata.name != name.project()) {
        return malformed(
            "expected metadata of project " + name.project().text() +
            ", as the file name says, saw that of " + metadata.name.text()
        );
    }
    if (metadata.version != name.version()) {
        return malformed(
            "expected metadata of version " + name.version().text() +
            ", as the file name says, saw that of " + metadata.version.text()
        );
    }
    return {};
}

}  // namespace

Result<DistMetadata> read_dist_metadata(
    int descriptor, const verify::DistFileName& name, const DistLimits& limits
) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        return system_error(errno, "look at " + name.text());
    }
    const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
    if (!is_tar(name)) {
        HG_CHECK(check_zip_layout(descriptor, file_bytes, {.entries = limits.entries}));
    }
    const Utf8Locale names_in_utf8;
    HG_TRY(const auto reader, open_archive(descriptor, name));
    const Budget budget(limits, file_bytes);
    const auto member_reader = std::make_unique<MemberReader>(reader.get(), name, budget);
    HG_TRY(auto gathered, member_reader->run());
    HG_CHECK(check_presence(gathered, name));
    HG_TRY(auto metadata, verify::parse_core_metadata(*gathered.metadata));
    HG_CHECK(check_agreement(metadata, name));
    if (gathered.record) {
        HG_TRY(const auto record, parse_wheel_record(*gathered.record));
        HG_CHECK(check_wheel_record(record, gathered.record_path, gathered.members));
    }
    return DistMetadata{.text = *std::move(gathered.metadata), .metadata = std::move(metadata)};
}

}  // namespace heliograph::mirror
