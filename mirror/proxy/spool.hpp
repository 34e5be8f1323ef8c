// SPDX-License-Identifier: Apache-2.0
// A file without a name that is written by a download and read by connections at the same time.
// The last piece is held back until the hash is proven, so that no client ever has a whole file
// that is wrong. Private to this room.
#pragma once

#include <mirror/fetch/download.hpp>
#include <mirror/net/http_message.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

namespace heliograph::mirror {

/// Bytes that no client is given before the verdict.
inline constexpr std::uint64_t held_back_bytes = 64U * 1024U;

/// @thread Written by one thread; view() is safe from any.
class Spool {
  public:
    /// What a reader sees at one moment.
    struct View {
        std::shared_ptr<const FileDescriptor> file;
        std::shared_ptr<const ReleasedBytes> released;
        std::uint64_t written_bytes = 0;
        /// How often the bytes turned out wrong after some had been released.
        unsigned generation = 0;
    };

    /// @param on_progress  Called on the writer's thread when readers may have something to do.
    /// @errors io, denied (no room for temporary files).
    [[nodiscard]] static Result<std::shared_ptr<Spool>> open(
        std::filesystem::path folder, std::function<void()> on_progress
    );
    Spool(std::filesystem::path folder, FileDescriptor file, std::function<void()> on_progress);

    [[nodiscard]] View view() const;

    /// The writer's side, as DownloadPlace.
    [[nodiscard]] Outcome write(ByteSpan piece);
    [[nodiscard]] Outcome restart();
    /// The bytes are right: gives out all of them. Tells nobody.
    void release_all();
    /// There will be no right bytes. Tells nobody.
    void give_up();

    /// For a Download. Its commit() does nothing: whoever asked for the download says
    /// release_all().
    [[nodiscard]] static std::unique_ptr<DownloadPlace> place(std::shared_ptr<Spool> spool);

  private:
    const std::filesystem::path m_folder;
    const std::function<void()> m_on_progress;
    mutable std::mutex m_mutex;
    std::shared_ptr<const FileDescriptor> m_file;
    std::shared_ptr<ReleasedBytes> m_released;
    std::uint64_t m_written_bytes = 0;
    std::uint64_t m_told_bytes = 0;
    unsigned m_generation = 0;
};

}  // namespace heliograph::mirror
