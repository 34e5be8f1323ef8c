// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/intake.hpp>
#include <mirror/publish/metadata_header.hpp>
#include <pki/base/file.hpp>
#include <verify/index/dependency_metadata.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

// What changes with any write to a file, and cannot be set back.
struct FileState {
    ::off_t size = 0;
    ::time_t seconds = 0;
    long nanoseconds = 0;

    friend bool operator==(const FileState&, const FileState&) = default;
};

Result<FileState> state_of(const FileDescriptor& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return system_error(errno, "look at the file");
    }
    return FileState{
        .size = status.st_size,
        .seconds = status.st_ctim.tv_sec,
        .nanoseconds = status.st_ctim.tv_nsec};
}

Result<FileDescriptor> open_regular(const fs::path& path) {
    // O_NONBLOCK: a FIFO must be refused, not waited for.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) {
        return system_error(errno, "open " + path.string());
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return system_error(errno, "look at " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + path.string() + " to be a regular file, and it is not"
        );
    }
    return file;
}

Outcome copy_to_blob(const FileDescriptor& file, BlobWriter& blob, const IntakeLimits& limits) {
    constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
    // One for each thread: clearing it costs more than a small file does.
    thread_local Bytes piece(piece_bytes);
    while (true) {
        const auto count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return system_error(errno, "read the file");
        }
        if (count == 0) {
            return {};
        }
        if (static_cast<std::uint64_t>(count) > limits.file_bytes - blob.size_bytes()) {
            return Error(
                ErrorCode::too_large,
                "expected a file of at most " + std::to_string(limits.file_bytes) +
                    " bytes, it is larger"
            );
        }
        HG_CHECK(blob.write(ByteSpan(piece).first(static_cast<std::size_t>(count))));
    }
}

// Always written anew, which heals a damaged copy.
Result<std::optional<MetadataRecord>> store_metadata(
    BlobBatch& batch, const std::string& text, verify::FileKind kind
) {
    HG_TRY(const auto standing, verify::standing_of_metadata(text, kind));
    if (standing == verify::DependencyStanding::decided_by_build) {
        return std::optional<MetadataRecord>();
    }
    HG_TRY(const auto blob, batch.begin());
    HG_CHECK(blob->write(bytes_of(text)));
    HG_TRY(const auto digest, blob->commit());
    return std::optional(MetadataRecord{.digest = digest, .size_bytes = text.size()});
}

Result<IntakeFile> take_in(const fs::path& path, BlobBatch& batch, const IntakeLimits& limits) {
    HG_TRY(auto name, verify::parse_dist_file_name(path.filename().string()));
    HG_TRY(const auto file, open_regular(path));
    HG_TRY(const auto before, state_of(file));
    HG_TRY(const auto blob, batch.begin());
    HG_CHECK(copy_to_blob(file, *blob, limits));
    // Read before the commit, so that a refused file never becomes a blob; then what was read must
    // be what was copied.
    HG_TRY(auto dist, read_dist_metadata(file.get(), name, limits.dist));
    HG_TRY(const auto after, state_of(file));
    if (before != after) {
        return Error(
            ErrorCode::conflict,
            "expected the file to stay as it is while it is read, it changed; add it again"
        );
    }
    const auto size_bytes = blob->size_bytes();
    HG_TRY(const auto digest, blob->commit());
    HG_TRY(const auto metadata, store_metadata(batch, dist.text, name.kind()));
    return IntakeFile{
        .record =
            {.path = verify::FilePath(digest, std::move(name)),
             .size_bytes = size_bytes,
             .metadata = metadata,
             .about = metadata ? std::nullopt : metadata_header(dist.text)},
        .metadata = std::move(dist.metadata),
    };
}

}  // namespace

Result<IntakeFile> take_in_file(
    const fs::path& path, BlobBatch& batch, const IntakeLimits& limits
) {
    auto taken = take_in(path, batch, limits);
    if (!taken) {
        return std::move(taken).error().at(path.string());
    }
    return taken;
}

Result<StagedIntake> stage_files(const IntakeRequest& request, BlobStore& blobs) {
    HG_TRY(auto batch, blobs.begin_batch());
    std::vector<std::optional<Result<IntakeFile>>> taken(request.files.size());
    std::mutex telling;
    HG_CHECK(for_each_piece(taken.size(), request.workers, [&](std::size_t at) -> Outcome {
        auto& file = taken[at].emplace(take_in_file(request.files[at], *batch, request.limits));
        if (file && request.progress) {
            const std::lock_guard lock(telling);
            request.progress(*file);
        }
        return {};
    }));
    std::vector<Result<IntakeFile>> files;
    files.reserve(taken.size());
    for (auto& file : taken) {
        files.push_back(*std::move(file));
    }
    return StagedIntake{.files = std::move(files), .blobs = std::move(batch)};
}

Result<std::vector<Result<IntakeFile>>> take_in_files(
    const IntakeRequest& request, BlobStore& blobs
) {
    HG_TRY(auto staged, stage_files(request, blobs));
    HG_CHECK(staged.blobs->commit());
    return std::move(staged.files);
}

}  // namespace heliograph::mirror
