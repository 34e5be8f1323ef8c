// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_writer.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

struct WriterCloser {
    // Dropped without finish(), what it had to say does not matter.
    void operator()(archive* writer) const { static_cast<void>(archive_write_free(writer)); }
};
struct EntryCloser {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

Error writing_failed(archive* writer) {
    const char* text = archive_error_string(writer);
    return {
        ErrorCode::io,
        std::string("could not write the bundle: ") + (text == nullptr ? "no reason given" : text)};
}

}  // namespace

// On the heap, since the library keeps a pointer to it.
struct BundleWriter::State {
    explicit State(AtomicFile target) : file(std::move(target)) {}

    AtomicFile file;
    pki::Sha256Hasher hasher;
    std::optional<Error> fault;  ///< Of the file: says more than the library does.
    std::uint64_t size_bytes = 0;
    BundleListing listing;
    std::unique_ptr<archive, WriterCloser> writer;

    static la_ssize_t take(archive* writer, void* self, const void* piece, std::size_t size) {
        auto& state = *static_cast<State*>(self);
        const ByteSpan bytes(static_cast<const std::byte*>(piece), size);
        if (auto written = state.file.write(bytes); !written) {
            archive_set_error(writer, EIO, "%s", written.error().message().c_str());
            state.fault = std::move(written).error();
            return -1;
        }
        state.hasher.update(bytes);
        state.size_bytes += size;
        return static_cast<la_ssize_t>(size);
    }

    [[nodiscard]] Outcome check(int answer) {
        if (answer == ARCHIVE_OK) {
            return {};
        }
        return fault ? *fault : writing_failed(writer.get());
    }
};

BundleWriter::BundleWriter(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
BundleWriter::BundleWriter(BundleWriter&&) noexcept = default;
BundleWriter& BundleWriter::operator=(BundleWriter&&) noexcept = default;
BundleWriter::~BundleWriter() = default;

Result<BundleWriter> BundleWriter::create(const std::filesystem::path& final_path) {
    HG_TRY(auto file, AtomicFile::create(final_path, FileAccess::everyone));
    auto state = std::make_unique<State>(std::move(file));
    state->writer.reset(archive_write_new());
    HG_ASSERT(state->writer != nullptr);
    auto* const writer = state->writer.get();
    HG_CHECK(state->check(archive_write_set_format_pax_restricted(writer)));
    HG_CHECK(state->check(archive_write_add_filter_zstd(writer)));
    HG_CHECK(state->check(archive_write_set_bytes_in_last_block(writer, 1)));
    HG_CHECK(state->check(archive_write_open(writer, state.get(), nullptr, &State::take, nullptr)));
    return BundleWriter(std::move(state));
}

std::uint64_t BundleWriter::size_bytes() const {
    return m_state->size_bytes;
}

Outcome BundleWriter::begin_entry(const std::string& name, std::uint64_t size_bytes) {
    // Names, sizes and contents alone: the same bundle has the same bytes wherever it is made.
    const std::unique_ptr<archive_entry, EntryCloser> entry(archive_entry_new());
    HG_ASSERT(entry != nullptr);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size_bytes));
    archive_entry_set_mtime(entry.get(), 0, 0);
    return m_state->check(archive_write_header(m_state->writer.get(), entry.get()));
}

Outcome BundleWriter::write(ByteSpan piece) {
    const auto count = archive_write_data(m_state->writer.get(), piece.data(), piece.size());
    const bool whole = count >= 0 && static_cast<std::size_t>(count) == piece.size();
    return m_state->check(whole ? ARCHIVE_OK : ARCHIVE_FATAL);
}

Outcome BundleWriter::put(const std::string& name, ByteSpan content) {
    HG_CHECK(begin_entry(name, content.size()));
    HG_CHECK(write(content));
    m_state->listing.add(name, content.size(), pki::sha256(content));
    return {};
}

Outcome BundleWriter::put_blob(const pki::Sha256& digest, const OpenBlob& blob) {
    const std::string name = "blobs/" + digest.to_hex();
    HG_CHECK(begin_entry(name, blob.size_bytes));
    pki::Sha256Hasher hasher;
    std::vector<std::byte> piece(piece_bytes);
    std::uint64_t done_bytes = 0;
    while (done_bytes < blob.size_bytes) {
        const auto count = ::pread(
            blob.descriptor.get(), piece.data(), piece.size(), static_cast<off_t>(done_bytes)
        );
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "read " + name);
        }
        if (count == 0) {
            break;
        }
        const auto read = ByteSpan(piece).first(static_cast<std::size_t>(count));
        hasher.update(read);
        HG_CHECK(write(read));
        done_bytes += read.size();
    }
    if (done_bytes != blob.size_bytes || hasher.finish() != digest) {
        return Error(
            ErrorCode::io,
            "expected the blob " + digest.to_hex() +
                " to hold what its name says, the disk gives other bytes; mirror verify --repair "
                "mends it, no bundle was made"
        );
    }
    m_state->listing.add(name, blob.size_bytes, digest);
    return {};
}

Result<pki::Sha256> BundleWriter::finish() {
    const auto seal = render_bundle_seal(m_state->listing.seal());
    HG_CHECK(begin_entry(std::string(bundle_seal_name), seal.size()));
    HG_CHECK(write(bytes_of(seal)));
    HG_CHECK(m_state->check(archive_write_close(m_state->writer.get())));
    HG_CHECK(m_state->file.commit(Replacement::refused));
    return m_state->hasher.finish();
}

}  // namespace heliograph::mirror
