// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/gate/sound_lists.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

namespace {

using Code = pki::ChainDefectCode;

/// What is said of a chain with these lists alone.
struct Coverage {
    std::ptrdiff_t unknown = 0;  ///< Certificates that no list speaks of.
    bool has_unsound = false;
};

Result<Coverage> coverage_of(pki::ChainRequest request, std::vector<pki::RevocationList> lists) {
    request.revocation_lists = std::move(lists);
    HG_TRY(const auto report, pki::check_chain(request));
    return Coverage{
        std::count_if(
            report.defects.begin(),
            report.defects.end(),
            [](const auto& defect) { return defect.code == Code::revocation_unknown; }
        ),
        report.has(Code::revocation_list_invalid)};
}

}  // namespace

Result<std::string> sound_lists(
    const SignerEvidence& evidence, const TrustBundle& trust, Instant at
) {
    std::string sound;
    if (!evidence.chain_pem || !evidence.revocation_pem || trust.roots.empty()) {
        return sound;
    }
    const auto chain = parse_server_key(text_of(*evidence.chain_pem));
    const auto lists = parse_server_revocation(text_of(*evidence.revocation_pem));
    if (!chain || !lists) {
        return sound;
    }
    std::vector<bool> taken(lists->size());
    for (const auto& signer : chain->signers) {
        const pki::ChainRequest request{
            .leaf = signer,
            .intermediates = chain->intermediates,
            .roots = trust.roots,
            .purpose = pki::ChainPurpose::signer,
            .at = at};
        HG_TRY(const auto without, coverage_of(request, {}));
        for (std::size_t i = 0; i < lists->size(); ++i) {
            HG_TRY(const auto with, coverage_of(request, {(*lists)[i]}));
            taken[i] = taken[i] || (!with.has_unsound && with.unknown < without.unknown);
        }
    }
    for (std::size_t i = 0; i < lists->size(); ++i) {
        sound += taken[i] ? (*lists)[i].to_pem() : std::string();
    }
    return sound;
}

}  // namespace heliograph::verify
