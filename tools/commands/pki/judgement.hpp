// SPDX-License-Identifier: Apache-2.0
// What verify, lint and doctor share: evidence from files, and our judgements as findings.
#pragma once

#include <pki/lint/lint.hpp>
#include <pki/x509/chain.hpp>
#include <verify/verdict/verdict.hpp>

#include <string>
#include <vector>

namespace heliograph::tools::pki_commands {

/// A key or an algorithm that is not known here speaks against what came with it, and is no fault
/// of this machine: `unsupported` becomes `refused`, other errors stay.
[[nodiscard]] Error as_refused(const Error& error);

/// The causes decide the exit code: out of time is stale, an unknown issuer or list is missing.
[[nodiscard]] verify::Cause cause_of(pki::ChainDefectCode code);

/// A defect as a finding: its id is the rule's, its advice the clause.
[[nodiscard]] verify::Finding finding_of(const pki::ChainDefect& defect);

/// All defects of a report, or what was checked.
[[nodiscard]] verify::Verdict verdict_of(const pki::ChainReport& report);

/// The certificates of a PEM file, or the one of a DER file.
/// @param demand  `any` for those that are judged: a key that we do not support is a defect among
/// others there.
/// @errors not_found, io, malformed, too_large, refused; with the file's name.
[[nodiscard]] Result<std::vector<pki::Certificate>> load_certificates(
    const std::string& file, pki::KeyDemand demand = pki::KeyDemand::supported
);

/// The same of a file that may hold the key of the first, too, as bundle.pem does: it is passed
/// over unread. @errors As load_certificates.
[[nodiscard]] Result<std::vector<pki::Certificate>> load_chain(
    const std::string& file, pki::KeyDemand demand = pki::KeyDemand::supported
);

/// Whether bytes begin as a document in DER does. @thread Safe.
[[nodiscard]] bool looks_like_der(ByteSpan bytes);

/// The roots that were named; else those of the authority in this folder, if it is one; else the
/// system's, of which those with keys that we do not support are passed over. For the judgement on
/// chains: a root that was named may have any key.
/// @errors As load_certificates; not_found (no store).
[[nodiscard]] Result<std::vector<pki::Certificate>> load_roots(
    const std::vector<std::string>& files, const std::string& authority_folder
);

/// Revocation lists in PEM or DER. @errors As load_certificates.
[[nodiscard]] Result<std::vector<pki::RevocationList>> load_lists(
    const std::vector<std::string>& files
);

}  // namespace heliograph::tools::pki_commands
