// SPDX-License-Identifier: Apache-2.0
// What saved OCSP responses say of a chain that `pki verify` judged.
#pragma once

#include <pki/ocsp/response_check.hpp>
#include <pki/x509/chain.hpp>
#include <verify/verdict/verdict.hpp>

#include <string>
#include <vector>

namespace heliograph::tools::pki_commands {

/// One defect, of whose certificate and in which file.
struct ResponseFinding {
    std::string subject;
    std::string file;  ///< Empty when it is none's.
    pki::OcspDefect defect;
};

struct JudgedResponses {
    std::vector<ResponseFinding> findings = {};
    std::vector<std::string> checked = {};
};

/// Reads and judges each response for the path of @p chain: every one must be sound, and the leaf
/// must have one. Nothing is judged for a path that ends at no root, of which everything is open.
/// @errors not_found, io, too_large; crypto.
[[nodiscard]] Result<JudgedResponses> judge_responses(
    const std::vector<std::string>& files,
    const pki::ChainRequest& request,
    const pki::ChainReport& chain
);

/// The same for the one response that came with a chain, whose leaf it must be about.
/// @errors crypto.
[[nodiscard]] Result<JudgedResponses> judge_stapled(
    ByteSpan response, const pki::ChainRequest& request, const pki::ChainReport& chain
);

/// The causes decide the exit code: out of time is stale, no answer is missing.
[[nodiscard]] verify::Finding finding_of(const ResponseFinding& one);
[[nodiscard]] verify::Verdict verdict_of(const JudgedResponses& responses);

}  // namespace heliograph::tools::pki_commands
