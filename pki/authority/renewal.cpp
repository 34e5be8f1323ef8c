// SPDX-License-Identifier: Apache-2.0
// Authority::renew: new certificate, same names; the files change in one step.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/leaf_key.hpp>
#include <pki/authority/place.hpp>
#include <pki/authority/rollover_run.hpp>
#include <pki/base/atomic_folder.hpp>
#include <pki/base/file.hpp>

#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

// None for a certificate that was signed from a request.
Result<std::optional<LeafKey>> key_for(
    const AuthorityPaths& paths,
    const LedgerEntry& entry,
    const Certificate& old,
    const RenewRequest& request
) {
    if (entry.key_source == KeySource::request) {
        if (request.key == KeyChange::new_key) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a certificate whose key was made here, saw one from a request; make a "
                "new request there and sign it with 'pki sign'"
            );
        }
        return std::optional<LeafKey>();
    }
    if (request.key == KeyChange::same_key) {
        HG_TRY(
            LeafKey same,
            keep_leaf_key(place_of(paths, entry) / "key.pem", old, request.key_lock.passphrase)
        );
        return std::optional(std::move(same));
    }
    HG_CHECK(check_successor_protection(paths, entry, request.key_lock));
    HG_TRY(const PrivateKey fresh, PrivateKey::generate(type_of(old.public_key())));
    HG_TRY(SecretBytes pem, render_leaf_key(fresh, request.key_lock));
    return std::optional(LeafKey{fresh.public_key(), std::move(pem)});
}

// What is in an archive is out of reach: a successor has another key, and files of its own.
Outcome check_archived(const LedgerEntry& entry, const fs::path& target, KeyChange change) {
    if (!entry.archive) {
        return {};
    }
    if (change == KeyChange::same_key) {
        return Error(
            ErrorCode::not_found,
            "expected a key in a folder, saw that of " + entry.name + " in the archive " +
                *entry.archive + "; 'pki rekey " + entry.name + " --kind " + entry.kind +
                "' makes a new one, in " + target.string()
        );
    }
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(target, ignored))) {
        return Error(
            ErrorCode::exists,
            "expected " + target.string() + " to be free for " + entry.name +
                ", which was in an archive until now, something stands there; remove it first"
        );
    }
    return {};
}

// The files that a renewal replaces are those before it, or of one that is over.
Outcome check_place(Ledger& ledger, const LedgerEntry& entry, const fs::path& target, Instant now) {
    HG_TRY(const auto there, entry_of_files(ledger, target));
    const bool is_its_own = !there || (there->kind == entry.kind && there->name == entry.name);
    if (is_its_own || there->state(now) != EntryState::valid) {
        return {};
    }
    return Error(
        ErrorCode::exists,
        "expected the files of the " + entry.kind + " certificate " + entry.name + " in " +
            target.string() + ", saw those of the valid " + there->kind + " certificate " +
            there->name + "; issue " + entry.name + " anew with --out and another place"
    );
}

// Behind the commit: whatever comes of the files, the certificate is there.
Outcome place_renewed(
    Ledger& ledger, const AuthorityPaths& paths, const std::string& name, const fs::path& target
) {
    const auto placed = finish_renewal(ledger, paths, target);
    if (placed) {
        return {};
    }
    return issued_all_the_same(
        "the new certificate " + name,
        Error(
            placed.error().code(),
            placed.error().describe() + "; its files wait in " + staging_for(target).string() +
                ", and the next command that issues puts them in place once that is possible"
        )
    );
}

Outcome check_key_is_sound(Ledger& ledger, const Certificate& old, KeyChange change) {
    if (change == KeyChange::new_key) {
        return {};
    }
    HG_TRY(const auto others, ledger.with_compromised_key(old.public_key().spki_der()));
    return check_not_compromised(others);
}

// As long as before, unless told otherwise.
Validity renewed_life(const Certificate& old, const RenewRequest& request, Instant now) {
    const auto life = std::chrono::ceil<std::chrono::days>(
        old.not_after() - old.not_before() - issuance_backdate
    );
    return validity_from(now, request.days.value_or(life));
}

// All but the issuer.
LedgerRecord record_of(const Certificate& leaf, const LedgerEntry& before, const fs::path& target) {
    LedgerRecord record = pki::record_of(leaf);
    record.kind = before.kind;
    record.name = before.name;
    record.key_source = before.key_source;
    record.folder = before.folder ? std::optional(target.string()) : std::nullopt;
    return record;
}

struct SigningNow {
    IssuerView issuer;
    Instant at;
};

Outcome presign_renewed(
    Ledger& ledger,
    const AuthorityPaths& paths,
    const std::string& serial_hex,
    const SigningNow& signing
) {
    HG_TRY(const auto row, ledger.find_serial(serial_hex));
    HG_ASSERT(row.has_value());
    return presign_ocsp(paths, *row, signing.issuer, validity_from(signing.at, ocsp_days));
}

}  // namespace

KeyType type_of(const PublicKey& key) {
    const std::string words = key.description();
    if (words == "EC P-384") {
        return KeyType::p384;
    }
    if (words.starts_with("RSA")) {
        return KeyType::rsa3072;
    }
    if (words == "X25519") {
        return KeyType::x25519;
    }
    return words == "Ed25519" ? KeyType::ed25519 : KeyType::p256;
}

LeafProfile profile_like(const Certificate& old, LeafKind kind) {
    return {
        .kind = kind,
        .common_name = old.subject_common_name(),
        .dns = old.dns_names(),
        .ip = old.ip_addresses(),
        .uri = old.uris(),
        .email = old.email_addresses(),
        .validity = {}};
}

Result<Issued> Authority::renew(const RenewRequest& request) {
    State& state = *m_state;
    HG_CHECK(check_entry_name(request.name));
    HG_TRY(const LedgerEntry entry, newest_unrevoked(state.ledger, request.name, request.kind));
    HG_TRY(const LeafKind kind, parse_leaf_kind(entry.kind));
    HG_TRY(const Certificate old, state.ledger.certificate(entry.serial_hex));
    const fs::path target = place_of(state.paths, entry);
    HG_CHECK(finish_renewal(state.ledger, state.paths, target));
    HG_CHECK(check_archived(entry, target, request.key));
    HG_CHECK(check_place(state.ledger, entry, target, state.clock.now()));
    HG_CHECK(check_key_is_sound(state.ledger, old, request.key));
    HG_TRY(const auto key, key_for(state.paths, entry, old, request));
    HG_TRY(const PrivateKey issuer_key, state.issuing_key());
    LeafProfile profile = profile_like(old, kind);
    profile.validity = renewed_life(old, request, state.clock.now());
    profile.subject_key = key ? key->key : old.public_key();
    profile.urls = leaf_urls_of(state.identity, state.intermediate(), kind);
    HG_TRY(Certificate leaf, make_leaf(profile, {state.intermediate(), issuer_key}, state.root()));
    HG_CHECK(pass_lint(leaf.to_der(), kind));
    HG_CHECK(RolloverRun(*this).check_successor(entry, leaf));

    if (entry.folder) {
        HG_CHECK(state.ledger.add_staging_folder(target.string()));
    }
    const fs::path staging = staging_for(target);
    HG_TRY(AtomicFolder folder, AtomicFolder::create(staging, FileAccess::everyone));
    const ByteSpan key_pem = key ? key->pem.expose() : ByteSpan();
    HG_TRY(const IssuedKey form, form_of_key(key_pem));
    HG_CHECK(write_leaf_files(
        folder.path(), {key_pem, leaf.to_pem(), render_pem_list(state.issuers.sent_along())}
    ));
    HG_CHECK(folder.commit());
    LedgerRecord record = record_of(leaf, entry, target);
    record.key_form = form;
    record.issuer_serial = state.intermediate().serial_hex();
    // The row is what makes it happen: from here on the files find their place, now or when the
    // authority is opened again; before, they go.
    if (auto added = state.ledger.add(record); !added) {
        std::error_code ignored;
        fs::remove_all(staging, ignored);
        return std::move(added).error();
    }
    HG_CHECK(place_renewed(state.ledger, state.paths, entry.name, target));
    Outcome done = entry.folder ? forget_staging(state.ledger, target.string()) : Outcome();
    if (done) {
        done = presign_renewed(
            state.ledger,
            state.paths,
            leaf.serial_hex(),
            {{state.intermediate(), issuer_key}, state.clock.now()}
        );
    }
    if (done) {
        done = keep_lists_fresh();
    }
    if (!done) {
        return issued_all_the_same("the new certificate " + entry.name, done.error());
    }
    return Issued{std::move(leaf), target, form};
}

}  // namespace heliograph::pki
