// SPDX-License-Identifier: Apache-2.0
// Files that survive a crash: written beside their final name, synced, renamed, and the folder
// synced.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

namespace heliograph {

/// Who may read a new file.
enum class FileAccess {
    everyone,    ///< 0644, less the umask.
    owner_only,  ///< 0600, whatever the umask: private keys and tokens.
};

/// Whether a file of the final name may exist already.
enum class Replacement { allowed, refused };

/// Closes a file descriptor when it goes.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : m_descriptor(descriptor) {}
    FileDescriptor(FileDescriptor&& other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        const FileDescriptor old(std::exchange(m_descriptor, std::exchange(other.m_descriptor, -1))
        );
        return *this;
    }
    ~FileDescriptor() { close(); }

    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] bool is_open() const { return m_descriptor >= 0; }
    void close();

  private:
    int m_descriptor = -1;
};

/// Reads a whole regular file.
/// @param limit_bytes  A larger file is refused before it is read.
/// @errors not_found, denied, io, too_large, invalid_argument (not a regular file). @thread Safe.
/// @cost One read.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

/// Reads a private key file. Refuses one that its group or others may read, or that neither this
/// user nor root owns.
/// @errors denied (with the command that mends it), else as read_file. @thread Safe. @cost One
/// read.
[[nodiscard]] Result<SecretBytes> read_secret_file(
    const std::filesystem::path& path, std::uint64_t limit_bytes
);

/// A file being written. Nothing of the final name exists or changes before commit() returns
/// success; dropping the object without commit leaves no trace.
/// ```
///  create -> write* -> commit:  fsync(temporary) -> rename to final name -> fsync(folder)
/// ```
/// @thread One thread at a time.
class AtomicFile {
  public:
    /// @param final_path  Its folder must exist.
    /// @errors io, denied, not_found (folder).
    [[nodiscard]] static Result<AtomicFile> create(
        std::filesystem::path final_path, FileAccess access
    );

    AtomicFile(AtomicFile&&) noexcept;
    AtomicFile& operator=(AtomicFile&&) noexcept;
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile();

    /// @errors io (disk full among them: the message says so).
    Outcome write(ByteSpan bytes);

    /// Makes the bytes durable under the final name.
    /// @errors io; exists (replacement refused and the name is taken: the old file is untouched);
    /// invalid_argument (a device, a pipe or a socket of that name, which stays).
    Outcome commit(Replacement replacement = Replacement::allowed);

    /// The final name may be decided as late as here, in the same folder tree of one file system.
    Outcome commit_as(
        const std::filesystem::path& final_path, Replacement replacement = Replacement::allowed
    );

  private:
    struct State;
    explicit AtomicFile(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Writes a whole file through AtomicFile. @errors As AtomicFile. @thread Safe for different paths.
[[nodiscard]] Outcome write_file_atomically(
    const std::filesystem::path& path,
    ByteSpan bytes,
    FileAccess access = FileAccess::everyone,
    Replacement replacement = Replacement::allowed
);

/// Creates a folder and its missing parents, each synced into its parent.
/// @param access  everyone: 0755 less the umask; owner_only: 0700 for the folders made here.
/// @errors io, denied, exists (a file stands there). @thread Safe.
[[nodiscard]] Outcome make_folder(
    const std::filesystem::path& path, FileAccess access = FileAccess::everyone
);

/// Makes the names in a folder durable. @errors io, not_found. @thread Safe. @cost One fsync.
[[nodiscard]] Outcome sync_folder(const std::filesystem::path& path);

/// Removes a file and syncs its folder; a file that is not there is a success.
/// @errors io, denied. @thread Safe. @cost One fsync.
[[nodiscard]] Outcome remove_file(const std::filesystem::path& path);

}  // namespace heliograph
