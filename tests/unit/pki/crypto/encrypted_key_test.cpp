// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key_file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/places.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/crypto/openssl_command.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace heliograph::pki {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;
using test_support::openssl;

constexpr std::string_view right = "a right passphrase";

PassphraseSource saying(std::string_view text) {
    return [text]() -> Result<SecretBytes> { return SecretBytes(bytes_of(text)); };
}

PassphraseSource never_asked() {
    return []() -> Result<SecretBytes> {
        ADD_FAILURE() << "a passphrase was asked for";
        return Error(ErrorCode::cancelled, "asked");
    };
}

Bytes vector(const std::string& name) {
    const auto folder = fs::path(test_support::source_folder) / "tests/vectors/pkcs8";
    return read_file(folder / (name + ".pem"), 10'000).value();
}

class EncryptedKey : public testing::TestWithParam<std::tuple<KeyType, KeyStretching>> {
  protected:
    const PrivateKey m_key = PrivateKey::generate(std::get<0>(GetParam())).value();
    const Result<std::string> m_locked =
        lock_private_key(m_key, SecretBytes(bytes_of(right)), std::get<1>(GetParam()));
};

TEST_P(EncryptedKey, IsReadBackByUsAndByTheOpensslCommand) {
    ASSERT_TRUE(succeeded(m_locked));
    EXPECT_EQ(m_locked->rfind("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0), 0U);
    const auto again = unlock_private_key(bytes_of(*m_locked), saying(right));
    ASSERT_TRUE(succeeded(again));
    EXPECT_EQ(again->public_key(), m_key.public_key());
    EXPECT_EQ(
        openssl({"pkey", "-pubout", "-passin", "pass:a right passphrase"}, *m_locked),
        m_key.public_key().to_pem()
    );
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    EncryptedKey,
    testing::Values(
        std::tuple(KeyType::p256, KeyStretching::scrypt),
        std::tuple(KeyType::p256, KeyStretching::pbkdf2),
        std::tuple(KeyType::p384, KeyStretching::pbkdf2),
        std::tuple(KeyType::rsa3072, KeyStretching::pbkdf2),
        std::tuple(KeyType::ed25519, KeyStretching::pbkdf2),
        std::tuple(KeyType::x25519, KeyStretching::pbkdf2)
    )
);

TEST(EncryptedKeyReading, TakesWhatTheOpensslCommandWrites) {
    const auto half = PublicKey::parse_pem(text_of(vector("public")));
    ASSERT_TRUE(succeeded(half));
    for (const char* name : {"read_scrypt", "read_aes128", "read_aes256", "read_sha512"}) {
        const auto read = unlock_private_key(vector(name), saying("x"));
        ASSERT_TRUE(succeeded(read)) << name;
        EXPECT_EQ(read->public_key(), *half);
    }
}

TEST(EncryptedKeyReading, RefusesAWrongPassphrase) {
    const Bytes locked = vector("read_aes128");
    expect_error(unlock_private_key(locked, saying("wrong")), ErrorCode::denied, "passphrase");
    expect_error(unlock_private_key(locked, saying("")), ErrorCode::invalid_argument, "1 to 1024");
    const std::string endless(1025, 'x');
    expect_error(unlock_private_key(locked, saying(endless)), ErrorCode::invalid_argument);
    expect_error(
        unlock_private_key(locked, PassphraseSource()), ErrorCode::unsupported, "encrypted"
    );
}

TEST(EncryptedKeyReading, AsksNobodyForAPlainKey) {
    const auto key = PrivateKey::generate().value();
    const auto read = unlock_private_key(key.to_pem().expose(), never_asked());
    ASSERT_TRUE(succeeded(read));
    EXPECT_EQ(read->public_key(), key.public_key());
}

TEST(EncryptedKeyReading, PassesOnWhyThereIsNoPassphrase) {
    const PassphraseSource gone = []() -> Result<SecretBytes> {
        return Error(ErrorCode::cancelled, "interrupted");
    };
    expect_error(
        unlock_private_key(vector("read_aes128"), gone), ErrorCode::cancelled, "interrupted"
    );
}

TEST(EncryptedKeyReading, RefusesOlderSchemesAndRuinousCostsBeforeItAsks) {
    for (const char* name :
         {"refused_pbes1",
          "refused_des3",
          "refused_camellia",
          "refused_rounds",
          "refused_scrypt_work"}) {
        expect_error(
            unlock_private_key(vector(name), never_asked()), ErrorCode::unsupported, "PBES2"
        );
    }
}

TEST(EncryptedKeyReading, KnowsTheOlderFormAndSaysHowToConvertIt) {
    for (const std::string label : {"EC PRIVATE KEY", "RSA PRIVATE KEY"}) {
        const std::string text = "-----BEGIN " + label +
                                 "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n" +
                                 "AAAA\n-----END " + label + "-----\n";
        EXPECT_TRUE(is_private_key_encrypted(bytes_of(text)).value()) << label;
        expect_error(
            unlock_private_key(bytes_of(text), never_asked()), ErrorCode::unsupported, "pkcs8"
        );
    }
}

TEST(EncryptedKeyReading, RefusesEveryTruncation) {
    const Bytes locked = vector("read_aes128");
    for (std::size_t size = 0; size + 1 < locked.size(); ++size) {
        EXPECT_FALSE(unlock_private_key(ByteSpan(locked).first(size), never_asked()).has_value());
    }
}

TEST(EncryptedKeyFile, IsForItsOwnerOnlyAndHoldsNoPlainKey) {
    const test::TempFolder folder;
    const auto key = PrivateKey::generate().value();
    const auto path = folder / "a.key";
    ASSERT_TRUE(succeeded(save_private_key(path, key, SecretBytes(bytes_of(right)))));
    EXPECT_EQ(
        std::filesystem::status(path).permissions(),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
    const auto text = read_file(path, 10'000).value();
    EXPECT_EQ(text_of(text).find("BEGIN PRIVATE KEY"), std::string_view::npos);
    const auto read = load_private_key(path, saying(right));
    ASSERT_TRUE(succeeded(read));
    EXPECT_EQ(read->public_key(), key.public_key());
    expect_error(load_private_key(path), ErrorCode::unsupported, "encrypted");
    expect_error(load_private_key(path, saying("wrong")), ErrorCode::denied, path.string());
    std::filesystem::permissions(
        path, std::filesystem::perms::others_read, std::filesystem::perm_options::add
    );
    expect_error(load_private_key(path, never_asked()), ErrorCode::denied, "chmod 600");
}

}  // namespace
}  // namespace heliograph::pki
