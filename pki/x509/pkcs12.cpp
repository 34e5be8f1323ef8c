// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/pkcs12.hpp>

#include <openssl/pkcs12.h>

#include <algorithm>

namespace heliograph::pki {

namespace {

// An attacker guesses at the cheapest of the three, so they cost the same.
constexpr int stretching_rounds = 200'000;
constexpr std::size_t name_limit = 64;

using ArchiveHandle = OpensslHandle<PKCS12, PKCS12_free>;

Outcome check_name(const std::string& name) {
    const bool fits =
        !name.empty() && name.size() <= name_limit &&
        std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (fits) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a name of 1 to 64 visible ASCII characters for the archive, saw another"
    );
}

Outcome check_passphrase(const SecretBytes& passphrase) {
    const ByteSpan bytes = passphrase.expose();
    if (bytes.empty() || bytes.size() > passphrase_limit_bytes) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a passphrase of 1 to " + std::to_string(passphrase_limit_bytes) +
                " bytes, saw " + std::to_string(bytes.size())
        );
    }
    const bool plain = std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) {
        return byte >= std::byte{' '} && byte <= std::byte{'~'};
    });
    if (plain) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a passphrase of ASCII characters for PKCS #12, saw others, which programs turn "
        "into different keys; choose another passphrase"
    );
}

// The library wants a final zero.
SecretBytes terminated(const SecretBytes& passphrase) {
    SecretBytes text(passphrase.size() + 1);
    const ByteSpan bytes = passphrase.expose();
    std::copy(bytes.begin(), bytes.end(), text.writable().begin());
    return text;
}

Result<X509StackHandle> stack_of(const std::vector<Certificate>& certificates) {
    X509StackHandle stack(sk_X509_new_null());
    HG_ASSERT(stack != nullptr);
    for (const Certificate& certificate : certificates) {
        if (X509_up_ref(certificate.native()) != 1) {
            return openssl_error(ErrorCode::crypto, "share a certificate");
        }
        HG_ASSERT(sk_X509_push(stack.get(), certificate.native()) > 0);
    }
    return stack;
}

}  // namespace

Result<Bytes> make_pkcs12(
    const Credential& credential, const std::string& name, const SecretBytes& passphrase
) {
    HG_CHECK(check_name(name));
    HG_CHECK(check_passphrase(passphrase));
    HG_TRY(const X509StackHandle above, stack_of(credential.intermediates));
    const SecretBytes text = terminated(passphrase);
    const char* const words = reinterpret_cast<const char*>(text.expose().data());
    // Without a round count for its own digest the library leaves the authentication out; it is set
    // below with the digest said aloud.
    const ArchiveHandle archive(PKCS12_create_ex(
        words,
        name.c_str(),
        credential.key.native(),
        credential.leaf.native(),
        above.get(),
        NID_aes_256_cbc,
        NID_aes_256_cbc,
        stretching_rounds,
        -1,
        0,
        nullptr,
        nullptr
    ));
    if (archive == nullptr) {
        return openssl_error(ErrorCode::crypto, "make a PKCS #12 archive");
    }
    HG_CHECK(check(
        PKCS12_set_mac(
            archive.get(),
            words,
            static_cast<int>(passphrase.size()),
            nullptr,
            0,
            stretching_rounds,
            EVP_sha256()
        ),
        "authenticate a PKCS #12 archive"
    ));
    return encode_der(archive.get(), i2d_PKCS12);
}

}  // namespace heliograph::pki
