// SPDX-License-Identifier: Apache-2.0
// The part of profile.hpp that makes end certificates.
#include <pki/x509/leaf_rule.hpp>
#include <pki/x509/leaf_writer.hpp>
#include <pki/x509/profile.hpp>

namespace heliograph::pki {

Result<Certificate> make_leaf(
    const LeafProfile& profile, const IssuerView& issuer, const Certificate& root
) {
    HG_TRY(const LeafNames names, check_leaf_names(profile));
    HG_CHECK(check_life(profile.validity, issuer.certificate));
    HG_TRY(const NameConstraints permitted, constraints_of(issuer.certificate));
    HG_CHECK(check_permitted(names, permitted));
    HG_TRY(const SerialBits serial, fresh_serial());
    HG_ASSERT(profile.subject_key.has_value());
    const Bytes spki = profile.subject_key->spki_der();
    HG_TRY(LeafWriter writer, LeafWriter::open(issuer));
    HG_TRY(
        const Bytes der,
        writer.write(
            {.kind = profile.kind,
             .serial = serial,
             .names = names,
             .urls = profile.urls,
             .validity = profile.validity,
             .spki = spki}
        )
    );
    HG_TRY(Certificate leaf, Certificate::reread(der));
    HG_CHECK(pass_gate(leaf, profile.kind, issuer, root));
    return leaf;
}

}  // namespace heliograph::pki
