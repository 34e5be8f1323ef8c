// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/hpke_context.hpp>

#include <algorithm>
#include <string_view>

namespace heliograph::pki {

namespace {

constexpr std::size_t info_limit_bytes = 512;
constexpr std::size_t aead_key_bytes = 16;
constexpr std::string_view hpke_version = "HPKE-v1";

void append(Bytes& target, ByteSpan bytes) {
    target.insert(target.end(), bytes.begin(), bytes.end());
}

void append_short(Bytes& target, std::size_t number) {
    target.push_back(static_cast<std::byte>(number >> 8U & 0xffU));
    target.push_back(static_cast<std::byte>(number & 0xffU));
}

/// `KEM` and its number, or `HPKE` and the numbers of all three parts (RFC 9180,
/// sections 4.1, 5.1).
struct SuiteId {
    Bytes value;

    static SuiteId of_kem(HpkeKem kem) {
        SuiteId id{to_bytes("KEM")};
        append_short(id.value, static_cast<unsigned>(kem));
        return id;
    }
    static SuiteId of_suite(HpkeKem kem) {
        constexpr std::size_t hkdf_sha256 = 1;
        constexpr std::size_t aes_128_gcm = 1;
        SuiteId id{to_bytes("HPKE")};
        append_short(id.value, static_cast<unsigned>(kem));
        append_short(id.value, hkdf_sha256);
        append_short(id.value, aes_128_gcm);
        return id;
    }
};

// LabeledExtract: version, suite and label stand before the input.
Result<SecretBytes> labeled_extract(
    const SuiteId& suite, std::string_view label, HkdfSalt salt, ByteSpan input
) {
    SecretBytes labeled(hpke_version.size() + suite.value.size() + label.size() + input.size());
    auto cursor = labeled.writable().begin();
    for (const ByteSpan part :
         {bytes_of(hpke_version), ByteSpan(suite.value), bytes_of(label), input}) {
        cursor = std::copy(part.begin(), part.end(), cursor);
    }
    return hkdf_extract(HkdfHash::sha256, labeled, salt);
}

// LabeledExpand: length, version, suite and label stand before the info.
Result<SecretBytes> labeled_expand(
    const SuiteId& suite,
    const SecretBytes& key,
    std::string_view label,
    ByteSpan info,
    std::size_t size
) {
    Bytes labeled;
    append_short(labeled, size);
    append(labeled, bytes_of(hpke_version));
    append(labeled, suite.value);
    append(labeled, bytes_of(label));
    append(labeled, info);
    return hkdf_expand(HkdfHash::sha256, key, HkdfInfo(labeled), size);
}

HpkeKem kem_of(AgreementGroup group) {
    return group == AgreementGroup::x25519 ? HpkeKem::x25519 : HpkeKem::p256;
}

/// Both public values, as they enter the shared secret.
struct Exchange {
    ByteSpan encapsulated;
    ByteSpan recipient;
};

// ExtractAndExpand of RFC 9180, section 4.1.
Result<SecretBytes> shared_secret(
    const SecretBytes& agreed, const Exchange& exchange, HpkeKem kem
) {
    const SuiteId suite = SuiteId::of_kem(kem);
    HG_TRY(
        const SecretBytes extracted,
        labeled_extract(suite, "eae_prk", HkdfSalt({}), agreed.expose())
    );
    Bytes context = to_bytes(exchange.encapsulated);
    append(context, exchange.recipient);
    return labeled_expand(suite, extracted, "shared_secret", context, 32);
}

}  // namespace

GcmNonce counted_nonce(const GcmNonce& base, std::uint64_t counter) {
    GcmNonce nonce = base;
    for (std::size_t i = 0; i < 8; ++i) {
        nonce[nonce.size() - 1 - i] ^= static_cast<std::byte>(counter >> (8 * i) & 0xffU);
    }
    return nonce;
}

Result<HpkeContext> HpkeContext::schedule(const SecretBytes& shared, HkdfInfo info, HpkeKem kem) {
    if (info.value.size() > info_limit_bytes) {
        return Error(
            ErrorCode::invalid_argument, "expected at most 512 bytes of info for HPKE, saw more"
        );
    }
    const SuiteId suite = SuiteId::of_suite(kem);
    // Base mode, number 0, has neither a shared key nor its id: both are empty.
    HG_TRY(const SecretBytes id_hash, labeled_extract(suite, "psk_id_hash", HkdfSalt({}), {}));
    HG_TRY(
        const SecretBytes info_hash, labeled_extract(suite, "info_hash", HkdfSalt({}), info.value)
    );
    Bytes context{std::byte{0}};
    append(context, id_hash.expose());
    append(context, info_hash.expose());
    HG_TRY(
        const SecretBytes secret, labeled_extract(suite, "secret", HkdfSalt(shared.expose()), {})
    );
    HG_TRY(SecretBytes key, labeled_expand(suite, secret, "key", context, aead_key_bytes));
    GcmNonce base{};
    HG_TRY(
        const SecretBytes nonce, labeled_expand(suite, secret, "base_nonce", context, base.size())
    );
    std::copy(nonce.expose().begin(), nonce.expose().end(), base.begin());
    return HpkeContext(std::move(key), base);
}

Result<HpkeContext> HpkeContext::for_sender(
    const AgreementKey& ephemeral, ByteSpan recipient, HkdfInfo info
) {
    const HpkeKem kem = kem_of(ephemeral.group());
    HG_TRY(const SecretBytes agreed, ephemeral.agree(recipient));
    HG_TRY(
        const SecretBytes shared, shared_secret(agreed, {ephemeral.public_value(), recipient}, kem)
    );
    return schedule(shared, info, kem);
}

Result<HpkeContext> HpkeContext::for_recipient(
    const AgreementKey& recipient, ByteSpan encapsulated, HkdfInfo info
) {
    const HpkeKem kem = kem_of(recipient.group());
    HG_TRY(const SecretBytes agreed, recipient.agree(encapsulated));
    HG_TRY(
        const SecretBytes shared,
        shared_secret(agreed, {encapsulated, recipient.public_value()}, kem)
    );
    return schedule(shared, info, kem);
}

GcmNonce HpkeContext::nonce(std::uint64_t sequence) const {
    return counted_nonce(m_base_nonce, sequence);
}

Result<HpkeKem> hpke_kem_of(const PublicKey& key) {
    HG_TRY(const AgreementGroup group, agreement_group_of(key));
    return kem_of(group);
}

std::size_t encapsulated_bytes(HpkeKem kem) {
    return public_value_bytes(
        kem == HpkeKem::x25519 ? AgreementGroup::x25519 : AgreementGroup::p256
    );
}

Result<HpkeSealed> hpke_seal(
    const PublicKey& recipient, HkdfInfo info, AssociatedData associated, const SecretBytes& message
) {
    HG_TRY(const AgreementGroup group, agreement_group_of(recipient));
    HG_TRY(const Bytes value, public_value_of(recipient));
    HG_TRY(const AgreementKey ephemeral, AgreementKey::generate(group));
    HG_TRY(const HpkeContext context, HpkeContext::for_sender(ephemeral, value, info));
    HG_TRY(AesGcm cipher, AesGcm::with_key(SecretBytes(context.key().expose())));
    HG_TRY(Bytes ciphertext, cipher.seal(context.nonce(0), message.expose(), associated));
    return HpkeSealed{ephemeral.public_value(), std::move(ciphertext)};
}

Result<std::optional<SecretBytes>> hpke_open(
    const PrivateKey& recipient, HkdfInfo info, AssociatedData associated, const HpkeSealed& sealed
) {
    HG_TRY(const AgreementKey key, AgreementKey::from_key(recipient));
    auto context = HpkeContext::for_recipient(key, sealed.encapsulated, info);
    if (!context && context.error().code() == ErrorCode::malformed) {
        return std::optional<SecretBytes>();
    }
    if (!context) {
        return std::move(context).error();
    }
    HG_TRY(AesGcm cipher, AesGcm::with_key(SecretBytes(context->key().expose())));
    return cipher.open(context->nonce(0), sealed.ciphertext, associated);
}

}  // namespace heliograph::pki
