// SPDX-License-Identifier: Apache-2.0
// Private: all certificates and lists of one request, read by our own reader, with the budgets that
// the judgement may use up.
#pragma once

#include <pki/x509/chain.hpp>
#include <pki/x509/issued_signature.hpp>
#include <pki/x509/name_constraint_check.hpp>
#include <pki/x509/revocation_fields.hpp>

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace heliograph::pki {

/// Indices into ChainEvidence::certificates, leaf first.
using CertificatePath = std::vector<std::size_t>;

struct EvidenceCertificate {
    const Certificate* certificate;
    CertificateFields fields;
    bool is_trusted;
};

struct EvidenceList {
    RevocationFields fields;
};

/// How a link between a certificate and its possible issuer stands.
enum class LinkState { none, good, loose };

/// @thread One thread at a time.
class ChainEvidence {
  public:
    /// @return  The leaf stands at index 0, trusted if it is one of the roots. Certificates that
    /// our reader refuses are left out, but for the leaf.
    /// @errors malformed (the leaf).
    [[nodiscard]] static Result<ChainEvidence> make(const ChainRequest& request);

    [[nodiscard]] const EvidenceCertificate& at(std::size_t index) const {
        return m_certificates[index];
    }
    [[nodiscard]] std::size_t size() const { return m_certificates.size(); }
    [[nodiscard]] const std::vector<EvidenceList>& lists() const { return m_lists; }

    /// Names and key ids say that one may have issued the other, and the signature too: good. A
    /// wrong signature under fitting key ids, or a right one under others: loose.
    [[nodiscard]] Result<LinkState> link(std::size_t below, std::size_t above);
    /// @errors crypto.
    [[nodiscard]] Result<IssuedSignature> certificate_signature(
        std::size_t below, std::size_t above
    );
    [[nodiscard]] Result<IssuedSignature> list_signature(std::size_t list, std::size_t signer);

    /// Uses up one step, or one path. @return False when there is none left.
    [[nodiscard]] bool take_step();
    [[nodiscard]] bool take_path();
    [[nodiscard]] ComparisonBudget& comparisons() { return m_comparisons; }
    [[nodiscard]] bool is_exhausted() const { return m_exhausted; }

  private:
    ChainEvidence() = default;
    [[nodiscard]] bool take_signature_check();

    std::vector<EvidenceCertificate> m_certificates;
    std::vector<EvidenceList> m_lists;
    std::map<std::pair<std::size_t, std::size_t>, IssuedSignature> m_certificate_signatures;
    std::map<std::pair<std::size_t, std::size_t>, IssuedSignature> m_list_signatures;
    std::size_t m_steps = chain_step_limit;
    std::size_t m_paths = chain_path_limit;
    std::size_t m_signature_checks = chain_signature_check_limit;
    ComparisonBudget m_comparisons{chain_name_comparison_limit};
    bool m_exhausted = false;
};

/// Whether an authority key id names this certificate's key, as far as both say.
[[nodiscard]] bool key_ids_agree(
    const std::optional<AuthorityKeyIdField>& id, const CertificateFields& issuer
);

}  // namespace heliograph::pki
