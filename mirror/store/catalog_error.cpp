// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_error.hpp>

#include <string>

namespace heliograph::mirror {

std::string_view evidence_name(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::server_key:
            return "server-key";
        case EvidenceKind::signer_chain:
            return "signer-chain";
        case EvidenceKind::revocation_lists:
            return "revocation-lists";
        case EvidenceKind::mirrors:
            return "mirrors";
        case EvidenceKind::mirrors_signature:
            break;
    }
    return "mirrors-signature";
}

std::string_view pending_cause_name(PendingCause cause) {
    switch (cause) {
        case PendingCause::refused:
            return "refused";
        case PendingCause::gone:
            return "gone";
        case PendingCause::failed:
            break;
    }
    return "failed";
}

Error no_project(const verify::ProjectName& project) {
    return {ErrorCode::not_found, "expected a project " + project.text() + " here, there is none"};
}

Error no_file(const verify::FilePath& path) {
    return {
        ErrorCode::not_found,
        "expected a file " + path.name().text() + " with sha256 " + path.digest().to_hex() +
            " here, there is none"};
}

Error no_file(const verify::DistFileName& name) {
    return {ErrorCode::not_found, "expected a file " + name.text() + " here, there is none"};
}

Error no_evidence(EvidenceKind kind) {
    return {
        ErrorCode::not_found,
        "expected evidence of kind " + std::string(evidence_name(kind)) + " here, there is none"};
}

Error another_event(verify::Serial serial) {
    return {
        ErrorCode::conflict,
        "expected serial " + std::to_string(serial.value) +
            " to name the event that is journalled here, it names another: a history was "
            "rewritten"};
}

Error serial_goes_back(const SerialChange& change) {
    return {
        ErrorCode::conflict,
        "expected a serial from " + std::to_string(change.from.value) + " on, saw " +
            std::to_string(change.to.value) + ": serials never go back"};
}

Error checkpoint_too_high(const SerialChange& change) {
    return {
        ErrorCode::conflict,
        "expected a checkpoint up to serial " + std::to_string(change.from.value) +
            ", the last one here, saw " + std::to_string(change.to.value)};
}

}  // namespace heliograph::mirror
