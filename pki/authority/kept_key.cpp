// SPDX-License-Identifier: Apache-2.0
// Authority::newest and key_of: what was issued here and lies here still.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/place.hpp>
#include <pki/crypto/key_file.hpp>

#include <array>

namespace heliograph::pki {

namespace fs = std::filesystem;

Result<LedgerEntry> newest_unrevoked(
    Ledger& ledger, const std::string& name, std::optional<LeafKind> kind
) {
    HG_TRY(const auto entries, ledger.list_name(name));
    const LedgerEntry* newest = nullptr;
    for (const LedgerEntry& entry : entries) {
        const auto its = parse_leaf_kind(entry.kind);
        if (!entry.revoked_at && its && (!kind || *kind == *its)) {
            newest = &entry;
        }
    }
    if (newest != nullptr) {
        return *newest;
    }
    if (entries.empty()) {
        return Error(
            ErrorCode::not_found,
            "expected the name of a certificate of this authority, saw one that the ledger does "
            "not know; 'pki list' shows them all"
        );
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a " + std::string(kind ? leaf_kind_name(*kind) : "") + (kind ? " " : "") +
            "certificate that is not revoked, saw only revoked " + (kind ? "or other " : "") +
            "ones of this name; issue a new one with 'pki issue'"
    );
}

Result<LedgerEntry> Authority::newest(const std::string& name_or_serial) const {
    HG_TRY(auto by_serial, m_state->ledger.find_serial(name_or_serial));
    if (by_serial) {
        return *std::move(by_serial);
    }
    return newest_unrevoked(m_state->ledger, name_or_serial);
}

Result<PrivateKey> Authority::key_of(const LedgerEntry& entry, const PassphraseSource& secret)
    const {
    if (entry.key_source != KeySource::here) {
        return Error(
            ErrorCode::not_found,
            "expected a certificate whose key was made here, saw " +
                std::string(
                    entry.key_source == KeySource::request
                        ? "one from a request, whose key is with its owner"
                        : "one of the authority itself, whose key leaves it with 'pki backup' only"
                )
        );
    }
    HG_TRY(const Certificate certificate, m_state->ledger.certificate(entry.serial_hex));
    if (entry.archive) {
        return Error(
            ErrorCode::not_found,
            "expected the key of the certificate in a folder, saw that it is in the archive " +
                *entry.archive + "; take it out of there"
        );
    }
    const AuthorityPaths& paths = m_state->paths;
    const std::array places{place_of(paths, entry), paths.retired() / entry.serial_hex};
    std::optional<Error> reason;
    for (const fs::path& place : places) {
        auto key = load_private_key(place / "key.pem", secret);
        if (key && key->public_key() == certificate.public_key()) {
            return key;
        }
        const bool missing = !key && key.error().code() == ErrorCode::not_found;
        if (missing || (reason && reason->code() != ErrorCode::conflict)) {
            continue;
        }
        reason = key ? Error(
                           ErrorCode::conflict,
                           "expected the key of the certificate " + entry.serial_hex + " in " +
                               (place / "key.pem").string() + ", saw another key"
                       )
                     : std::move(key).error();
    }
    return reason ? *std::move(reason)
                  : Error(
                        ErrorCode::not_found,
                        "expected the key of the certificate in " +
                            (places.front() / "key.pem").string() +
                            ", saw no such file; 'pki rekey' makes a certificate with a new key"
                    );
}

}  // namespace heliograph::pki
