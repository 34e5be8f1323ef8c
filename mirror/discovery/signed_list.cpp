// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/signed_list.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

std::optional<ByteSpan> span_of(const std::optional<Bytes>& bytes) {
    return bytes ? std::optional<ByteSpan>(*bytes) : std::nullopt;
}

}  // namespace

Result<verify::MirrorsJudgement> judge_signed_list(
    const SignedList& list, const SignedListBasis& basis
) {
    auto policy = basis.policy;
    // Whatever is demanded of pages: a list that nobody signed decides nothing.
    policy.page_signature = verify::Demand::required;
    HG_TRY(
        const auto signers,
        verify::judge_signers(
            {.chain_pem = span_of(list.chain_pem),
             .revocation_pem = span_of(list.revocation_pem),
             .source = list.source},
            basis.trust,
            policy,
            basis.at
        )
    );
    return verify::judge_mirrors(
        {list.document, span_of(list.signature), list.source},
        signers,
        {.index = basis.trust.name, .seen = basis.seen}
    );
}

Result<std::vector<ListedMirror>> mirrors_of(const verify::MirrorsDocument& document) {
    std::vector<ListedMirror> mirrors;
    for (const auto& mirror : document.mirrors) {
        HG_TRY(auto url, parse_base_url(mirror.url));
        mirrors.push_back(
            {.url = std::move(url),
             .priority = mirror.priority,
             .weight = mirror.weight,
             .region = mirror.region,
             .origin = MirrorOrigin::signed_list}
        );
    }
    return mirrors;
}

}  // namespace heliograph::mirror
