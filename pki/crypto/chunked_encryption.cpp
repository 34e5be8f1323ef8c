// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/chunked_encryption.hpp>
#include <pki/crypto/hkdf.hpp>
#include <pki/crypto/hpke_context.hpp>
#include <pki/crypto/random.hpp>

#include <algorithm>
#include <string>

namespace heliograph::pki {

namespace {

constexpr std::size_t salt_bytes = 24;
constexpr std::size_t commitment_bytes = chunked_header_bytes - salt_bytes;
constexpr std::size_t context_limit_bytes = 512;
constexpr std::uint64_t chunk_limit = 1ULL << 38U;

struct MessageKeys {
    AesGcm cipher;
    GcmNonce base_nonce;
    SecretBytes commitment;
};

Result<MessageKeys> derive_message_keys(
    const SecretBytes& key, ChunkedContext context, ByteSpan salt
) {
    if ((key.size() != 16 && key.size() != 32) || context.value.size() > context_limit_bytes) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a key of 16 or 32 bytes and a context of at most 512 for chunked encryption, "
            "saw others"
        );
    }
    const std::string aead = key.size() == 16 ? "AEAD_AES_128_GCM" : "AEAD_AES_256_GCM";
    Bytes info = to_bytes("c2sp.org/chunked-encryption@v1+" + aead);
    info.push_back(std::byte{0});
    info.insert(info.end(), salt.begin(), salt.end());
    info.insert(info.end(), context.value.begin(), context.value.end());
    GcmNonce base{};
    HG_TRY(
        const SecretBytes derived,
        hkdf_expand(
            HkdfHash::sha512, key, HkdfInfo(info), key.size() + base.size() + commitment_bytes
        )
    );
    const ByteSpan exposed = derived.expose();
    HG_TRY(AesGcm cipher, AesGcm::with_key(SecretBytes(exposed.first(key.size()))));
    const ByteSpan nonce = exposed.subspan(key.size(), base.size());
    std::copy(nonce.begin(), nonce.end(), base.begin());
    return MessageKeys{std::move(cipher), base, SecretBytes(exposed.last(commitment_bytes))};
}

}  // namespace

Result<ChunkSealer> ChunkSealer::start(const SecretBytes& key, ChunkedContext context) {
    ChunkedHeader header{};
    const auto salt = std::span(header).first(salt_bytes);
    HG_CHECK(fill_random(salt));
    HG_TRY(MessageKeys keys, derive_message_keys(key, context, salt));
    const ByteSpan commitment = keys.commitment.expose();
    std::copy(commitment.begin(), commitment.end(), header.begin() + salt_bytes);
    return ChunkSealer(std::move(keys.cipher), keys.base_nonce, header);
}

Result<Bytes> ChunkSealer::seal(ByteSpan plaintext, ChunkPlace place) {
    HG_ASSERT(!m_ended);
    HG_ASSERT(
        place == ChunkPlace::inner ? plaintext.size() == chunk_bytes
                                   : plaintext.size() < chunk_bytes
    );
    if (m_counter >= chunk_limit) {
        return Error(ErrorCode::too_large, "expected a message of less than 4 PiB, saw more");
    }
    m_ended = place == ChunkPlace::last;
    return m_cipher.seal(counted_nonce(m_base_nonce, m_counter++), plaintext, AssociatedData({}));
}

Result<std::optional<ChunkOpener>> ChunkOpener::start(
    const SecretBytes& key, ChunkedContext context, const ChunkedHeader& header
) {
    const ByteSpan whole(header);
    HG_TRY(MessageKeys keys, derive_message_keys(key, context, whole.first(salt_bytes)));
    if (!equal_in_constant_time(keys.commitment.expose(), whole.subspan(salt_bytes))) {
        return std::optional<ChunkOpener>();
    }
    return std::optional(ChunkOpener(std::move(keys.cipher), keys.base_nonce));
}

Result<std::optional<SecretBytes>> ChunkOpener::open(ByteSpan sealed) {
    if (m_state != State::going || sealed.size() > sealed_chunk_bytes || m_counter >= chunk_limit) {
        m_state = State::broken;
        return std::optional<SecretBytes>();
    }
    m_state = State::broken;
    HG_TRY(
        auto plaintext,
        m_cipher.open(counted_nonce(m_base_nonce, m_counter), sealed, AssociatedData({}))
    );
    if (plaintext) {
        ++m_counter;
        m_state = sealed.size() < sealed_chunk_bytes ? State::whole : State::going;
    }
    return plaintext;
}

}  // namespace heliograph::pki
