// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/signature_check.hpp>
#include <pki/x509/chain.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::verify {

namespace {

Outcome check_size(std::string_view pem, std::uint64_t limit_bytes, std::string_view what) {
    if (pem.size() > limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected " + std::string(what) + " of at most " + std::to_string(limit_bytes) +
                " bytes, saw " + std::to_string(pem.size())
        );
    }
    return {};
}

}  // namespace

Result<ServerKeyEvidence> parse_server_key(std::string_view pem) {
    HG_CHECK(check_size(pem, limits::server_key_bytes, "a signer chain"));
    HG_TRY(auto certificates, pki::Certificate::parse_pem_list(pem, limits::chain_certificates));
    ServerKeyEvidence evidence;
    for (pki::Certificate& certificate : certificates) {
        if (!certificate.is_ca() && !pki::checks_signatures(certificate.public_key())) {
            return Error(
                ErrorCode::unsupported,
                "expected signer certificates with keys that sign, saw " +
                    certificate.public_key().description()
            );
        }
        auto& list = certificate.is_ca() ? evidence.intermediates : evidence.signers;
        list.push_back(std::move(certificate));
    }
    if (evidence.signers.empty()) {
        return Error(
            ErrorCode::malformed,
            "expected at least one signer certificate in the signer chain, saw none"
        );
    }
    if (evidence.signers.size() > limits::signer_certificates) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(limits::signer_certificates) +
                " signer certificates in the signer chain, saw " +
                std::to_string(evidence.signers.size())
        );
    }
    return evidence;
}

std::string render_server_key(const ServerKeyEvidence& evidence) {
    return pki::render_pem_list(evidence.signers) + pki::render_pem_list(evidence.intermediates);
}

pki::Sha256 key_id(const pki::PublicKey& key) {
    return pki::sha256(key.spki_der());
}

Result<std::vector<pki::RevocationList>> parse_server_revocation(std::string_view pem) {
    HG_CHECK(check_size(pem, limits::revocation_bytes, "revocation lists"));
    HG_TRY(auto lists, pki::RevocationList::parse_pem_list(pem, pki::chain_revocation_list_limit));
    if (lists.empty()) {
        return Error(ErrorCode::malformed, "expected at least one revocation list, saw none");
    }
    return lists;
}

}  // namespace heliograph::verify
