// SPDX-License-Identifier: Apache-2.0
// Private: the rules that one path must keep (RFC 5280, section 6.1), every defect collected.
#pragma once

#include <pki/x509/chain_evidence.hpp>

#include <set>

namespace heliograph::pki {

/// Collects defects, each once.
class DefectList {
  public:
    void add(ChainDefect defect);
    [[nodiscard]] std::vector<ChainDefect>& all() { return m_defects; }
    [[nodiscard]] bool empty() const { return m_defects.empty(); }

  private:
    std::vector<ChainDefect> m_defects;
};

/// What a path is wanted for: the leaf of the request, or the signer of a revocation list.
enum class PathUse { leaf, list_signer };

/// A path that is being judged.
struct JudgedPath {
    const ChainRequest& request;
    ChainEvidence& evidence;
    const CertificatePath& path;
    PathUse use;
};

/// All rules but revocation. @errors crypto.
[[nodiscard]] Outcome validate_path(const JudgedPath& judged, DefectList& defects);

/// The rules about each certificate by itself and about the leaf, for a path that leads nowhere.
void validate_fragment(const JudgedPath& judged, DefectList& defects);

}  // namespace heliograph::pki
