// SPDX-License-Identifier: Apache-2.0
// Provenance objects: who built a file, in signed statements. PEP 740.
//
//   provenance ─ attestation_bundles[] ─ publisher
//                                      └ attestations[] ─ certificate
//                                                       └ envelope ─ statement ─ subject = one file
//                                                                  └ signature
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <verify/index/file_path.hpp>
#include <verify/verdict/verdict.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

/// One signed statement about one file.
struct Attestation {
    pki::Certificate certificate;  ///< As it came: nothing says yet that it is to be believed.
    Bytes statement;               ///< in-toto statement, JSON, exactly the signed bytes.
    Bytes signature;               ///< DER, ECDSA over SHA-256.
    std::string predicate_type;    ///< What kind of statement: a URL.
    FilePath subject;              ///< The one file it speaks of.
};

/// Statements made through one publisher.
struct AttestationBundle {
    std::string publisher;  ///< Its kind: `GitHub`, `GitLab`...
    std::vector<Attestation> attestations;
};

/// Everything that is said of one file.
struct Provenance {
    std::vector<AttestationBundle> bundles;
};

/// Reads a provenance object of version 1. Members that the standard does not know are passed over.
/// @param text  JSON, at most limits::provenance_bytes and limits::attestations statements; at
/// least one statement.
/// @errors malformed (also: a statement with no subject or several, base64 that is not strict, a
/// certificate that does not parse, another version or predicate type), too_large, unsupported (a
/// certificate with a key of another kind).
/// @thread Safe. @cost One pass, and one certificate for each statement.
/// @source PEP 740, "Provenance objects", "Attestation objects", "Attestation statements".
[[nodiscard]] Result<Provenance> parse_provenance(std::string_view text);

/// Holds each statement against a file: it must name this file and its digest, and be signed by the
/// key of the certificate that came along. Findings: `attestation-subject-name`,
/// `attestation-subject-digest`, `attestation-signature-invalid`.
/// @param source  From whom the object came.
/// @errors crypto. @thread Safe. @cost About 60 us for each statement.
/// @source PEP 740, "Attestation verification" steps 4 and 5; DSSE 1.0, PAE.
[[nodiscard]] Result<Verdict> check_provenance(
    const Provenance& provenance, const FilePath& file, std::string_view source
);

}  // namespace heliograph::verify
