// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_reader.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/finding.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::size_t reader_piece_bytes = std::size_t{256} * 1024;
constexpr std::size_t longest_name = 512;

struct BundleCloser {
    // Answers only what reading has told before.
    void operator()(archive* reader) const { static_cast<void>(archive_read_free(reader)); }
};

Error not_a_bundle(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               return letter > ' ' && letter <= '~';
           });
}

}  // namespace

// On the heap, since the library keeps a pointer to it.
struct BundleReader::State {
    std::string path;
    FileDescriptor file;
    std::uint64_t size_bytes = 0;
    Bytes piece = Bytes(reader_piece_bytes);
    pki::Sha256Hasher hasher;
    std::optional<Error> fault;  ///< Of the file: says more than the library does.
    bool ended = false;          ///< All of the file was read.
    bool cut = false;            ///< And the archive lacked something there.
    BundleEntry entry;
    std::unique_ptr<archive, BundleCloser> reader;

    Result<std::size_t> fill() {
        while (true) {
            const auto count = ::read(file.get(), piece.data(), piece.size());
            if (count >= 0) {
                ended = count == 0;
                hasher.update(ByteSpan(piece).first(static_cast<std::size_t>(count)));
                return static_cast<std::size_t>(count);
            }
            if (errno != EINTR) {
                return system_error(errno, "read " + path);
            }
        }
    }

    static la_ssize_t give(archive* reader, void* self, const void** piece) {
        auto& state = *static_cast<State*>(self);
        auto count = state.fill();
        if (!count) {
            archive_set_error(reader, EIO, "%s", count.error().message().c_str());
            state.fault = std::move(count).error();
            return -1;
        }
        *piece = state.piece.data();
        return static_cast<la_ssize_t>(*count);
    }

    [[nodiscard]] Error damaged(std::string_view action) {
        cut = ended;
        if (fault) {
            return *fault;
        }
        const char* text = archive_error_string(reader.get());
        return not_a_bundle(
            "expected a sound bundle, could not " + std::string(action) + ": " +
            verify::printable(text == nullptr ? "no reason given" : text)
        );
    }
};

BundleReader::BundleReader(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
BundleReader::BundleReader(BundleReader&&) noexcept = default;
BundleReader& BundleReader::operator=(BundleReader&&) noexcept = default;
BundleReader::~BundleReader() = default;

Result<BundleReader> BundleReader::open(const std::filesystem::path& path) {
    auto state = std::make_unique<State>();
    state->path = path.string();
    // O_NONBLOCK: a pipe is refused, not waited for; it has no effect on regular files.
    state->file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!state->file.is_open()) {
        return system_error(errno, "open " + path.string());
    }
    struct stat status {};
    if (::fstat(state->file.get(), &status) != 0) {
        return system_error(errno, "look at " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + path.string() +
                " to be a regular file, and it is not; what comes through a pipe has to become a "
                "file first"
        );
    }
    state->size_bytes = static_cast<std::uint64_t>(status.st_size);
    state->reader.reset(archive_read_new());
    HG_ASSERT(state->reader != nullptr);
    auto* const reader = state->reader.get();
    // One form only: every other reader of the library is one that a hostile file cannot reach.
    if (archive_read_support_filter_zstd(reader) != ARCHIVE_OK ||
        archive_read_support_format_tar(reader) != ARCHIVE_OK ||
        archive_read_open(reader, state.get(), nullptr, &State::give, nullptr) != ARCHIVE_OK) {
        return state->damaged("open it");
    }
    return BundleReader(std::move(state));
}

Result<pki::Sha256> BundleReader::hash(const std::stop_token& stop) const {
    pki::Sha256Hasher hasher;
    Bytes piece(reader_piece_bytes);
    off_t at = 0;
    while (!stop.stop_requested()) {
        // At its own place, so that nothing of the reading moves.
        const auto count = ::pread(m_state->file.get(), piece.data(), piece.size(), at);
        if (count == 0) {
            return hasher.finish();
        }
        if (count > 0) {
            hasher.update(ByteSpan(piece).first(static_cast<std::size_t>(count)));
            at += count;
        } else if (errno != EINTR) {
            return system_error(errno, "read " + m_state->path);
        }
    }
    return Error(ErrorCode::cancelled, "the run was stopped; run the same command again");
}

std::uint64_t BundleReader::size_bytes() const {
    return m_state->size_bytes;
}

bool BundleReader::was_cut() const {
    return m_state->cut;
}

Result<std::optional<BundleEntry>> BundleReader::next() {
    auto& state = *m_state;
    archive_entry* entry = nullptr;
    const int answer = archive_read_next_header(state.reader.get(), &entry);
    if (answer == ARCHIVE_EOF) {
        state.cut = true;  // Or complete, as the reader of entries knows.
        return std::optional<BundleEntry>();
    }
    if (answer != ARCHIVE_OK) {
        return state.damaged("read its next entry");
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || !is_plain_name(name)) {
        return not_a_bundle(
            "expected entries with names of a bundle, saw '" +
            verify::printable(name == nullptr ? "" : name) + "'"
        );
    }
    const bool plain = archive_entry_filetype(entry) == AE_IFREG &&
                       archive_entry_hardlink(entry) == nullptr &&
                       archive_entry_symlink(entry) == nullptr;
    if (!plain || archive_entry_size_is_set(entry) == 0 || archive_entry_size(entry) < 0) {
        return not_a_bundle(
            "expected plain files that state their sizes, '" + std::string(name) + "' is none"
        );
    }
    state.entry = {
        .name = name, .size_bytes = static_cast<std::uint64_t>(archive_entry_size(entry))};
    return std::optional(state.entry);
}

Outcome BundleReader::read(const std::function<Outcome(ByteSpan)>& sink) {
    auto& state = *m_state;
    std::array<std::byte, std::size_t{64} * 1024> piece;
    std::uint64_t seen_bytes = 0;
    while (true) {
        const auto count = archive_read_data(state.reader.get(), piece.data(), piece.size());
        if (count < 0) {
            return state.damaged("unpack " + state.entry.name);
        }
        if (count == 0) {
            break;
        }
        seen_bytes += static_cast<std::uint64_t>(count);
        if (seen_bytes > state.entry.size_bytes) {
            break;
        }
        HG_CHECK(sink(ByteSpan(piece).first(static_cast<std::size_t>(count))));
    }
    if (seen_bytes != state.entry.size_bytes) {
        return not_a_bundle(
            "expected " + state.entry.name + " to have the " +
            std::to_string(state.entry.size_bytes) + " bytes that it states, it has others"
        );
    }
    return {};
}

Result<Bytes> BundleReader::read_all(std::uint64_t limit_bytes) {
    if (m_state->entry.size_bytes > limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected " + m_state->entry.name + " to have at most " + std::to_string(limit_bytes) +
                " bytes, it states " + std::to_string(m_state->entry.size_bytes)
        );
    }
    Bytes content;
    HG_CHECK(read([&content](ByteSpan piece) {
        content.insert(content.end(), piece.begin(), piece.end());
        return Outcome();
    }));
    return content;
}

Result<pki::Sha256> BundleReader::finish() {
    std::size_t count = 1;
    while (count != 0) {
        HG_TRY(count, m_state->fill());
    }
    return m_state->hasher.finish();
}

}  // namespace heliograph::mirror
