// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/hpke.hpp>
#include <pki/crypto/hpke_context.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;
using test_vectors::bytes;
using test_vectors::number;
using test_vectors::secret;

AgreementGroup group_of(const JsonValue& vector) {
    return number(vector, "kem") == static_cast<int>(HpkeKem::x25519) ? AgreementGroup::x25519
                                                                      : AgreementGroup::p256;
}

void expect_schedule(const Result<HpkeContext>& context, const JsonValue& vector) {
    ASSERT_TRUE(succeeded(context));
    EXPECT_EQ(test_vectors::shown(context->key()), bytes(vector, "key"));
    EXPECT_EQ(encode_hex(context->nonce(0)), test_vectors::text(vector, "base_nonce"));
    for (const JsonValue& each : **vector.array_member("encryptions")) {
        const auto nonce = context->nonce(static_cast<std::uint64_t>(number(each, "sequence")));
        EXPECT_EQ(encode_hex(nonce), test_vectors::text(each, "nonce"));
        auto cipher = AesGcm::with_key(SecretBytes(context->key().expose())).value();
        const Bytes aad = bytes(each, "aad");
        const Bytes message = bytes(each, "pt");
        EXPECT_EQ(cipher.seal(nonce, message, AssociatedData(aad)).value(), bytes(each, "ct"));
        const auto opened = cipher.open(nonce, bytes(each, "ct"), AssociatedData(aad)).value();
        ASSERT_TRUE(opened.has_value());
        EXPECT_EQ(test_vectors::shown(*opened), message);
    }
}

TEST(HpkeVectors, OfBaseModeAgreeOnBothSides) {
    std::size_t seen = 0;
    for (const JsonValue& vector : test_vectors::read("hpke/base")) {
        const auto group = group_of(vector);
        const auto ephemeral = AgreementKey::from_private_value(group, secret(vector, "skE"));
        const auto recipient = AgreementKey::from_private_value(group, secret(vector, "skR"));
        ASSERT_TRUE(succeeded(ephemeral));
        ASSERT_TRUE(succeeded(recipient));
        EXPECT_EQ(ephemeral->public_value(), bytes(vector, "enc"));
        EXPECT_EQ(recipient->public_value(), bytes(vector, "pkR"));
        const Bytes info = bytes(vector, "info");
        expect_schedule(
            HpkeContext::for_sender(*ephemeral, bytes(vector, "pkR"), HkdfInfo(info)), vector
        );
        expect_schedule(
            HpkeContext::for_recipient(*recipient, bytes(vector, "enc"), HkdfInfo(info)), vector
        );
        ++seen;
    }
    EXPECT_EQ(seen, 2U);
}

class Hpke : public testing::TestWithParam<KeyType> {
  protected:
    const PrivateKey m_key = PrivateKey::generate(GetParam()).value();
    const HkdfInfo m_info{bytes_of("purpose")};
    const AssociatedData m_data{bytes_of("about")};
    const SecretBytes m_message{bytes_of("a message")};
    const HpkeSealed m_sealed = hpke_seal(m_key.public_key(), m_info, m_data, m_message).value();
};

TEST_P(Hpke, OpensForItsRecipientOnly) {
    const auto opened = hpke_open(m_key, m_info, m_data, m_sealed).value();
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(text_of(opened->expose()), "a message");
    const auto other = PrivateKey::generate(GetParam()).value();
    EXPECT_FALSE(hpke_open(other, m_info, m_data, m_sealed).value().has_value());
    EXPECT_FALSE(
        hpke_open(m_key, HkdfInfo(bytes_of("another")), m_data, m_sealed).value().has_value()
    );
    EXPECT_FALSE(
        hpke_open(m_key, m_info, AssociatedData(bytes_of("other")), m_sealed).value().has_value()
    );
}

TEST_P(Hpke, ShowsEveryFlippedByteAndEveryTruncation) {
    for (std::size_t i = 0; i < m_sealed.encapsulated.size(); ++i) {
        HpkeSealed altered = m_sealed;
        altered.encapsulated[i] ^= std::byte{1};
        EXPECT_FALSE(hpke_open(m_key, m_info, m_data, altered).value().has_value()) << i;
    }
    for (std::size_t i = 0; i < m_sealed.ciphertext.size(); ++i) {
        HpkeSealed altered = m_sealed;
        altered.ciphertext[i] ^= std::byte{1};
        EXPECT_FALSE(hpke_open(m_key, m_info, m_data, altered).value().has_value()) << i;
        altered.ciphertext.resize(i);
        EXPECT_FALSE(hpke_open(m_key, m_info, m_data, altered).value().has_value()) << i;
    }
    EXPECT_FALSE(hpke_open(m_key, m_info, m_data, {}).value().has_value());
}

INSTANTIATE_TEST_SUITE_P(Kems, Hpke, testing::Values(KeyType::x25519, KeyType::p256));

TEST(HpkeMisuse, IsSaid) {
    const auto signer = PrivateKey::generate(KeyType::ed25519).value();
    expect_error(
        hpke_seal(signer.public_key(), HkdfInfo({}), AssociatedData({}), SecretBytes(16)),
        ErrorCode::unsupported,
        "Ed25519"
    );
    const auto key = PrivateKey::generate(KeyType::x25519).value();
    const Bytes endless(513);
    expect_error(
        hpke_seal(key.public_key(), HkdfInfo(endless), AssociatedData({}), SecretBytes(16)),
        ErrorCode::invalid_argument
    );
}

}  // namespace
}  // namespace heliograph::pki
