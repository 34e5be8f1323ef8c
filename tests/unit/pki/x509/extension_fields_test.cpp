// SPDX-License-Identifier: Apache-2.0
// Extensions of which a stranger could send so many that comparing them with each other takes for
// ever.
#include <pki/x509/certificate_fields.hpp>
#include <tests/unit/pki/lint/der_maker.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace heliograph::pki {
namespace {

using test::Octets;
using test::sequence;
using test::tlv;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

std::string numbered_oid(int i) {
    return "1.2.3." + std::to_string(i);
}

Octets list_of(int count, const std::function<Octets(int)>& one) {
    Octets all;
    for (int i = 0; i < count; ++i) {
        all += one(i);
    }
    return sequence(all);
}

std::vector<FieldFault> faults_of(std::string_view type, const Octets& value) {
    CertificateFields fields;
    fields.extensions = {{.oid = std::string(type), .value = bytes_of(value)}};
    decode_extensions(fields);
    return fields.faults;
}

Octets points(int count, int names) {
    const Octets name = tlv(0x86, "http://localhost/crl");
    Octets all;
    for (int i = 0; i < names; ++i) {
        all += name;
    }
    return list_of(count, [&](int) { return sequence(tlv(0xa0, tlv(0xa0, all))); });
}

TEST(ExtensionFields, BoundPolicies) {
    const auto policy = [](int i) { return sequence(test::oid(numbered_oid(i))); };
    EXPECT_THAT(faults_of(pki::oid::certificate_policies, list_of(128, policy)), IsEmpty());
    EXPECT_THAT(
        faults_of(pki::oid::certificate_policies, list_of(129, policy)),
        ElementsAre(Field(&FieldFault::reason, HasSubstr("at most 128 policies")))
    );
}

TEST(ExtensionFields, BoundPolicyMappings) {
    const auto mapping = [](int i) {
        return sequence(test::oid(numbered_oid(i)) + test::oid(numbered_oid(i + 1)));
    };
    EXPECT_THAT(faults_of(pki::oid::policy_mappings, list_of(128, mapping)), IsEmpty());
    EXPECT_THAT(
        faults_of(pki::oid::policy_mappings, list_of(129, mapping)),
        ElementsAre(Field(&FieldFault::reason, HasSubstr("at most 128 policy mappings")))
    );
}

TEST(ExtensionFields, BoundDistributionPointsAndTheirNames) {
    EXPECT_THAT(faults_of(pki::oid::crl_distribution_points, points(32, 32)), IsEmpty());
    EXPECT_THAT(
        faults_of(pki::oid::crl_distribution_points, points(33, 1)),
        ElementsAre(Field(&FieldFault::reason, HasSubstr("at most 32 distribution points")))
    );
    EXPECT_THAT(
        faults_of(pki::oid::crl_distribution_points, points(1, 33)),
        ElementsAre(Field(&FieldFault::reason, HasSubstr("names of a distribution point")))
    );
}

}  // namespace
}  // namespace heliograph::pki
