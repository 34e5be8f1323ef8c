// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/chunked_encryption.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/random.hpp>
#include <pki/seal/chunk_loop.hpp>
#include <pki/seal/locked_stream.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

constexpr std::string_view magic = "heliograph-locked-1\n";
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t head_bytes = magic.size() + 1 + salt_bytes;
using Head = std::array<std::byte, head_bytes>;

ByteSpan salt_of(const Head& head) {
    return ByteSpan(head).last(salt_bytes);
}

Outcome check_purpose(std::string_view purpose) {
    if (purpose.empty() || purpose.size() > 64) {
        return Error(
            ErrorCode::invalid_argument, "expected a purpose of 1 to 64 bytes, saw another"
        );
    }
    return {};
}

// Head and purpose: neither can be exchanged without the commitment being another.
Sha256 context_of(const Head& head, std::string_view purpose) {
    Sha256Hasher hasher;
    hasher.update(head);
    hasher.update(bytes_of(purpose));
    return hasher.finish();
}

Error no_locked_stream() {
    return {ErrorCode::malformed, "expected a file under a passphrase, saw another or a cut one"};
}

}  // namespace

Result<std::uint64_t> lock_stream(
    const StreamLock& lock, const ByteSource& source, const ByteSink& sink
) {
    HG_CHECK(check_purpose(lock.purpose));
    Head head{};
    const ByteSpan mark = bytes_of(magic);
    std::copy(mark.begin(), mark.end(), head.begin());
    head[magic.size()] = static_cast<std::byte>(lock.cost.log2_n);
    HG_CHECK(fill_random(std::span(head).last(salt_bytes)));
    HG_TRY(const SecretBytes key, key_from_passphrase(lock.passphrase, salt_of(head), lock.cost));
    const Sha256 context = context_of(head, lock.purpose);
    HG_TRY(ChunkSealer sealer, ChunkSealer::start(key, ChunkedContext(context.span())));
    HG_CHECK(sink(head));
    HG_CHECK(sink(sealer.header()));
    return seal_chunks(std::move(sealer), source, sink);
}

Result<std::uint64_t> unlock_stream(
    const StreamLock& lock, const ByteSource& source, const ByteSink& sink
) {
    HG_CHECK(check_purpose(lock.purpose));
    Head head{};
    ChunkedHeader chunked{};
    HG_TRY(const std::size_t head_size, fill(source, head));
    HG_TRY(const std::size_t chunked_size, fill(source, chunked));
    const ByteSpan mark = bytes_of(magic);
    const ScryptCost cost{std::to_integer<unsigned>(head[magic.size()])};
    // A hostile file must not choose what opening costs.
    if (head_size < head.size() || chunked_size < chunked.size() ||
        !std::equal(mark.begin(), mark.end(), head.begin()) || cost.log2_n < scrypt_log2_n_least ||
        cost.log2_n > scrypt_log2_n_most) {
        return no_locked_stream();
    }
    HG_TRY(const SecretBytes key, key_from_passphrase(lock.passphrase, salt_of(head), cost));
    const Sha256 context = context_of(head, lock.purpose);
    HG_TRY(auto opener, ChunkOpener::start(key, ChunkedContext(context.span()), chunked));
    if (!opener) {
        return Error(
            ErrorCode::denied,
            "expected the passphrase of this file, saw another one, or the file's head is damaged"
        );
    }
    HG_TRY(const auto size, open_chunks(*std::move(opener), source, sink));
    if (!size) {
        return Error(
            ErrorCode::malformed,
            "expected the file as it was made, saw one that was altered or cut; take another copy"
        );
    }
    return *size;
}

}  // namespace heliograph::pki
