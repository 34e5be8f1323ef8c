// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_handle.hpp>
#include <mirror/publish/dist_reader.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
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

Result<ArchiveReader> open_archive(int descriptor, const verify::DistFileName& name) {
    if (::lseek(descriptor, 0, SEEK_SET) < 0) {
        return system_error(errno, "go to the start of " + name.text());
    }
    ArchiveReader reader(archive_read_new());
    if (!reader) {
        return Error(ErrorCode::internal, "no memory to open an archive");
    }
    const bool is_tar = std::string_view(name.text()).ends_with(".tar.gz");
    // Only the one format that the name promises: every further one is attack surface.
    if (is_tar) {
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

// No reader of ours extracts, but those who install the file do.
Outcome check_entry(archive_entry* entry, std::string_view path) {
    bool climbs = path.empty() || path.front() == '/' ||
                  path.find('\\') != std::string_view::npos || (path.size() > 1 && path[1] == ':');
    for (std::size_t begin = 0; begin <= path.size() && !climbs;) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        climbs = path.substr(begin, end - begin) == "..";
        begin = end + 1;
    }
    if (climbs) {
        return malformed(
            "expected every path to stay inside the archive, saw '" + verify::printable(path) + "'"
        );
    }
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO || type == AE_IFSOCK) {
        return malformed(
            "expected files, folders and links only, saw a device: '" + verify::printable(path) +
            "'"
        );
    }
    return {};
}

// `folder/member` with the ending that the kind of archive has; the folder without the ending.
std::optional<std::string> metadata_folder(std::string_view path, verify::FileKind kind) {
    const bool wheel = kind == verify::FileKind::wheel;
    const std::string_view member = wheel ? "METADATA" : "PKG-INFO";
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

Result<std::string> read_member(archive* reader, archive_entry* entry) {
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
        return malformed("expected the metadata to be a plain file, it is a link or a folder");
    }
    if (archive_entry_is_encrypted(entry) != 0) {
        return malformed("expected readable metadata, it is encrypted");
    }
    std::string text;
    std::array<char, 16384> piece;
    while (true) {
        const auto count = archive_read_data(reader, piece.data(), piece.size());
        if (count == 0) {
            return text;
        }
        if (count < 0) {
            return malformed(
                "expected sound metadata, could not unpack it: " + archive_reason(reader)
            );
        }
        if (text.size() + static_cast<std::size_t>(count) > verify::limits::core_metadata_bytes) {
            return over_limit("metadata", verify::limits::core_metadata_bytes, "bytes");
        }
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

Result<std::string> find_metadata(
    archive* reader, const verify::DistFileName& name, Budget budget
) {
    std::optional<std::string> found;
    while (true) {
        archive_entry* entry = nullptr;
        const int answer = archive_read_next_header(reader, &entry);
        if (answer == ARCHIVE_EOF) {
            break;
        }
        HG_CHECK(check_archive(reader, answer, "read its directory"));
        HG_TRY(const auto path, path_of(entry));
        const auto size = archive_entry_size(entry);
        if (archive_entry_size_is_set(entry) == 0 || size < 0) {
            return malformed("expected every entry to state its size, one does not");
        }
        HG_CHECK(budget.take(path, static_cast<std::uint64_t>(size)));
        HG_CHECK(check_entry(entry, path));
        const auto folder = metadata_folder(path, name.kind());
        if (!folder) {
            continue;
        }
        if (found) {
            return malformed("expected one metadata file, saw two");
        }
        HG_CHECK(check_folder(*folder, name));
        HG_TRY(found, read_member(reader, entry));
    }
    if (!found) {
        return malformed(
            name.kind() == verify::FileKind::wheel
                ? "expected a wheel with a file METADATA in its .dist-info folder, saw none"
                : "expected a source archive with a file PKG-INFO in its folder, saw none"
        );
    }
    return *std::move(found);
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
    HG_TRY(const auto reader, open_archive(descriptor, name));
    HG_TRY(
        auto text,
        find_metadata(
            reader.get(), name, Budget(limits, static_cast<std::uint64_t>(status.st_size))
        )
    );
    HG_TRY(auto metadata, verify::parse_core_metadata(text));
    HG_CHECK(check_agreement(metadata, name));
    return DistMetadata{.text = std::move(text), .metadata = std::move(metadata)};
}

}  // namespace heliograph::mirror
