// SPDX-License-Identifier: Apache-2.0
#include <tests/support/test_authority.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;
using Memory = std::shared_ptr<BIO>;

void require(bool done, const char* what) {
    if (!done) {
        throw std::runtime_error(std::string("test authority: cannot ") + what);
    }
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    require(key != nullptr, "make a key");
    return key;
}

std::string text_of(const Memory& memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
    const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
    require(PEM_write_bio_X509(memory.get(), certificate) == 1, "write a certificate");
    return text_of(memory);
}

std::string to_pem(EVP_PKEY* key) {
    const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
    const int done =
        PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    require(done == 1, "write a key");
    return text_of(memory);
}

void extend(X509* certificate, X509* issuer, int extension, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::shared_ptr<X509_EXTENSION> made(
        X509V3_EXT_conf_nid(nullptr, &context, extension, value.c_str()), &X509_EXTENSION_free
    );
    require(made && X509_add_ext(certificate, made.get(), -1) == 1, "add an extension");
}

Certificate blank(const std::string& common_name, EVP_PKEY* key, Lifetime lifetime) {
    static std::atomic<long> serial{1000};
    constexpr long day = 24L * 60 * 60;
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    const long start = lifetime == Lifetime::over      ? -20 * day
                       : lifetime == Lifetime::not_yet ? 5 * day
                                                       : -day;
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), start);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), start + 10 * day);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
    require(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "set a name"
    );
    require(X509_set_pubkey(certificate.get(), key) == 1, "set a key");
    return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
    require(X509_sign(certificate, key, EVP_sha256()) > 0, "sign a certificate");
}

const char* usage_of(Purpose purpose) {
    switch (purpose) {
        case Purpose::server:
            return "serverAuth";
        case Purpose::client:
            return "clientAuth";
        case Purpose::signer:
            return "codeSigning";
    }
    return "";
}

/// @param issuer_key  null for a self-signed leaf.
TlsIdentity make_leaf(const LeafRequest& request, X509* issuer, EVP_PKEY* issuer_key) {
    const Key key = make_key();
    const Certificate leaf = blank(request.common_name, key.get(), request.lifetime);
    X509* above = issuer_key != nullptr ? issuer : leaf.get();
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(above));
    extend(leaf.get(), above, NID_basic_constraints, "critical,CA:FALSE");
    extend(leaf.get(), above, NID_key_usage, "critical,digitalSignature");
    extend(leaf.get(), above, NID_ext_key_usage, usage_of(request.purpose));
    extend(leaf.get(), above, NID_subject_key_identifier, "hash");
    if (issuer_key != nullptr) {
        extend(leaf.get(), above, NID_authority_key_identifier, "keyid:always");
    }
    if (!request.alternative_names.empty()) {
        extend(leaf.get(), above, NID_subject_alt_name, request.alternative_names);
    }
    sign(leaf.get(), issuer_key != nullptr ? issuer_key : key.get());
    return {to_pem(leaf.get()), to_pem(key.get())};
}

}  // namespace

TestAuthority::TestAuthority(std::string_view name) {
    const Key key = make_key();
    const Certificate root = blank(std::string(name), key.get(), Lifetime::current);
    X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
    extend(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(root.get(), root.get(), NID_subject_key_identifier, "hash");
    sign(root.get(), key.get());
    m_root_pem = to_pem(root.get());
    m_key = key;
    m_root = root;
}

TlsIdentity TestAuthority::issue(const LeafRequest& request) const {
    return make_leaf(
        request, static_cast<X509*>(m_root.get()), static_cast<EVP_PKEY*>(m_key.get())
    );
}

TlsIdentity TestAuthority::self_signed(const LeafRequest& request) {
    return make_leaf(request, nullptr, nullptr);
}

std::string sign_with(const std::string& key_pem, std::string_view bytes) {
    const Memory memory(
        BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), &BIO_free
    );
    const Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    require(
        key && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1,
        "read the signing key"
    );
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
    require(EVP_DigestSign(context.get(), out, &size, in, bytes.size()) == 1, "sign");
    signature.resize(size);
    return signature;
}

}  // namespace heliograph::test_support
