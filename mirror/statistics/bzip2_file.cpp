// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/bzip2_file.hpp>
#include <verify/verdict/finding.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

struct PackCloser {
    // Dropped without commit(), what it had to say does not matter.
    void operator()(archive* writer) const { static_cast<void>(archive_write_free(writer)); }
};
struct UnpackCloser {
    void operator()(archive* reader) const { static_cast<void>(archive_read_free(reader)); }
};
struct HeadCloser {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

std::string reason_of(archive* handle) {
    const char* text = archive_error_string(handle);
    return text == nullptr ? "no reason given" : verify::printable(text);
}

}  // namespace

// On the heap, since the library keeps a pointer to it.
struct Bzip2Writer::State {
    explicit State(AtomicFile target) : file(std::move(target)) {}

    AtomicFile file;
    std::optional<Error> fault;  ///< Of the file: says more than the library does.
    std::unique_ptr<archive, PackCloser> writer;

    static la_ssize_t take(archive* writer, void* self, const void* piece, std::size_t size) {
        auto& state = *static_cast<State*>(self);
        auto written = state.file.write({static_cast<const std::byte*>(piece), size});
        if (!written) {
            archive_set_error(writer, EIO, "%s", written.error().message().c_str());
            state.fault = std::move(written).error();
            return -1;
        }
        return static_cast<la_ssize_t>(size);
    }

    [[nodiscard]] Outcome check(int answer) const {
        if (answer == ARCHIVE_OK) {
            return {};
        }
        return fault ? *fault
                     : Error(ErrorCode::io, "could not pack a file: " + reason_of(writer.get()));
    }
};

Bzip2Writer::Bzip2Writer(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
Bzip2Writer::Bzip2Writer(Bzip2Writer&&) noexcept = default;
Bzip2Writer& Bzip2Writer::operator=(Bzip2Writer&&) noexcept = default;
Bzip2Writer::~Bzip2Writer() = default;

Result<Bzip2Writer> Bzip2Writer::create(const std::filesystem::path& final_path) {
    HG_TRY(auto file, AtomicFile::create(final_path, FileAccess::everyone));
    auto state = std::make_unique<State>(std::move(file));
    state->writer.reset(archive_write_new());
    HG_ASSERT(state->writer != nullptr);
    auto* const writer = state->writer.get();
    HG_CHECK(state->check(archive_write_set_format_raw(writer)));
    HG_CHECK(state->check(archive_write_add_filter_bzip2(writer)));
    HG_CHECK(state->check(archive_write_set_bytes_in_last_block(writer, 1)));
    HG_CHECK(state->check(archive_write_open(writer, state.get(), nullptr, &State::take, nullptr)));
    const std::unique_ptr<archive_entry, HeadCloser> head(archive_entry_new());
    HG_ASSERT(head != nullptr);
    archive_entry_set_pathname(head.get(), "data");
    archive_entry_set_filetype(head.get(), AE_IFREG);
    HG_CHECK(state->check(archive_write_header(writer, head.get())));
    return Bzip2Writer(std::move(state));
}

Outcome Bzip2Writer::write(std::string_view text) {
    const auto count = archive_write_data(m_state->writer.get(), text.data(), text.size());
    const bool whole = count >= 0 && static_cast<std::size_t>(count) == text.size();
    return m_state->check(whole ? ARCHIVE_OK : ARCHIVE_FATAL);
}

Outcome Bzip2Writer::commit(Replacement replacement) {
    HG_CHECK(m_state->check(archive_write_close(m_state->writer.get())));
    return m_state->file.commit(replacement);
}

Result<std::string> unpack_bzip2(ByteSpan packed, std::uint64_t limit_bytes) {
    const std::unique_ptr<archive, UnpackCloser> reader(archive_read_new());
    HG_ASSERT(reader != nullptr);
    const auto damaged = [&] {
        return Error(
            ErrorCode::malformed,
            "expected a bzip2 file, could not unpack it: " + reason_of(reader.get())
        );
    };
    archive_entry* entry = nullptr;
    // One form only: every other reader of the library is one that a hostile file cannot reach.
    if (archive_read_support_filter_bzip2(reader.get()) != ARCHIVE_OK ||
        archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
        archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        return damaged();
    }
    if (archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_BZIP2) {
        return Error(ErrorCode::malformed, "expected a bzip2 file, saw another");
    }
    std::string text;
    std::vector<char> piece(std::size_t{64} * 1024);
    while (true) {
        const auto count = archive_read_data(reader.get(), piece.data(), piece.size());
        if (count < 0) {
            return damaged();
        }
        if (count == 0) {
            return text;
        }
        if (static_cast<std::uint64_t>(count) > limit_bytes - text.size()) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(limit_bytes) + " bytes in a bzip2 file"
            );
        }
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace heliograph::mirror
