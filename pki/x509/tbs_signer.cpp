// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/der_writer.hpp>
#include <pki/x509/signing.hpp>
#include <pki/x509/tbs_signer.hpp>

#include <array>

namespace heliograph::pki {

namespace {

// AlgorithmIdentifiers in DER: ECDSA without parameters, RSA with NULL.
constexpr auto ecdsa_with_sha256 = der_hex<"300a06082a8648ce3d040302">();
constexpr auto ecdsa_with_sha384 = der_hex<"300a06082a8648ce3d040303">();
constexpr auto ed25519_alone = der_hex<"300506032b6570">();
constexpr auto rsa_with_sha256 = der_hex<"300d06092a864886f70d01010b0500">();

}  // namespace

struct TbsSigner::State {
    EVP_PKEY* key;
    const EVP_MD* digest;  ///< None for Ed25519, which signs the message itself.
    ByteSpan algorithm;
    PkeyContextHandle reused;  ///< Prepared once: with a digest, a signature needs no set-up.
};

TbsSigner::TbsSigner(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
TbsSigner::TbsSigner(TbsSigner&&) noexcept = default;
TbsSigner& TbsSigner::operator=(TbsSigner&&) noexcept = default;
TbsSigner::~TbsSigner() = default;

Result<TbsSigner> TbsSigner::open(const PrivateKey& key) {
    auto state = std::make_unique<State>();
    state->key = key.native();
    state->digest = signing_digest(key);
    if (state->digest == nullptr) {
        state->algorithm = ed25519_alone;
        return TbsSigner(std::move(state));
    }
    if (EVP_PKEY_is_a(state->key, "EC") == 1) {
        state->algorithm = state->digest == EVP_sha384() ? ByteSpan(ecdsa_with_sha384)
                                                         : ByteSpan(ecdsa_with_sha256);
    } else if (EVP_PKEY_is_a(state->key, "RSA") == 1) {
        state->algorithm = rsa_with_sha256;
    } else {
        return Error(
            ErrorCode::unsupported, "expected an EC, RSA or Ed25519 key to sign with, saw another"
        );
    }
    state->reused.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, state->key, nullptr));
    if (state->reused == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare a signature");
    }
    HG_CHECK(check(EVP_PKEY_sign_init(state->reused.get()), "prepare a signature"));
    HG_CHECK(check(
        EVP_PKEY_CTX_set_signature_md(state->reused.get(), state->digest), "prepare a signature"
    ));
    return TbsSigner(std::move(state));
}

ByteSpan TbsSigner::algorithm() const {
    return m_state->algorithm;
}

Result<Bytes> TbsSigner::signature(ByteSpan tbs) {
    Bytes result(static_cast<std::size_t>(EVP_PKEY_get_size(m_state->key)));
    std::size_t size = result.size();
    auto* const target = reinterpret_cast<unsigned char*>(result.data());
    if (m_state->digest == nullptr) {
        const DigestContextHandle context(EVP_MD_CTX_new());
        HG_ASSERT(context != nullptr);
        HG_CHECK(check(
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_state->key),
            "prepare a signature"
        ));
        HG_CHECK(check(
            EVP_DigestSign(context.get(), target, &size, openssl_bytes(tbs), tbs.size()), "sign"
        ));
    } else {
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned hash_size = 0;
        HG_CHECK(check(
            EVP_Digest(tbs.data(), tbs.size(), hash.data(), &hash_size, m_state->digest, nullptr),
            "hash what is to be signed"
        ));
        HG_CHECK(check(
            EVP_PKEY_sign(m_state->reused.get(), target, &size, hash.data(), hash_size), "sign"
        ));
    }
    result.resize(size);
    return result;
}

Result<Bytes> TbsSigner::sign(ByteSpan tbs) {
    HG_TRY(const Bytes made, signature(tbs));
    DerWriter out(tbs.size() + made.size() + 32);
    out.nest(DerTag::sequence, [&] {
        out.raw(tbs);
        out.raw(m_state->algorithm);
        out.bits(made);
    });
    return out.take();
}

}  // namespace heliograph::pki
