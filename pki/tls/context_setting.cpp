// SPDX-License-Identifier: Apache-2.0
#include <pki/tls/context_setting.hpp>

namespace heliograph::pki {

Outcome harden(SSL_CTX* context) {
    HG_CHECK(check(
        static_cast<int>(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)), "demand TLS 1.2"
    ));
    HG_CHECK(check(
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20"), "choose TLS 1.2 ciphers"
    ));
    HG_CHECK(check(
        static_cast<int>(SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384")),
        "choose key exchange groups"
    ));
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA
    );
    // Idle connections give their two record buffers back: 34 KiB each.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return {};
}

Outcome use_credential(SSL_CTX* context, const OwnCredential& own) {
    const Certificate& leaf = own.credential.leaf;
    const std::string who = "the certificate '" + leaf.subject() + "'";
    if (own.now > leaf.not_after()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a current certificate, saw that " + who + " expired at " +
                format_rfc3339(leaf.not_after()) + "; issue a new one"
        );
    }
    if (own.now < leaf.not_before()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a current certificate, saw that " + who + " is valid from " +
                format_rfc3339(leaf.not_before()) + "; check the clock of this machine"
        );
    }
    if (leaf.is_ca() || !leaf.has_extended_key_usage(own.usage)) {
        return Error(
            ErrorCode::invalid_argument,
            std::string("expected a certificate issued for a TLS ") +
                (own.usage == ExtendedKeyUsage::server_auth ? "server" : "client") + ", saw " +
                who + " issued for something else"
        );
    }
    if (!(leaf.public_key() == own.credential.key.public_key())) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the private key of " + who +
                ", saw another key; give the two files that "
                "were issued together"
        );
    }
    HG_CHECK(check(SSL_CTX_use_certificate(context, leaf.native()), "use a certificate"));
    HG_CHECK(check(SSL_CTX_use_PrivateKey(context, own.credential.key.native()), "use a key"));
    for (const Certificate& intermediate : own.credential.intermediates) {
        HG_CHECK(check(
            static_cast<int>(SSL_CTX_add1_chain_cert(context, intermediate.native())),
            "use a chain of certificates"
        ));
    }
    return check(SSL_CTX_check_private_key(context), "match a key with its certificate");
}

Result<std::string> render_alpn(const std::vector<std::string>& names) {
    std::string wire;
    for (const std::string& name : names) {
        if (name.empty() || name.size() > 255) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a protocol name of 1 to 255 bytes, saw another"
            );
        }
        wire.push_back(static_cast<char>(name.size()));
        wire += name;
    }
    return wire;
}

}  // namespace heliograph::pki
