// SPDX-License-Identifier: Apache-2.0
// Authority::create: a whole authority appears, or nothing.
#include <pki/authority/authority_state.hpp>
#include <pki/base/atomic_folder.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_of(const std::string& name, std::string_view others) {
    return !name.empty() && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), [others](char c) {
               return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
           });
}

struct Keys {
    PrivateKey root;
    PrivateKey intermediate;
};

struct Certificates {
    Certificate root;
    Certificate intermediate;
};

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
    all.dns.insert(all.dns.end(), asked.dns.begin(), asked.dns.end());
    all.ip_ranges.insert(all.ip_ranges.end(), asked.ip_ranges.begin(), asked.ip_ranges.end());
    return all;
}

Result<Certificates> make_certificates(
    const AuthorityRequest& request, const Keys& keys, Instant now
) {
    HG_TRY(const NameConstraints constraints, constraints_for(request));
    HG_TRY(
        Certificate root,
        make_root(
            {.common_name = request.name + " Root",
             .organization = request.name,
             .constraints = constraints,
             .validity = validity_from(now, request.root_days)},
            keys.root
        )
    );
    HG_TRY(
        Certificate intermediate,
        make_intermediate(
            {.common_name = request.name + " Intermediate",
             .organization = request.name,
             .constraints = constraints,
             .validity = validity_from(now, request.intermediate_days),
             .subject_key = keys.intermediate.public_key()},
            {root, keys.root}
        )
    );
    return Certificates{std::move(root), std::move(intermediate)};
}

Outcome write_ledger(
    const AuthorityPaths& paths,
    const AuthorityRequest& request,
    const Certificates& certificates,
    const Keys& keys,
    Instant now
) {
    HG_TRY(Ledger ledger, Ledger::open(paths.ledger(), OpenMode::create));
    HG_CHECK(ledger.set_name(request.name));
    HG_CHECK(ledger.add(
        {certificates.root, "root", certificates.root.subject_common_name(), IssuerRole::root}
    ));
    HG_CHECK(ledger.add(
        {certificates.intermediate,
         "intermediate",
         certificates.intermediate.subject_common_name(),
         IssuerRole::root}
    ));
    const ListIssuers issuers{
        certificates.root, keys.root, certificates.intermediate, keys.intermediate};
    const Validity life = validity_from(now, std::chrono::days(30));
    HG_TRY(const std::string lists, render_revocation_lists(ledger, issuers, life));
    return write_file_atomically(paths.lists(), bytes_of(lists));
}

}  // namespace

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

Result<Authority> Authority::create(
    const std::filesystem::path& folder, const AuthorityRequest& request, const Clock& clock
) {
    HG_CHECK(check_authority_name(request.name));
    if (is_authority(folder)) {
        return Error(
            ErrorCode::exists,
            "expected no authority in " + folder.string() +
                ", saw one; it stays as it is; name another folder with --dir"
        );
    }
    const Instant now = clock.now();
    HG_TRY(PrivateKey root_key, PrivateKey::generate());
    HG_TRY(PrivateKey intermediate_key, PrivateKey::generate());
    const Keys keys{std::move(root_key), std::move(intermediate_key)};
    HG_TRY(const Certificates certificates, make_certificates(request, keys, now));

    HG_TRY(AtomicFolder place, AtomicFolder::create(folder, FileAccess::everyone));
    const AuthorityPaths paths{place.path()};
    HG_CHECK(make_folder(paths.keys(), FileAccess::owner_only));
    HG_CHECK(make_folder(paths.issued()));
    HG_CHECK(save_private_key(paths.root_key(), keys.root));
    HG_CHECK(save_private_key(paths.intermediate_key(), keys.intermediate));
    HG_CHECK(write_ledger(paths, request, certificates, keys, now));
    HG_CHECK(
        write_file_atomically(paths.intermediate(), bytes_of(certificates.intermediate.to_pem()))
    );
    HG_CHECK(write_file_atomically(paths.root(), bytes_of(certificates.root.to_pem())));
    HG_CHECK(place.commit());
    return open(folder, clock);
}

}  // namespace heliograph::pki
