// SPDX-License-Identifier: Apache-2.0
// Private: a tree of files that is brought up to date. What is as it should be is not touched; new
// contents become durable together and then get their names; what nobody
// named any more is removed, as far as exports write there.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/staged_file.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

namespace heliograph::mirror {

/// @thread One thread.
class TreeWriter {
  public:
    /// Makes the folder when it is not there.
    /// @errors exists (it holds other things), denied, io.
    [[nodiscard]] static Result<TreeWriter> open(const std::filesystem::path& root);

    /// A small document. @param place  Relative, made of parsed names only.
    Outcome put(const std::string& place, ByteSpan bytes);

    /// A blob, whose place holds its digest: a file of that place and size is taken for it.
    Outcome put_blob(const std::string& place, const OpenBlob& blob);

    /// Keeps what stands there, whatever it is.
    void keep(const std::string& place);

    /// Gives everything put so far its name. @cost One syncfs for what changed.
    Outcome flush();

    /// Flushes, then removes every file where exports write that was neither put nor kept, and
    /// folders left empty there. What lies elsewhere is somebody else's, and stays.
    /// @cost Reads every folder.
    Outcome finish();

    /// The names of the files in one folder of the tree; none when there is no such folder.
    [[nodiscard]] Result<std::vector<std::string>> names_in(const std::string& place) const;

    [[nodiscard]] std::size_t written() const { return m_written; }
    [[nodiscard]] std::size_t kept() const { return m_kept; }
    [[nodiscard]] std::size_t removed() const { return m_removed; }
    /// What finish() left alone, by place, ascending.
    [[nodiscard]] const std::vector<std::string>& foreign() const { return m_foreign; }

  private:
    struct Waiting {
        StagedFile file;
        std::filesystem::path place;
    };

    TreeWriter(std::filesystem::path root, FileDescriptor folder)
        : m_root(std::move(root)), m_folder(std::move(folder)) {}

    [[nodiscard]] Outcome wait(StagedFile file, const std::string& place);
    [[nodiscard]] bool is_named(const std::string& place) const;

    std::filesystem::path m_root;
    FileDescriptor m_folder;  ///< Open from the start, so that no write error goes unheard.
    std::vector<Waiting> m_waiting;
    std::unordered_set<std::size_t> m_named;  ///< Hashes of places: a million of them stay small.
    std::size_t m_written = 0;
    std::size_t m_kept = 0;
    std::size_t m_removed = 0;
    std::vector<std::string> m_foreign;
};

}  // namespace heliograph::mirror
