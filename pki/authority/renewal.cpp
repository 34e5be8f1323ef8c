// SPDX-License-Identifier: Apache-2.0
// Authority::renew: new certificate, same names; the files change in one step.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/leaf_key.hpp>
#include <pki/authority/place.hpp>
#include <pki/authority/rollover_run.hpp>
#include <pki/base/file.hpp>
#include <pki/base/folder/atomic_folder.hpp>

#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

// It would open nothing, and whoever named it believes otherwise.
Outcome check_passphrase_has_use(
    const LedgerEntry& entry, const RenewRequest& request, IssuedKey form
) {
    if (!request.key_lock.is_wanted() || request.needless == NeedlessPassphrase::passed_over ||
        form == IssuedKey::encrypted) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected an encrypted key of " + entry.name + " for the passphrase to open, saw " +
            (form == IssuedKey::plain ? "one in the clear; 'pki rekey " + entry.name +
                                            "' with a passphrase makes an encrypted one"
                                      : "one that was made elsewhere; name no passphrase")
    );
}

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
        HG_CHECK(check_passphrase_has_use(entry, request, IssuedKey::elsewhere));
        return std::optional<LeafKey>();
    }
    if (request.key == KeyChange::same_key) {
        HG_TRY(
            LeafKey same,
            keep_leaf_key(place_of(paths, entry) / "key.pem", old, request.key_lock.passphrase)
        );
        HG_TRY(const IssuedKey form, form_of_key(same.pem.expose()));
        HG_CHECK(check_passphrase_has_use(entry, request, form));
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

// Authorities go on by a rollover, with new keys.
Outcome check_name(Ledger& ledger, const std::string& name) {
    HG_TRY(const auto rows, ledger.list_name(name));
    for (const LedgerEntry& row : rows) {
        if (row.kind == "root" || row.kind == "intermediate") {
            return Error(
                ErrorCode::invalid_argument,
                "expected the name of an end certificate, saw that of the " + row.kind +
                    ", which is changed by 'pki rollover start " + row.kind + "'"
            );
        }
    }
    return check_entry_name(name);
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

Error renewed_all_the_same(const LedgerEntry& entry, const Error& reason) {
    return issued_all_the_same("the new certificate " + entry.name, reason);
}

std::optional<Error> unfinished_by(const LedgerEntry& entry, const Outcome& done) {
    return done ? std::nullopt : std::optional(renewed_all_the_same(entry, done.error()));
}

bool is_in_place(Ledger& ledger, const fs::path& target, const std::string& serial_hex) {
    const auto there = entry_of_files(ledger, target);
    return there && *there && (*there)->serial_hex == serial_hex;
}

// Behind the commit: whatever comes of the files, the certificate is there.
Error waits_for_its_place(const LedgerEntry& entry, const fs::path& target, const Error& reason) {
    return renewed_all_the_same(
        entry,
        Error(
            reason.code(),
            reason.describe() + "; its files wait in " + staging_for(target).string() +
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

// Whole and durable, beside the files that they are to replace.
Outcome stage(const fs::path& staging, const LeafFiles& files) {
    HG_TRY(AtomicFolder folder, AtomicFolder::create(staging, FileAccess::everyone));
    HG_CHECK(write_leaf_files(folder.path(), files));
    return folder.commit();
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
    HG_CHECK(check_name(state.ledger, request.name));
    HG_TRY(const LedgerEntry entry, newest_unrevoked(state.ledger, request.name, request.kind));
    HG_TRY(const LeafKind kind, parse_leaf_kind(entry.kind));
    HG_TRY(const Certificate old, state.ledger.certificate(entry.serial_hex));
    const fs::path target = place_of(state.paths, entry);
    HG_CHECK(finish_renewal(state.ledger, state.paths, target));
    HG_CHECK(check_archived(entry, target, request.key));
    HG_CHECK(check_place(state.ledger, entry, target, state.clock.now()));
    HG_CHECK(check_key_is_sound(state.ledger, old, request.key));
    HG_TRY(const auto key, key_for(state.paths, entry, old, request));
    HG_TRY(const PrivateKey issuer_key, state.issuing_key({kind}));
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
    const ByteSpan key_pem = key ? key->pem.expose() : ByteSpan();
    HG_TRY(const IssuedKey form, form_of_key(key_pem));
    const std::string above = render_pem_list(state.issuers.sent_along());
    HG_CHECK(stage(staging, {key_pem, leaf.to_pem(), above}));
    if (request.follow_up == FollowUp::announced) {
        // Before the row, so that no kill comes between; without the row it means nothing.
        HG_CHECK(state.ledger.add_follow_up(leaf.serial_hex()));
    }
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
    const std::string serial = leaf.serial_hex();
    Outcome done = finish_renewal(state.ledger, state.paths, target);
    if (!done && !is_in_place(state.ledger, target, serial)) {
        return waits_for_its_place(entry, target, done.error());
    }
    if (done && entry.folder) {
        done = forget_staging(state.ledger, target.string());
    }
    if (done) {
        const IssuerView issuer{state.intermediate(), issuer_key};
        done = presign_renewed(state.ledger, state.paths, serial, {issuer, state.clock.now()});
    }
    if (done) {
        done = keep_lists_fresh();
    }
    return Issued{std::move(leaf), target, form, unfinished_by(entry, done)};
}

}  // namespace heliograph::pki
