// SPDX-License-Identifier: Apache-2.0
// A signed list of mirrors with what it is judged by, as it came or as it was kept.
#pragma once

#include <mirror/fleet/mirror_list.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/mirrors_gate.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/policy.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {

struct SignedList {
    std::string source = {};  ///< URL or file.
    Bytes document = {};
    std::optional<Bytes> signature = std::nullopt;
    std::optional<Bytes> chain_pem = std::nullopt;
    std::optional<Bytes> revocation_pem = std::nullopt;

    friend bool operator==(const SignedList&, const SignedList&) = default;
};

/// What it is judged against.
struct SignedListBasis {
    const verify::TrustBundle& trust;
    verify::PagePolicy policy;
    Instant at{};
    std::optional<verify::SeenMirrors> seen = std::nullopt;
};

/// Judges the signers, then the list. @errors crypto, internal. @thread Safe.
[[nodiscard]] Result<verify::MirrorsJudgement> judge_signed_list(
    const SignedList& list, const SignedListBasis& basis
);

/// The mirrors of an accepted document.
/// @errors malformed: it names a URL that cannot be asked. @thread Safe.
[[nodiscard]] Result<std::vector<ListedMirror>> mirrors_of(const verify::MirrorsDocument& document);

}  // namespace heliograph::mirror
