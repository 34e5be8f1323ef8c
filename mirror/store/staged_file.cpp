// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/staged_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

template <typename Call>
auto until_done(Call call) {
    auto answer = call();
    while (answer < 0 && errno == EINTR) {
        answer = call();
    }
    return answer;
}

}  // namespace

struct StagedFile::State {
    explicit State(fs::path place) : path(std::move(place)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (!path.empty()) {
            // Nobody asked for this file; when it cannot be removed, the next sweep does it.
            static_cast<void>(::unlink(path.c_str()));
        }
    }

    fs::path path;
    FileDescriptor descriptor;
};

StagedFile::StagedFile(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
StagedFile::StagedFile(StagedFile&&) noexcept = default;
StagedFile& StagedFile::operator=(StagedFile&&) noexcept = default;
StagedFile::~StagedFile() = default;

Result<StagedFile> StagedFile::create(const fs::path& folder) {
    static std::atomic<unsigned> counter{0};
    // A killed process leaves its files behind, and process ids come again: a taken name is passed
    // over, never opened.
    for (int tries = 0; tries < 1000; ++tries) {
        auto path = folder / (".blob." + std::to_string(::getpid()) + "." +
                              std::to_string(counter.fetch_add(1)) + ".tmp");
        const int descriptor = until_done([&] {
            return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        });
        if (descriptor >= 0) {
            auto state = std::make_unique<State>(std::move(path));
            state->descriptor = FileDescriptor(descriptor);
            return StagedFile(std::move(state));
        }
        if (errno != EEXIST) {
            return system_error(errno, "create " + path.string());
        }
    }
    return Error(
        ErrorCode::io,
        "expected a free temporary name in " + folder.string() +
            ", saw none in 1000 tries; remove the hidden .tmp files there"
    );
}

Result<StagedFile> StagedFile::adopt(const fs::path& path) {
    // O_NONBLOCK: a FIFO in its place must not hang anybody.
    const int descriptor = until_done([&] {
        return ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    });
    if (descriptor < 0) {
        return system_error(errno, "open " + path.string());
    }
    FileDescriptor opened(descriptor);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        return system_error(errno, "look at " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(ErrorCode::not_found, "expected a regular file at " + path.string());
    }
    auto state = std::make_unique<State>(path);
    state->descriptor = std::move(opened);
    return StagedFile(std::move(state));
}

Outcome StagedFile::read(const std::function<Outcome(ByteSpan)>& take) const {
    HG_ASSERT(m_state && m_state->descriptor.is_open());
    std::vector<std::byte> buffer(std::size_t{64} * 1024);
    std::uint64_t at = 0;
    while (true) {
        const auto count = until_done([&] {
            return ::pread(
                m_state->descriptor.get(), buffer.data(), buffer.size(), static_cast<::off_t>(at)
            );
        });
        if (count < 0) {
            return system_error(errno, "read " + m_state->path.string());
        }
        if (count == 0) {
            return {};
        }
        HG_CHECK(take(ByteSpan(buffer).first(static_cast<std::size_t>(count))));
        at += static_cast<std::uint64_t>(count);
    }
}

Outcome StagedFile::move_to(const fs::path& path) {
    HG_ASSERT(m_state && !m_state->path.empty());
    if (::rename(m_state->path.c_str(), path.c_str()) != 0) {
        return system_error(errno, "put " + path.string() + " in place");
    }
    m_state->path = path;
    return {};
}

void StagedFile::leave() {
    HG_ASSERT(m_state != nullptr);
    m_state->path.clear();
}

Outcome StagedFile::write(ByteSpan bytes) {
    HG_ASSERT(m_state && m_state->descriptor.is_open());
    while (!bytes.empty()) {
        const auto count = until_done([&] {
            return ::write(m_state->descriptor.get(), bytes.data(), bytes.size());
        });
        if (count < 0) {
            return system_error(errno, "write " + m_state->path.string());
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

void StagedFile::start_writing() {
    HG_ASSERT(m_state && m_state->descriptor.is_open());
    // What goes wrong is told by the sync that follows.
    static_cast<void>(::sync_file_range(m_state->descriptor.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
}

Outcome StagedFile::sync() {
    HG_ASSERT(m_state && m_state->descriptor.is_open());
    if (until_done([&] { return ::fsync(m_state->descriptor.get()); }) != 0) {
        return system_error(errno, "make " + m_state->path.string() + " durable");
    }
    return {};
}

void StagedFile::close_content() {
    HG_ASSERT(m_state != nullptr);
    m_state->descriptor.close();
}

Outcome StagedFile::rename_to(const fs::path& final_path) {
    HG_ASSERT(m_state && !m_state->path.empty());
    if (::rename(m_state->path.c_str(), final_path.c_str()) != 0) {
        return system_error(errno, "put " + final_path.string() + " in place");
    }
    m_state->path.clear();
    m_state->descriptor.close();
    return {};
}

Outcome sync_file_system(const FileDescriptor& folder) {
    if (until_done([&] { return ::syncfs(folder.get()); }) != 0) {
        return system_error(errno, "make the files written durable");
    }
    return {};
}

}  // namespace heliograph::mirror
