// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/spool.hpp>
#include <mirror/store/nameless_file.hpp>

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace heliograph::mirror {

namespace {

// Readers are told after so many bytes: each telling is a system call for each of them.
constexpr std::uint64_t telling_bytes = 128U * 1024U;

class SpoolPlace final : public DownloadPlace {
  public:
    explicit SpoolPlace(std::shared_ptr<Spool> spool) : m_spool(std::move(spool)) {}

    [[nodiscard]] Outcome write(ByteSpan piece) override { return m_spool->write(piece); }
    [[nodiscard]] Outcome restart() override { return m_spool->restart(); }
    [[nodiscard]] Outcome commit() override { return {}; }

  private:
    std::shared_ptr<Spool> m_spool;
};

}  // namespace

Result<std::shared_ptr<Spool>> Spool::open(
    std::filesystem::path folder, std::function<void()> on_progress
) {
    HG_TRY(auto file, open_nameless_file(folder));
    return std::make_shared<Spool>(std::move(folder), std::move(file), std::move(on_progress));
}

Spool::Spool(std::filesystem::path folder, FileDescriptor file, std::function<void()> on_progress)
    : m_folder(std::move(folder)),
      m_on_progress(std::move(on_progress)),
      m_file(std::make_shared<const FileDescriptor>(std::move(file))),
      m_released(std::make_shared<ReleasedBytes>()) {
}

Spool::View Spool::view() const {
    const std::lock_guard lock(m_mutex);
    return {m_file, m_released, m_written_bytes, m_generation};
}

Outcome Spool::write(ByteSpan piece) {
    // Only this thread changes what is read here.
    HG_CHECK(write_at(*m_file, piece, m_written_bytes));
    const bool first = m_written_bytes == 0;
    {
        const std::lock_guard lock(m_mutex);
        m_written_bytes += piece.size();
        if (m_written_bytes > held_back_bytes) {
            m_released->release(m_written_bytes - held_back_bytes);
        }
    }
    if (first || m_written_bytes - m_told_bytes >= telling_bytes) {
        m_told_bytes = m_written_bytes;
        m_on_progress();
    }
    return {};
}

Outcome Spool::restart() {
    // Whoever was given wrong bytes must not get right ones behind them.
    const bool some_are_out = m_released->end_bytes() > 0;
    if (some_are_out) {
        HG_TRY(auto file, open_nameless_file(m_folder));
        const std::lock_guard lock(m_mutex);
        m_released->give_up();
        m_file = std::make_shared<const FileDescriptor>(std::move(file));
        m_released = std::make_shared<ReleasedBytes>();
        m_written_bytes = 0;
        ++m_generation;
    } else {
        if (::ftruncate(m_file->get(), 0) != 0) {
            return system_error(errno, "empty a temporary file");
        }
        const std::lock_guard lock(m_mutex);
        m_written_bytes = 0;
    }
    m_told_bytes = 0;
    m_on_progress();
    return {};
}

void Spool::release_all() {
    const std::lock_guard lock(m_mutex);
    m_released->release(m_written_bytes);
}

void Spool::give_up() {
    const std::lock_guard lock(m_mutex);
    m_released->give_up();
}

std::unique_ptr<DownloadPlace> Spool::place(std::shared_ptr<Spool> spool) {
    return std::make_unique<SpoolPlace>(std::move(spool));
}

}  // namespace heliograph::mirror
