// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain_evidence.hpp>

#include <algorithm>

namespace heliograph::pki {

Result<ChainEvidence> ChainEvidence::make(const ChainRequest& request) {
    ChainEvidence evidence;
    HG_TRY(auto leaf, read_certificate_fields(request.leaf.to_der()));
    const bool is_pinned =
        std::find(request.roots.begin(), request.roots.end(), request.leaf) != request.roots.end();
    evidence.m_certificates.push_back({&request.leaf, std::move(leaf), is_pinned});
    const auto add = [&evidence](const Certificate& certificate, bool is_trusted) {
        const bool known = std::any_of(
            evidence.m_certificates.begin(),
            evidence.m_certificates.end(),
            [&certificate](const EvidenceCertificate& other) {
                return *other.certificate == certificate;
            }
        );
        if (known) {
            return;
        }
        if (auto fields = read_certificate_fields(certificate.to_der())) {
            evidence.m_certificates.push_back({&certificate, std::move(fields).value(), is_trusted}
            );
        }
    };
    for (const Certificate& root : request.roots) {
        add(root, true);
    }
    for (const Certificate& intermediate : request.intermediates) {
        add(intermediate, false);
    }
    if (request.revocation != RevocationPolicy::not_checked) {
        for (const RevocationList& list : request.revocation_lists) {
            HG_TRY(auto fields, read_revocation_fields(list.to_der()));
            evidence.m_lists.push_back({std::move(fields)});
        }
    }
    return evidence;
}

bool ChainEvidence::take_step() {
    m_exhausted = m_exhausted || m_steps == 0;
    m_steps -= m_steps > 0 ? 1U : 0U;
    return !m_exhausted;
}

bool ChainEvidence::take_path() {
    m_exhausted = m_exhausted || m_paths == 0;
    m_paths -= m_paths > 0 ? 1U : 0U;
    return !m_exhausted;
}

bool ChainEvidence::take_signature_check() {
    m_exhausted = m_exhausted || m_signature_checks == 0;
    m_signature_checks -= m_signature_checks > 0 ? 1U : 0U;
    return !m_exhausted;
}

Result<IssuedSignature> ChainEvidence::certificate_signature(std::size_t below, std::size_t above) {
    const auto key = std::pair(below, above);
    if (const auto known = m_certificate_signatures.find(key);
        known != m_certificate_signatures.end()) {
        return known->second;
    }
    if (!take_signature_check()) {
        return IssuedSignature::unsupported;
    }
    const auto& issuer_key = at(above).certificate->key_if_readable();
    if (!issuer_key) {
        return IssuedSignature::unsupported;
    }
    const CertificateFields& fields = at(below).fields;
    HG_TRY(
        const IssuedSignature state,
        check_issued_signature({fields.outer_algorithm, fields.tbs, fields.signature}, *issuer_key)
    );
    m_certificate_signatures.emplace(key, state);
    return state;
}

Result<IssuedSignature> ChainEvidence::list_signature(std::size_t list, std::size_t signer) {
    const auto key = std::pair(list, signer);
    if (const auto known = m_list_signatures.find(key); known != m_list_signatures.end()) {
        return known->second;
    }
    if (!take_signature_check()) {
        return IssuedSignature::unsupported;
    }
    const auto& signer_key = at(signer).certificate->key_if_readable();
    if (!signer_key) {
        return IssuedSignature::unsupported;
    }
    const RevocationFields& fields = m_lists[list].fields;
    HG_TRY(
        const IssuedSignature state,
        check_issued_signature({fields.outer_algorithm, fields.tbs, fields.signature}, *signer_key)
    );
    m_list_signatures.emplace(key, state);
    return state;
}

bool key_ids_agree(const std::optional<AuthorityKeyIdField>& id, const CertificateFields& issuer) {
    if (!id || !id->key_id || !issuer.subject_key_id) {
        return true;
    }
    return std::equal(
        id->key_id->begin(),
        id->key_id->end(),
        issuer.subject_key_id->begin(),
        issuer.subject_key_id->end()
    );
}

Result<LinkState> ChainEvidence::link(std::size_t below, std::size_t above) {
    const CertificateFields& child = at(below).fields;
    const CertificateFields& parent = at(above).fields;
    if (!parent.subject.same_as(child.issuer)) {
        return LinkState::none;
    }
    const bool fits = key_ids_agree(child.authority_key_id, parent);
    HG_TRY(const IssuedSignature state, certificate_signature(below, above));
    if (fits && state == IssuedSignature::good) {
        return LinkState::good;
    }
    return fits || state == IssuedSignature::good ? LinkState::loose : LinkState::none;
}

}  // namespace heliograph::pki
