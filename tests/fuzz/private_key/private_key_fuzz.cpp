// SPDX-License-Identifier: Apache-2.0
// Private keys, plain and encrypted, in PEM and DER: what is read is written and read again as the
// same key.
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key.hpp>

#include <cstdint>

namespace heliograph {

namespace {

void expect_round_trip(const pki::PrivateKey& key) {
    const auto again = pki::PrivateKey::parse_pem(key.to_pem().expose());
    HG_ASSERT(again.has_value());
    HG_ASSERT(again->public_key() == key.public_key());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    const pki::PassphraseSource source = []() -> Result<SecretBytes> {
        return SecretBytes(bytes_of("x"));
    };
    if (const auto key = pki::unlock_private_key(bytes, source)) {
        expect_round_trip(*key);
    }
    if (const auto key = pki::PrivateKey::parse_der(bytes)) {
        expect_round_trip(*key);
    }
    return 0;
}

}  // namespace heliograph
