// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/passphrase_key.hpp>
#include <tests/support/expect_error.hpp>

namespace heliograph::pki {
namespace {

using test::expect_error;

TEST(PassphraseKey, AgreesWithTheStandardsExample) {
    // RFC 7914, section 12, the third one; the first 32 of its 64 bytes do not depend on the rest.
    const auto key = key_from_passphrase(
        SecretBytes(bytes_of("pleaseletmein")), bytes_of("SodiumChloride"), {14}
    );
    ASSERT_TRUE(test::succeeded(key));
    EXPECT_EQ(
        encode_hex(key->expose()),
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    );
}

TEST(PassphraseKey, RefusesWhatWouldBeCheapOrRuinous) {
    const SecretBytes word(bytes_of("word"));
    const std::string_view salt = "0123456789abcdef";
    const auto code = ErrorCode::invalid_argument;
    expect_error(key_from_passphrase(word, bytes_of(salt), {9}), code);
    expect_error(key_from_passphrase(word, bytes_of(salt), {21}), code);
    expect_error(key_from_passphrase(word, bytes_of("salt"), {10}), code);
    expect_error(key_from_passphrase(SecretBytes(), bytes_of(salt), {10}), code);
    const SecretBytes endless(passphrase_limit_bytes + 1);
    expect_error(key_from_passphrase(endless, bytes_of(salt), {10}), code);
}

}  // namespace
}  // namespace heliograph::pki
