// SPDX-License-Identifier: Apache-2.0
#include <mirror/export/tree_writer.hpp>
#include <mirror/fleet/tree_place.hpp>
#include <pki/base/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view export_format = "heliograph-export-1\n";
constexpr std::string_view export_incoming = ".incoming";

// A folder of the format, or below one.
bool is_own_folder(std::string_view place) {
    static constexpr std::array<std::string_view, 7> own{
        "simple", "serversig", "packages", "integrity", "changelog", "left-out", export_incoming};
    return std::find(own.begin(), own.end(), place.substr(0, place.find('/'))) != own.end();
}

Error tree_error(const std::error_code& failure, const fs::path& path) {
    return system_error(failure.value(), "read the folder " + path.string());
}

// A tree of ours, or an empty folder that becomes one.
Outcome claim(const fs::path& root) {
    const auto marker = read_file(root / tree_marker_place, 1024);
    if (marker) {
        if (text_of(*marker) == export_format) {
            return {};
        }
        return Error(
            ErrorCode::unsupported,
            "expected " + root.string() +
                " to be an exported tree of format heliograph-export-1, "
                "it is of another; export into a new folder"
        );
    }
    if (marker.error().code() != ErrorCode::not_found) {
        return marker.error();
    }
    HG_CHECK(make_folder(root));
    std::error_code failure;
    const bool empty = fs::is_empty(root, failure);
    if (failure) {
        return tree_error(failure, root);
    }
    if (!empty) {
        return Error(
            ErrorCode::exists,
            "expected " + root.string() +
                " to be an exported tree or an empty folder, it holds other things, which the "
                "export would remove; name another folder"
        );
    }
    return write_file_atomically(root / tree_marker_place, bytes_of(export_format));
}

Result<bool> holds_bytes(const fs::path& path, ByteSpan bytes) {
    const auto present = read_file(path, bytes.size());
    if (present) {
        return std::equal(present->begin(), present->end(), bytes.begin(), bytes.end());
    }
    switch (present.error().code()) {
        case ErrorCode::not_found:
        case ErrorCode::too_large:
        case ErrorCode::invalid_argument:
            return false;
        default:
            return present.error();
    }
}

Outcome copy_blob(const OpenBlob& blob, StagedFile& file) {
    constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
    thread_local Bytes piece(piece_bytes);
    std::uint64_t offset = 0;
    while (true) {
        const auto count = ::pread(
            blob.descriptor.get(), piece.data(), piece.size(), static_cast<::off_t>(offset)
        );
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "read a blob");
        }
        if (count == 0) {
            return {};
        }
        HG_CHECK(file.write(ByteSpan(piece).first(static_cast<std::size_t>(count))));
        offset += static_cast<std::uint64_t>(count);
    }
}

}  // namespace

Result<TreeWriter> TreeWriter::open(const fs::path& root) {
    HG_CHECK(claim(root));
    // What a killed export left behind.
    std::error_code failure;
    fs::remove_all(root / export_incoming, failure);
    if (failure) {
        return system_error(failure.value(), "remove " + (root / export_incoming).string());
    }
    HG_CHECK(make_folder(root / export_incoming));
    FileDescriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) {
        return system_error(errno, "open the folder " + root.string());
    }
    TreeWriter tree(root, std::move(folder));
    tree.keep(std::string(tree_marker_place));
    return tree;
}

Outcome TreeWriter::put(const std::string& place, ByteSpan bytes) {
    keep(place);
    HG_TRY(const bool same, holds_bytes(m_root / place, bytes));
    if (same) {
        ++m_kept;
        return {};
    }
    HG_TRY(auto file, StagedFile::create(m_root / export_incoming));
    HG_CHECK(file.write(bytes));
    return wait(std::move(file), place);
}

Outcome TreeWriter::put_blob(const std::string& place, const OpenBlob& blob) {
    keep(place);
    struct stat status {};
    if (::lstat((m_root / place).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        static_cast<std::uint64_t>(status.st_size) == blob.size_bytes) {
        ++m_kept;
        return {};
    }
    HG_TRY(auto file, StagedFile::create(m_root / export_incoming));
    HG_CHECK(copy_blob(blob, file));
    return wait(std::move(file), place);
}

void TreeWriter::keep(const std::string& place) {
    m_named.insert(std::hash<std::string>()(place));
}

bool TreeWriter::is_named(const std::string& place) const {
    return m_named.contains(std::hash<std::string>()(place));
}

Outcome TreeWriter::wait(StagedFile file, const std::string& place) {
    constexpr std::size_t most_waiting = 2000;
    file.close_content();
    m_waiting.push_back({.file = std::move(file), .place = m_root / place});
    ++m_written;
    return m_waiting.size() < most_waiting ? Outcome() : flush();
}

Outcome TreeWriter::flush() {
    if (m_waiting.empty()) {
        return {};
    }
    HG_CHECK(sync_file_system(m_folder));
    for (auto& waiting : m_waiting) {
        std::error_code failure;
        fs::create_directories(waiting.place.parent_path(), failure);
        if (failure) {
            return system_error(
                failure.value(), "create the folder " + waiting.place.parent_path().string()
            );
        }
        HG_CHECK(waiting.file.rename_to(waiting.place));
    }
    m_waiting.clear();
    return {};
}

Outcome TreeWriter::finish() {
    HG_CHECK(flush());
    std::vector<fs::path> folders;
    std::vector<fs::path> unnamed;
    std::error_code failure;
    fs::recursive_directory_iterator walk(m_root, failure);
    while (!failure && walk != fs::recursive_directory_iterator()) {
        const auto& path = walk->path();
        auto place = path.lexically_relative(m_root).string();
        if (walk->is_directory(failure) && !walk->is_symlink(failure)) {
            if (is_own_folder(place)) {
                folders.push_back(path);
            }
        } else if (!is_named(place)) {
            if (tree_place_of(place) == TreePlace::foreign) {
                m_foreign.push_back(std::move(place));
            } else {
                unnamed.push_back(path);
            }
        }
        walk.increment(failure);
    }
    if (failure) {
        return tree_error(failure, m_root);
    }
    for (const auto& path : unnamed) {
        fs::remove(path, failure);
        if (failure) {
            return system_error(failure.value(), "remove " + path.string());
        }
        ++m_removed;
    }
    // From the inside out; a folder that holds something refuses to go, which is what is wanted.
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
        if (::rmdir(folder->c_str()) != 0 && errno != ENOTEMPTY && errno != EEXIST) {
            return system_error(errno, "remove the folder " + folder->string());
        }
    }
    std::sort(m_foreign.begin(), m_foreign.end());
    return sync_file_system(m_folder);
}

Result<std::vector<std::string>> TreeWriter::names_in(const std::string& place) const {
    std::vector<std::string> names;
    std::error_code failure;
    const auto folder = m_root / place;
    if (!fs::is_directory(folder, failure)) {
        return names;
    }
    fs::directory_iterator walk(folder, failure);
    while (!failure && walk != fs::directory_iterator()) {
        names.push_back(walk->path().filename().string());
        walk.increment(failure);
    }
    if (failure) {
        return tree_error(failure, folder);
    }
    return names;
}

}  // namespace heliograph::mirror
