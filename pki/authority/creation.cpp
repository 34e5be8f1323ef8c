// SPDX-License-Identifier: Apache-2.0
// Authority::create: a whole authority appears, or nothing.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/first_certificates.hpp>
#include <pki/authority/list_file.hpp>
#include <pki/base/file.hpp>
#include <pki/base/folder/atomic_folder.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_of(const std::string& name, std::string_view others) {
    return !name.empty() && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), [others](char c) {
               return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
           });
}

void add_once(std::vector<std::string>& all, const std::vector<std::string>& more) {
    for (const std::string& one : more) {
        if (std::find(all.begin(), all.end(), one) == all.end()) {
            all.push_back(one);
        }
    }
}

Result<NameConstraints> constraints_for(const AuthorityRequest& request) {
    HG_TRY(const NameConstraints asked, parse_constraints(request.permit));
    if (request.constraint == Constraint::none) {
        if (!asked.empty()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected either permitted names or an unconstrained authority, saw both"
            );
        }
        return NameConstraints{};
    }
    NameConstraints all = loopback_constraints();
    add_once(all.dns, asked.dns);
    add_once(all.ip_ranges, asked.ip_ranges);
    if (!asked.uri.empty()) {
        all.uri = {trust_domain_of(request.name)};
        add_once(all.uri, asked.uri);
    }
    add_once(all.email, asked.email);
    return all;
}

Outcome fill_ledger(
    Ledger& ledger,
    const AuthorityPaths& paths,
    const AuthorityIdentity& identity,
    const FreshAuthority& fresh,
    Instant now
) {
    HG_CHECK(ledger.set_identity(identity));
    for (const auto& [certificate, kind] :
         {std::pair(&fresh.root, "root"), {&fresh.intermediate, "intermediate"}}) {
        LedgerRecord record = record_of(*certificate);
        record.kind = kind;
        record.name = certificate->subject_common_name();
        record.issuer_serial = fresh.root.serial_hex();
        HG_CHECK(ledger.add(record));
    }
    const std::vector<IssuerRow> issuers{
        {fresh.root.serial_hex(),
         IssuerRole::root,
         IssuerState::active,
         paths.root_key().filename().string()},
        {fresh.intermediate.serial_hex(),
         IssuerRole::intermediate,
         IssuerState::active,
         paths.intermediate_key().filename().string()}};
    HG_CHECK(ledger.add_issuers(issuers));
    const Validity life = validity_from(now, std::chrono::days(30));
    return write_revocation_lists(
        ledger,
        paths,
        {{fresh.root, fresh.root_key}, {fresh.intermediate, fresh.intermediate_key}},
        {life, {life.not_before, life.not_after}, FolderStage::being_built}
    );
}

// The ledger is closed behind it.
Result<std::vector<Issued>> write_ledger(
    const AuthorityPaths& paths,
    const AuthorityRequest& request,
    const FreshAuthority& fresh,
    Instant now
) {
    HG_TRY(Ledger ledger, Ledger::open(paths.ledger(), OpenMode::build));
    const AuthorityIdentity identity{request.name, request.base_url, request.ocsp_url};
    HG_CHECK(fill_ledger(ledger, paths, identity, fresh, now));
    return issue_in_build({ledger, paths, fresh, identity, now}, request.issue);
}

// Of a key in a device, where it is.
Outcome save_key(
    const fs::path& path,
    const PrivateKey& key,
    const Pkcs11Address& place,
    const PassphraseSource& passphrase
) {
    const auto save = [&path](ByteSpan text) {
        return write_file_in_build(path, text, FileAccess::owner_only);
    };
    if (!place.uri.empty()) {
        return save(bytes_of(render_device_key(place)));
    }
    if (!passphrase) {
        return save(key.to_pem().expose());
    }
    HG_TRY(const SecretBytes secret, passphrase());
    HG_TRY(const std::string locked, lock_private_key(key, secret));
    return save(bytes_of(locked));
}

Outcome save_keys(
    const AuthorityPaths& paths,
    const AuthorityRequest& request,
    const FreshAuthority& fresh,
    const PassphraseSource& passphrase
) {
    const fs::path& module = request.pkcs11_module;
    HG_CHECK(save_key(paths.root_key(), fresh.root_key, {module, request.root_key_uri}, passphrase)
    );
    return save_key(
        paths.intermediate_key(),
        fresh.intermediate_key,
        {module, request.intermediate_key_uri},
        passphrase
    );
}

Result<PrivateKey> key_at(
    const AuthorityRequest& request, const std::string& uri, const DeviceAccess& device
) {
    return uri.empty() ? PrivateKey::generate(request.key_type)
                       : open_device_key({request.pkcs11_module, uri}, device);
}

Outcome check_device(const AuthorityRequest& request) {
    const bool named = !request.root_key_uri.empty() || !request.intermediate_key_uri.empty();
    if (named == !request.pkcs11_module.empty()) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a PKCS #11 module together with the URI of the root's key, the intermediate's or "
        "both, saw one without the other"
    );
}

Outcome check_base_url(const std::string& url) {
    if (url.empty()) {
        return {};
    }
    HG_CHECK(check_uri(url));
    const bool plain = url.starts_with("http://") && url.size() > 7 && !url.ends_with('/') &&
                       url.find_first_of("?#") == std::string::npos;
    if (!plain) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a base URL such as http://pki.example.org (readers of revocation lists want "
            "plain http; no slash at the end), saw " +
                in_quotes(url)
        );
    }
    return {};
}

Outcome check_ocsp_url(const std::string& url) {
    if (url.empty()) {
        return {};
    }
    HG_CHECK(check_uri(url));
    const bool plain = url.starts_with("http://") && url.size() > 7 &&
                       url.find_first_of("?#") == std::string::npos;
    if (!plain) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the URL of an OCSP responder such as http://ocsp.example.org (clients ask "
            "in plain http, for answers are signed), saw " +
                in_quotes(url)
        );
    }
    return {};
}

}  // namespace

Result<FreshAuthority> make_fresh_authority(
    const AuthorityRequest& request, Instant now, const DeviceAccess& device
) {
    HG_CHECK(check_device(request));
    HG_CHECK(check_authority_name(request.name));
    HG_CHECK(check_base_url(request.base_url));
    HG_CHECK(check_ocsp_url(request.ocsp_url));
    HG_TRY(PrivateKey root_key, key_at(request, request.root_key_uri, device));
    HG_TRY(PrivateKey intermediate_key, key_at(request, request.intermediate_key_uri, device));
    if (root_key.public_key() == intermediate_key.public_key()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected two keys for root and intermediate, saw one for both"
        );
    }
    HG_TRY(const NameConstraints constraints, constraints_for(request));
    HG_TRY(
        Certificate root,
        make_root(
            {.common_name = request.name + " Root",
             .organization = request.name,
             .constraints = constraints,
             .validity = validity_from(now, request.root_days)},
            root_key
        )
    );
    HG_TRY(
        Certificate intermediate,
        make_intermediate(
            {.common_name = request.name + " Intermediate",
             .organization = request.name,
             .constraints = constraints,
             .validity = validity_from(now, request.intermediate_days),
             .subject_key = intermediate_key.public_key(),
             .urls = urls_of(request.base_url, root)},
            {root, root_key}
        )
    );
    HG_CHECK(pass_lint(root.to_der()));
    HG_CHECK(pass_lint(intermediate.to_der()));
    return FreshAuthority{
        std::move(root_key), std::move(intermediate_key), std::move(root), std::move(intermediate)};
}

Outcome check_authority_name(const std::string& name) {
    if (name.size() <= 48 && is_name_of(name, " .-")) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected an authority name of 1 to 48 letters, digits, spaces, dots and hyphens, saw " +
            in_quotes(name)
    );
}

Outcome check_entry_name(const std::string& name) {
    if (name.size() <= 64 && is_name_of(name, "._-")) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a name of 1 to 64 letters, digits, dots, underscores and hyphens that begins "
        "with a letter or digit, saw " +
            in_quotes(name)
    );
}

std::string trust_domain_of(const std::string& authority_name) {
    std::string domain = authority_name;
    std::transform(domain.begin(), domain.end(), domain.begin(), [](char c) {
        const bool upper = c >= 'A' && c <= 'Z';
        return c == ' ' ? '-' : upper ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return domain;
}

DistributionUrls urls_of(const std::string& base_url, const Certificate& issuer) {
    if (base_url.empty()) {
        return {};
    }
    const std::string start = base_url + "/" + published_name(issuer);
    return {.revocation_list = start + ".crl", .issuer = start + ".crt"};
}

DistributionUrls leaf_urls_of(
    const AuthorityIdentity& identity, const Certificate& issuer, LeafKind kind
) {
    DistributionUrls urls = urls_of(identity.base_url, issuer);
    if (kind != LeafKind::ocsp) {
        urls.ocsp = identity.ocsp_url;
    }
    return urls;
}

Result<BuiltAuthority> Authority::build(
    const std::filesystem::path& folder,
    const AuthorityRequest& request,
    const Clock& clock,
    const PassphraseSource& passphrase,
    const DeviceAccess& device
) {
    if (is_authority(folder)) {
        return Error(
            ErrorCode::exists,
            "expected no authority in " + folder.string() +
                ", saw one; it stays as it is; name another folder with --dir"
        );
    }
    const Instant now = clock.now();
    HG_TRY(const FreshAuthority fresh, make_fresh_authority(request, now, device));
    HG_TRY(AtomicFolder place, AtomicFolder::create(folder, FileAccess::everyone));
    const AuthorityPaths paths{place.path()};
    HG_CHECK(make_folder_in_build(paths.keys(), FileAccess::owner_only));
    HG_CHECK(make_folder_in_build(paths.issued()));
    HG_CHECK(make_folder_in_build(paths.ocsp()));
    HG_CHECK(save_keys(paths, request, fresh, passphrase));
    HG_TRY(std::vector<Issued> issued, write_ledger(paths, request, fresh, now));
    HG_CHECK(write_file_in_build(paths.intermediate(), bytes_of(fresh.intermediate.to_pem())));
    HG_CHECK(write_file_in_build(paths.root(), bytes_of(fresh.root.to_pem())));
    HG_CHECK(place.commit());
    const AuthorityPaths final_paths{folder};
    for (Issued& one : issued) {
        one.folder = final_paths.issued() / one.folder.filename();
    }
    return BuiltAuthority{fresh.root, std::move(issued)};
}

Result<Authority> Authority::create(
    const std::filesystem::path& folder,
    const AuthorityRequest& request,
    const Clock& clock,
    const PassphraseSource& passphrase,
    const DeviceAccess& device
) {
    HG_CHECK(build(folder, request, clock, passphrase, device));
    return open(folder, clock, passphrase, device);
}

}  // namespace heliograph::pki
