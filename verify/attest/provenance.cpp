// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/base/json.hpp>
#include <pki/crypto/signature_check.hpp>
#include <verify/attest/provenance.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr JsonLimits provenance_json{
    .text_bytes = limits::provenance_bytes, .depth = 32, .values = 100'000};
constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
constexpr std::string_view payload_type = "application/vnd.in-toto+json";
constexpr std::string_view build_predicate = "https://slsa.dev/provenance/v1";
// The rest of the address is the index's own: each names it after itself.
constexpr std::string_view publish_predicate_ending = "/attestations/publish/v1";

Error malformed_provenance(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

Outcome check_version(const JsonValue& object, std::string_view what) {
    HG_TRY(const auto version, object.integer_member("version"));
    if (version == 1) {
        return {};
    }
    return Error(
        ErrorCode::malformed,
        "expected " + std::string(what) + " of version 1, saw version " + std::to_string(version)
    );
}

Result<const JsonValue*> object_of(const JsonValue& object, std::string_view member) {
    HG_TRY([[maybe_unused]] const auto members, object.object_member(member));
    return object.find(member);
}

Result<Bytes> bytes_member(const JsonValue& object, std::string_view member) {
    HG_TRY(const auto text, object.text_member(member));
    auto bytes = decode_base64(text);
    if (!bytes) {
        return std::move(bytes).error().at(std::string(member));
    }
    return bytes;
}

Outcome check_predicate(const JsonValue& statement, const std::string& type) {
    if (type == build_predicate) {
        return {};
    }
    if (!type.starts_with("https://") || !type.ends_with(publish_predicate_ending)) {
        return Error(
            ErrorCode::malformed,
            "expected an attestation of publishing or of building (SLSA 1), saw '" +
                printable(type) + "'"
        );
    }
    const JsonValue* predicate = statement.find("predicate");
    const bool empty = predicate == nullptr || predicate->is_null() ||
                       (predicate->if_object() != nullptr && predicate->if_object()->empty());
    if (!empty) {
        return malformed_provenance("expected a publish attestation without predicate, saw one");
    }
    return {};
}

Result<FilePath> read_subject(const JsonValue& statement) {
    HG_TRY(const auto subjects, statement.array_member("subject"));
    if (subjects->size() != 1) {
        return malformed_provenance(
            "expected a statement about one file, saw " + std::to_string(subjects->size())
        );
    }
    const JsonValue& subject = subjects->front();
    HG_TRY(const auto name_text, subject.text_member("name"));
    HG_TRY(auto name, parse_dist_file_name(name_text));
    HG_TRY(const JsonValue* digests, object_of(subject, "digest"));
    HG_TRY(const auto hex, digests->text_member("sha256"));
    HG_TRY(const auto digest, pki::Sha256::parse_hex(hex));
    return FilePath(digest, std::move(name));
}

Result<Attestation> read_attestation(const JsonValue& object) {
    HG_CHECK(check_version(object, "an attestation"));
    HG_TRY(const JsonValue* material, object_of(object, "verification_material"));
    HG_TRY([[maybe_unused]] const auto entries, material->array_member("transparency_entries"));
    HG_TRY(const auto der, bytes_member(*material, "certificate"));
    HG_TRY(auto certificate, pki::Certificate::parse_der(der));
    HG_TRY(const JsonValue* envelope, object_of(object, "envelope"));
    HG_TRY(auto statement_bytes, bytes_member(*envelope, "statement"));
    HG_TRY(auto signature, bytes_member(*envelope, "signature"));
    HG_TRY(const auto statement, parse_json(text_of(statement_bytes), provenance_json));
    HG_TRY(const auto type, statement.text_member("_type"));
    if (type != statement_type) {
        return Error(
            ErrorCode::malformed, "expected an in-toto statement, saw '" + printable(type) + "'"
        );
    }
    HG_TRY(auto predicate_type, statement.text_member("predicateType"));
    HG_CHECK(check_predicate(statement, predicate_type));
    HG_TRY(auto subject, read_subject(statement));
    return Attestation{
        .certificate = std::move(certificate),
        .statement = std::move(statement_bytes),
        .signature = std::move(signature),
        .predicate_type = std::move(predicate_type),
        .subject = std::move(subject)};
}

Result<AttestationBundle> read_bundle(const JsonValue& object) {
    AttestationBundle bundle;
    HG_TRY(const JsonValue* publisher, object_of(object, "publisher"));
    HG_TRY(bundle.publisher, publisher->text_member("kind"));
    HG_TRY(const auto attestations, object.array_member("attestations"));
    if (attestations->empty() || attestations->size() > limits::attestations) {
        return malformed_provenance(
            "expected 1 to " + std::to_string(limits::attestations) +
            " attestations in a bundle, saw " + std::to_string(attestations->size())
        );
    }
    for (std::size_t i = 0; i < attestations->size(); ++i) {
        auto attestation = read_attestation((*attestations)[i]);
        if (!attestation) {
            return std::move(attestation).error().at("attestations[" + std::to_string(i) + "]");
        }
        bundle.attestations.push_back(*std::move(attestation));
    }
    return bundle;
}

// The same file, however its name is spelt: names are compared as what they mean.
bool same_distribution(const DistFileName& left, const DistFileName& right) {
    return left.kind() == right.kind() && left.project() == right.project() &&
           left.version() == right.version() && left.build() == right.build() &&
           left.tags().size() == right.tags().size() &&
           std::is_permutation(left.tags().begin(), left.tags().end(), right.tags().begin());
}

// DSSE, "Pre-Authentication Encoding": what the signature is over.
std::string signed_text(const Attestation& attestation) {
    const auto statement = text_of(attestation.statement);
    return "DSSEv1 " + std::to_string(payload_type.size()) + " " + std::string(payload_type) + " " +
           std::to_string(statement.size()) + " " + std::string(statement);
}

Finding subject_finding(const FilePath& file, std::string_view source) {
    return {
        .subject = "provenance of " + file.name().text(),
        .source = std::string(source),
        .advice = "attach the provenance object that was made for this very file"};
}

Outcome check_attestation(
    const Attestation& attestation, const FilePath& file, std::string_view source, Verdict& verdict
) {
    if (!same_distribution(attestation.subject.name(), file.name())) {
        auto finding = subject_finding(file, source);
        finding.id = "attestation-subject-name";
        finding.expected = "a statement about " + file.name().text();
        finding.seen = "one about " + attestation.subject.name().text();
        verdict.add(std::move(finding));
        return {};
    }
    if (attestation.subject.digest() != file.digest()) {
        auto finding = subject_finding(file, source);
        finding.id = "attestation-subject-digest";
        finding.expected = "a statement about sha256 " + file.digest().to_hex();
        finding.seen = "one about sha256 " + attestation.subject.digest().to_hex();
        verdict.add(std::move(finding));
        return {};
    }
    const std::string message = signed_text(attestation);
    HG_TRY(
        const auto outcome,
        pki::check_signature(
            attestation.certificate.public_key(),
            pki::SignedBytes(bytes_of(message)),
            pki::SignatureBytes(attestation.signature)
        )
    );
    if (outcome == pki::SignatureOutcome::invalid) {
        auto finding = subject_finding(file, source);
        finding.id = "attestation-signature-invalid";
        finding.expected = "a signature by the key of the certificate that came along";
        finding.seen = "another one";
        verdict.add(std::move(finding));
        return {};
    }
    verdict.pass("attestation " + attestation.predicate_type + " of " + file.name().text());
    return {};
}

}  // namespace

Result<Provenance> parse_provenance(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, provenance_json));
    HG_CHECK(check_version(document, "a provenance object"));
    HG_TRY(const auto bundles, document.array_member("attestation_bundles"));
    if (bundles->empty() || bundles->size() > limits::attestations) {
        return malformed_provenance(
            "expected 1 to " + std::to_string(limits::attestations) + " attestation bundles, saw " +
            std::to_string(bundles->size())
        );
    }
    Provenance provenance;
    std::size_t count = 0;
    for (std::size_t i = 0; i < bundles->size(); ++i) {
        auto bundle = read_bundle((*bundles)[i]);
        if (!bundle) {
            return std::move(bundle).error().at("attestation_bundles[" + std::to_string(i) + "]");
        }
        count += bundle->attestations.size();
        provenance.bundles.push_back(*std::move(bundle));
    }
    if (count > limits::attestations) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(limits::attestations) +
                " attestations of a file, saw " + std::to_string(count)
        );
    }
    return provenance;
}

Result<Verdict> check_provenance(
    const Provenance& provenance, const FilePath& file, std::string_view source
) {
    Verdict verdict;
    for (const auto& bundle : provenance.bundles) {
        for (const auto& attestation : bundle.attestations) {
            HG_CHECK(check_attestation(attestation, file, source, verdict));
        }
    }
    return verdict;
}

}  // namespace heliograph::verify
