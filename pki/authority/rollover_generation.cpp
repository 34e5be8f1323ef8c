// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/rollover_generation.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

std::size_t next_number(std::span<const IssuerRow> rows, IssuerRole role) {
    return 1 +
           static_cast<std::size_t>(std::count_if(
               rows.begin(), rows.end(), [role](const IssuerRow& row) { return row.role == role; }
           ));
}

Validity life_like(const Certificate& old, Instant now) {
    return validity_from(
        now,
        std::chrono::ceil<std::chrono::days>(old.not_after() - old.not_before() - issuance_backdate)
    );
}

Validity within(Validity life, const Certificate& issuer) {
    life.not_after = std::min(life.not_after, issuer.not_after());
    return life;
}

Outcome check_time_is_left(const Certificate& root, Instant now) {
    if (root.not_after() > now + std::chrono::days(1)) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a root with more than a day of life left, which could vouch for its successor, "
        "saw '" +
            root.subject() + "' until " + format_rfc3339(root.not_after()) +
            "; make a new authority with 'pki init', and give its root to every client"
    );
}

IssuerRow row_of(const Certificate& certificate, IssuerRole role, std::size_t number) {
    return {
        certificate.serial_hex(),
        role,
        IssuerState::active,
        std::string(issuer_role_name(role)) + "-" + std::to_string(number) + ".key"};
}

Result<FreshIssuer> next_root(const GenerationInput& input, NextKey next) {
    const Certificate& old = input.issuers.root;
    const std::size_t number = next_number(input.rows, IssuerRole::root);
    HG_TRY(const NameConstraints constraints, constraints_of(old));
    HG_TRY(
        Certificate root,
        make_root(
            {.common_name = input.identity.name + " Root " + std::to_string(number),
             .organization = input.identity.name,
             .constraints = constraints,
             .validity = life_like(old, input.now)},
            next.key
        )
    );
    HG_CHECK(pass_lint(root.to_der()));
    IssuerRow row = row_of(root, IssuerRole::root, number);
    const std::string serial = root.serial_hex();
    return FreshIssuer{
        std::move(row), std::move(next.key), std::move(next.place), std::move(root), serial};
}

Result<FreshIssuer> next_intermediate(
    const GenerationInput& input, NextKey next, const IssuerView& root
) {
    const Certificate& old = input.issuers.intermediate;
    const std::size_t number = next_number(input.rows, IssuerRole::intermediate);
    HG_TRY(const NameConstraints constraints, constraints_of(old));
    HG_TRY(
        Certificate made,
        make_intermediate(
            {.common_name = input.identity.name + " Intermediate " + std::to_string(number),
             .organization = input.identity.name,
             .constraints = constraints,
             .validity = within(life_like(old, input.now), root.certificate),
             .subject_key = next.key.public_key(),
             .urls = urls_of(input.identity.base_url, root.certificate)},
            root
        )
    );
    HG_CHECK(pass_lint(made.to_der()));
    IssuerRow row = row_of(made, IssuerRole::intermediate, number);
    return FreshIssuer{
        std::move(row),
        std::move(next.key),
        std::move(next.place),
        std::move(made),
        root.certificate.serial_hex()};
}

Result<Certificate> cross(
    const Certificate& subject, const IssuerView& issuer, const GenerationInput& input
) {
    const Validity life{
        input.now - issuance_backdate,
        std::min(subject.not_after(), issuer.certificate.not_after())};
    HG_TRY(
        Certificate made,
        make_cross_certificate(
            subject, issuer, life, urls_of(input.identity.base_url, issuer.certificate)
        )
    );
    HG_CHECK(pass_lint(made.to_der()));
    return made;
}

}  // namespace

Result<Generation> make_generation(const GenerationInput& input, NextKeys keys) {
    const Certificate& old_root = input.issuers.root;
    HG_CHECK(check_time_is_left(old_root, input.now));
    Generation generation;
    if (input.target == RolloverTarget::intermediate) {
        HG_TRY(
            FreshIssuer made,
            next_intermediate(input, std::move(keys.intermediate), {old_root, input.root_key})
        );
        generation.issuers.push_back(std::move(made));
        return generation;
    }
    HG_ASSERT(keys.root.has_value());
    HG_TRY(FreshIssuer root, next_root(input, *std::move(keys.root)));
    HG_TRY(Certificate new_by_old, cross(root.certificate, {old_root, input.root_key}, input));
    HG_TRY(Certificate old_by_new, cross(old_root, {root.certificate, root.key}, input));
    HG_TRY(
        FreshIssuer intermediate,
        next_intermediate(input, std::move(keys.intermediate), {root.certificate, root.key})
    );
    generation.new_by_old.push_back(std::move(new_by_old));
    generation.old_by_new.push_back(std::move(old_by_new));
    generation.issuers.push_back(std::move(root));
    generation.issuers.push_back(std::move(intermediate));
    return generation;
}

Result<Certificate> make_probe(
    LeafProfile profile, const FreshIssuer& intermediate, const Certificate& root, Instant now
) {
    HG_TRY(const PrivateKey key, PrivateKey::generate());
    profile.validity = validity_from(now, std::chrono::days(1));
    profile.validity = within(profile.validity, intermediate.certificate);
    profile.subject_key = key.public_key();
    return make_leaf(profile, {intermediate.certificate, intermediate.key}, root);
}

}  // namespace heliograph::pki
