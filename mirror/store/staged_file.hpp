// SPDX-License-Identifier: Apache-2.0
// Private: a file that gets its name later than its bytes, so that many can become durable
// together. What AtomicFile does in one call, in steps.
#pragma once

#include <pki/base/file.hpp>

#include <filesystem>
#include <functional>
#include <memory>

namespace heliograph::mirror {

/// Dropped before rename_to(), nothing of it remains.
/// @thread One thread at a time.
class StagedFile {
  public:
    /// @param folder  Holds the file until it has its name. @errors io, denied, not_found.
    [[nodiscard]] static Result<StagedFile> create(const std::filesystem::path& folder);

    /// A file that another left, to be gone on with at its end. Dropped, it goes like any other.
    /// @errors not_found (also: no regular file), io, denied.
    [[nodiscard]] static Result<StagedFile> adopt(const std::filesystem::path& path);

    StagedFile(StagedFile&&) noexcept;
    StagedFile& operator=(StagedFile&&) noexcept;
    StagedFile(const StagedFile&) = delete;
    StagedFile& operator=(const StagedFile&) = delete;
    ~StagedFile();

    /// @errors io (disk full among them: the message says so).
    Outcome write(ByteSpan bytes);

    /// All that was written so far, by whomever, in pieces. Of an adopted file only.
    /// @errors io, those of @p take, which ends the reading.
    [[nodiscard]] Outcome read(const std::function<Outcome(ByteSpan)>& take) const;

    /// To another name that is as little its last, over a file there. Nothing is synced.
    /// @errors io, denied.
    Outcome move_to(const std::filesystem::path& path);

    /// Dropped from now on, the file stays.
    void leave();

    /// Hands the bytes to the disk and waits for nothing, so that the syncs of several files that
    /// follow find all of them placed and the file system's journal is written once. A hint.
    void start_writing();

    /// Makes the bytes durable, under no name yet. @errors io.
    Outcome sync();

    /// No write() and no sync() may follow; frees the descriptor.
    void close_content();

    /// The rename alone, over a file of that name: the bytes must be durable before, the folder is
    /// to be synced after. @errors io, denied.
    Outcome rename_to(const std::filesystem::path& final_path);

  private:
    struct State;
    explicit StagedFile(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Makes everything written to the file system of @p folder durable, whoever wrote it.
/// @param folder  Opened before the first write that matters: what failed since then is told.
/// @errors io. @thread Safe. @cost One syncfs; cheaper than an fsync for each of some dozen files.
/// @source syncfs(2): write errors are told since Linux 5.8.
[[nodiscard]] Outcome sync_file_system(const FileDescriptor& folder);

}  // namespace heliograph::mirror
