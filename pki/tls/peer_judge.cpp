// SPDX-License-Identifier: Apache-2.0
#include <pki/tls/peer_identity.hpp>
#include <pki/tls/peer_judge.hpp>

#include <string>

namespace heliograph::pki {

namespace {

using SharedJudge = std::shared_ptr<const PeerJudge>;

// The library calls these when the owner goes: the judge with its context, the sentence with its
// connection.
// NOLINTNEXTLINE(readability-function-size): the library prescribes the parameters.
void free_judge(void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
    const std::unique_ptr<SharedJudge> owned(static_cast<SharedJudge*>(value));
}

// NOLINTNEXTLINE(readability-function-size): the library prescribes the parameters.
void free_sentence(void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
    const std::unique_ptr<std::string> owned(static_cast<std::string*>(value));
}

void free_text(char* text) {
    OPENSSL_free(text);
}

int judge_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_judge);
    return index;
}

int sentence_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_sentence);
    return index;
}

// The code decides which alert the peer is sent, and what other libraries print.
int library_code(const ChainReport& report) {
    struct Row {
        ChainDefectCode code;
        int library;
    };
    constexpr Row rows[] = {
        {ChainDefectCode::revoked, X509_V_ERR_CERT_REVOKED},
        {ChainDefectCode::expired, X509_V_ERR_CERT_HAS_EXPIRED},
        {ChainDefectCode::not_yet_valid, X509_V_ERR_CERT_NOT_YET_VALID},
        {ChainDefectCode::untrusted_issuer, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        {ChainDefectCode::wrong_purpose, X509_V_ERR_INVALID_PURPOSE},
        {ChainDefectCode::bad_signature, X509_V_ERR_CERT_SIGNATURE_FAILURE},
        {ChainDefectCode::name_constraint, X509_V_ERR_PERMITTED_VIOLATION},
        {ChainDefectCode::revocation_unknown, X509_V_ERR_UNABLE_TO_GET_CRL},
        {ChainDefectCode::revocation_list_expired, X509_V_ERR_CRL_HAS_EXPIRED},
    };
    for (const Row& row : rows) {
        if (report.has(row.code)) {
            return row.library;
        }
    }
    return X509_V_ERR_APPLICATION_VERIFICATION;
}

Result<Certificate> read_certificate(X509* handle) {
    return Certificate::parse_der(encode_der(handle, i2d_X509));
}

Result<ChainReport> judge_chain(X509_STORE_CTX* handshake, const PeerJudge& judge) {
    X509* const shown = X509_STORE_CTX_get0_cert(handshake);
    if (shown == nullptr) {
        return Error(ErrorCode::invalid_argument, "expected a certificate of the peer, saw none");
    }
    HG_TRY(Certificate leaf, read_certificate(shown));
    std::vector<Certificate> intermediates;
    const STACK_OF(X509)* const others = X509_STORE_CTX_get0_untrusted(handshake);
    for (int i = 0; i < sk_X509_num(others); ++i) {
        X509* const other = sk_X509_value(others, i);
        if (other == shown) {
            continue;
        }
        if (intermediates.size() == chain_intermediate_limit) {
            return Error(
                ErrorCode::too_large, "expected at most 16 certificates of the peer, saw more"
            );
        }
        HG_TRY(Certificate certificate, read_certificate(other));
        intermediates.push_back(std::move(certificate));
    }
    return check_chain(
        {.leaf = std::move(leaf),
         .intermediates = std::move(intermediates),
         .roots = judge.policy.roots,
         .revocation_lists = judge.policy.revocation_lists,
         .purpose = judge.purpose,
         .at = judge.clock.now(),
         .revocation = judge.policy.revocation}
    );
}

// RFC 9525: the subject alternative names alone, wildcards only as a whole label. Nothing expected:
// nothing compared.
bool has_expected_name(X509_STORE_CTX* handshake) {
    X509* const leaf = X509_STORE_CTX_get0_cert(handshake);
    X509_VERIFY_PARAM* const expected = X509_STORE_CTX_get0_param(handshake);
    constexpr unsigned int flags =
        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    if (const char* const host = X509_VERIFY_PARAM_get0_host(expected, 0)) {
        return X509_check_host(leaf, host, 0, flags, nullptr) == 1;
    }
    const OpensslHandle<char, free_text> address(X509_VERIFY_PARAM_get1_ip_asc(expected));
    return address == nullptr || X509_check_ip_asc(leaf, address.get(), flags) == 1;
}

int refuse(X509_STORE_CTX* handshake, int code, std::string sentence) {
    X509_STORE_CTX_set_error(handshake, code);
    auto* const ssl = static_cast<SSL*>(
        X509_STORE_CTX_get_ex_data(handshake, SSL_get_ex_data_X509_STORE_CTX_idx())
    );
    if (ssl != nullptr) {
        free_sentence(nullptr, SSL_get_ex_data(ssl, sentence_index()), nullptr, 0, 0, nullptr);
        auto kept = std::make_unique<std::string>(std::move(sentence));
        if (SSL_set_ex_data(ssl, sentence_index(), kept.get()) == 1) {
            static_cast<void>(kept.release());  // The connection owns it now.
        }
    }
    return 0;
}

int judge_peer(X509_STORE_CTX* handshake, void* argument) {
    const auto report = judge_chain(handshake, *static_cast<const PeerJudge*>(argument));
    if (!report) {
        return refuse(handshake, X509_V_ERR_APPLICATION_VERIFICATION, report.error().describe());
    }
    if (!report->accepted()) {
        return refuse(handshake, library_code(*report), report->summary());
    }
    if (!has_expected_name(handshake)) {
        return refuse(
            handshake,
            X509_V_ERR_HOSTNAME_MISMATCH,
            "expected a certificate for the name that was connected to, saw one of '" +
                report->path.front().subject() + "' for other names"
        );
    }
    X509_STORE_CTX_set_error(handshake, X509_V_OK);
    return 1;
}

}  // namespace

Outcome install_peer_judge(SSL_CTX* context, std::shared_ptr<const PeerJudge> judge) {
    if (judge->policy.roots.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected at least one trusted root for TLS peers, saw none"
        );
    }
    SSL_CTX_set_cert_verify_callback(context, judge_peer, const_cast<PeerJudge*>(judge.get()));
    auto kept = std::make_unique<SharedJudge>(std::move(judge));
    free_judge(nullptr, SSL_CTX_get_ex_data(context, judge_index()), nullptr, 0, 0, nullptr);
    HG_CHECK(check(SSL_CTX_set_ex_data(context, judge_index(), kept.get()), "keep a TLS policy"));
    static_cast<void>(kept.release());  // The context owns it now.
    return {};
}

PeerIdentity identify_peer(const Certificate& certificate) {
    return {
        certificate.uris().size() == 1 ? certificate.uris().front() : std::string(),
        certificate.subject_common_name(),
        certificate.dns_names(),
        certificate.fingerprint(),
        sha256(certificate.public_key().spki_der())};
}

std::optional<PeerIdentity> peer_identity(const ssl_st* connection) {
    const X509Handle shown(SSL_get1_peer_certificate(connection));
    if (shown == nullptr || SSL_get_verify_result(connection) != X509_V_OK) {
        return std::nullopt;
    }
    const auto certificate = read_certificate(shown.get());
    if (!certificate) {
        return std::nullopt;
    }
    return identify_peer(*certificate);
}

std::string peer_refusal(const ssl_st* connection) {
    const auto* const sentence =
        static_cast<const std::string*>(SSL_get_ex_data(connection, sentence_index()));
    return sentence == nullptr ? std::string() : *sentence;
}

}  // namespace heliograph::pki
