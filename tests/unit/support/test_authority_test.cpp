// SPDX-License-Identifier: Apache-2.0
#include <tests/support/test_authority.hpp>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>

namespace heliograph::test_support {
namespace {

std::shared_ptr<X509> read(const std::string& pem) {
    const std::shared_ptr<BIO> memory(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free
    );
    return {PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), &X509_free};
}

/// OpenSSL's own verdict on a server certificate for 127.0.0.1: X509_V_OK or the reason against it.
int judge(const std::string& root, const TlsIdentity& leaf) {
    const std::shared_ptr<X509> anchor = read(root);
    const std::shared_ptr<X509> certificate = read(leaf.chain_pem);
    const std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
    X509_STORE_add_cert(store.get(), anchor.get());
    const std::shared_ptr<X509_STORE_CTX> context(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
    X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
    X509_STORE_CTX_set_default(context.get(), "ssl_server");
    X509_VERIFY_PARAM_set1_ip_asc(X509_STORE_CTX_get0_param(context.get()), "127.0.0.1");
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

TEST(TestAuthority, IssuesWhatOpenSslAccepts) {
    const TestAuthority authority;
    EXPECT_EQ(judge(authority.root_pem(), authority.issue()), X509_V_OK);
}

TEST(TestAuthority, IssuesEachWrongCertificateForItsOwnReason) {
    const TestAuthority authority;
    const TestAuthority foreign("Foreign Root");
    const std::string& root = authority.root_pem();
    EXPECT_EQ(
        judge(root, authority.issue({.lifetime = Lifetime::over})), X509_V_ERR_CERT_HAS_EXPIRED
    );
    EXPECT_EQ(
        judge(root, authority.issue({.lifetime = Lifetime::not_yet})), X509_V_ERR_CERT_NOT_YET_VALID
    );
    EXPECT_EQ(
        judge(root, authority.issue({.purpose = Purpose::client})), X509_V_ERR_INVALID_PURPOSE
    );
    EXPECT_EQ(
        judge(root, authority.issue({.alternative_names = "DNS:other.example"})),
        X509_V_ERR_IP_ADDRESS_MISMATCH
    );
    EXPECT_EQ(judge(root, foreign.issue()), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    EXPECT_EQ(judge(root, TestAuthority::self_signed()), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
}

}  // namespace
}  // namespace heliograph::test_support
