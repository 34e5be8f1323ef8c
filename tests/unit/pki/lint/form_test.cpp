// SPDX-License-Identifier: Apache-2.0
// Lint goes on where only the form is wrong; whatever is trusted does not. And what is right is let
// pass.
#include <pki/lint/lint.hpp>
#include <pki/lint/punycode.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/revocation_fields.hpp>
#include <pki/x509/time_field.hpp>
#include <tests/unit/pki/lint/spoilers.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using test::CertificateParts;
using test::extension;
using test::leaf;
using test::ListParts;
using test::oid;
using test::root;
using test::sequence;
using test::tlv;

constexpr std::string_view certificate_forms[] = {
    "name-relative-empty", "extensions-empty", "default-not-omitted", "time-malformed"};

TEST(LintForm, IsOneFindingBesideAllOthers) {
    const LintReport report = leaf([](auto& p) {
        p.issuer = sequence(tlv(0x31, {}));
        p.begin = tlv(0x17, "2601010000Z");
        p.key = test::rsa_key(128);
        p.names = extension("2.5.29.17", sequence(tlv(0x82, "under_score.example.org")));
    })();
    for (const std::string_view id :
         {"name-relative-empty",
          "issuer-empty",
          "time-malformed",
          "key-too-weak",
          "dns-name-form"}) {
        EXPECT_NE(report.find(id), nullptr) << id;
    }
    EXPECT_EQ(report.find("certificate-malformed"), nullptr);
}

TEST(LintForm, IsRefusedWhereverACertificateIsTrusted) {
    for (const std::string_view id : certificate_forms) {
        CertificateParts parts;
        if (id == "name-relative-empty") {
            parts.issuer = sequence(tlv(0x31, {}));
        } else if (id == "extensions-empty") {
            parts.usage = parts.purposes = parts.names = parts.subject_key_id =
                parts.authority_key_id = parts.basic = {};
            parts.unique_ids = tlv(0xa3, sequence({}));
        } else if (id == "default-not-omitted") {
            parts.more = sequence(oid("1.2.3") + test::boolean(false) + test::octet_string("x"));
        } else {
            parts.begin = tlv(0x17, "2601010000Z");
        }
        const Bytes der = parts.der();
        EXPECT_FALSE(read_certificate_fields(der).has_value()) << id;
        EXPECT_FALSE(Certificate::reread(der).has_value()) << id;
        EXPECT_TRUE(read_certificate_fields(der, ReadingMode::for_lint).has_value()) << id;
    }
}

TEST(LintForm, IsRefusedWhereverAListIsTrusted) {
    ListParts parts;
    parts.this_update = tlv(0x17, "260101000000+0100");
    EXPECT_FALSE(read_revocation_fields(parts.der()).has_value());
    const auto fields = read_revocation_fields(parts.der(), ReadingMode::for_lint);
    ASSERT_TRUE(fields.has_value());
    EXPECT_EQ(format_rfc3339(fields->this_update), "2025-12-31T23:00:00Z");
}

TEST(LintForm, OfAnEntryIsAFindingAndRefusedWhereverAListIsTrusted) {
    const auto written = sequence(oid("1.2.3") + test::boolean(false) + test::octet_string("x"));
    const auto bare = test::number("\1") + tlv(0x17, "260101000000Z") + sequence({});
    const std::pair<std::string_view, test::Octets> entries[] = {
        {"list-entry-default-not-omitted", test::revoked("\1", written)},
        {"list-entry-extensions-empty", sequence(bare)}};
    for (const auto& [id, entry] : entries) {
        ListParts parts;
        parts.entries = sequence(entry);
        EXPECT_FALSE(read_revocation_fields(parts.der()).has_value()) << id;
        const LintReport report = lint_revocation_list(parts.der(), RuleSet::private_authority);
        EXPECT_NE(report.find(id), nullptr) << id;
        EXPECT_FALSE(report.accepted()) << id;
    }
}

// The gate of issuance is lint, so that no fault may be known to the reader alone.
TEST(LintForm, IsAnErrorWhereverStrictReadingFails) {
    ListParts list;
    list.entries = sequence(test::revoked("\1", extension("2.5.29.21", tlv(0x0a, "\1"))));
    const auto expect_error = [](const auto& read, const auto& lint, Bytes der) {
        for (std::size_t at = 0; at < der.size(); ++at) {
            for (const std::byte flip : {std::byte{1}, std::byte{2}, std::byte{0x20}}) {
                der[at] ^= flip;
                const LintReport report = lint(der, RuleSet::private_authority);
                EXPECT_TRUE(read(der).has_value() || !report.accepted()) << at;
                der[at] ^= flip;
            }
        }
    };
    const auto read_list = [](const Bytes& der) { return read_revocation_fields(der); };
    const auto read_one = [](const Bytes& der) { return read_certificate_fields(der); };
    expect_error(read_list, lint_revocation_list, list.der());
    expect_error(read_one, lint_certificate, CertificateParts().der());
    expect_error(read_one, lint_certificate, CertificateParts::root().der());
}

TEST(LintForm, OfAListWithAnExtensionTwiceIsAFaultForWhoeverTrustsIt) {
    ListParts parts;
    parts.more = parts.list_number;
    const auto fields = read_revocation_fields(parts.der());
    ASSERT_TRUE(fields.has_value());
    ASSERT_EQ(fields->faults.size(), 1U);
    EXPECT_EQ(fields->faults.front().place, "extension 2.5.29.20");
}

TEST(LintForm, ReadsTimesOfEveryFormForWhatTheyMean) {
    const auto read = [](std::uint8_t tag, const std::string& text) {
        const Bytes der = to_bytes(tlv(tag, text));
        const auto time = read_time({tag, ByteSpan(der).subspan(2), der}, ReadingMode::for_lint);
        return time ? format_rfc3339(time->at) : std::string("none");
    };
    EXPECT_EQ(read(0x17, "260102030405Z"), "2026-01-02T03:04:05Z");
    EXPECT_EQ(read(0x17, "2601020304Z"), "2026-01-02T03:04:00Z");
    EXPECT_EQ(read(0x17, "260102030405-0130"), "2026-01-02T04:34:05Z");
    EXPECT_EQ(read(0x18, "2056010203Z"), "2056-01-02T03:00:00Z");
    EXPECT_EQ(read(0x18, "20560102030405.999Z"), "2056-01-02T03:04:05Z");
    EXPECT_EQ(read(0x18, "20560102030405"), "2056-01-02T03:04:05Z");
    for (const char* const text :
         {"",
          "Z",
          "26",
          "2601020304055Z",
          "261302030405Z",
          "260102030405+99",
          "260102030405+2500",
          "260102030405Zz"}) {
        EXPECT_EQ(read(0x17, text), "none") << text;
    }
}

TEST(LintForm, LetsPassWhatIsRight) {
    const auto policy = [](const test::Octets& qualifier) {
        return leaf([qualifier](auto& p) {
            p.more = extension(
                "2.5.29.32", sequence(sequence(oid("2.5.29.32.0") + sequence(qualifier)))
            );
        });
    };
    const auto statement = oid("1.3.6.1.5.5.7.2.1") + tlv(0x16, "https://a.org/policy");
    const auto notice = oid("1.3.6.1.5.5.7.2.2") + sequence(tlv(0x0c, "K\xc3\xb6ln"));
    const std::function<LintReport()> right[] = {
        policy(sequence(statement)),
        policy(sequence(statement) + sequence(notice)),
        leaf([](auto& p) {
            p.more = extension(
                "2.5.29.18",
                sequence(
                    tlv(0x86, "https://[::1]:8443/x") + tlv(0x81, "a@b.org") + tlv(0x82, "b.org")
                )
            );
        }),
        leaf([](auto& p) {
            p.names = extension(
                "2.5.29.17",
                sequence(
                    tlv(0x82, "a.example.org") + tlv(0x82, "xn--mnchen-3ya.de") +
                    tlv(0x86, "spiffe://trust_domain/role") + tlv(0x86, "urn:x:y")
                )
            );
        }),
        leaf([](auto& p) { p.issuer = test::name("K\xc3\xb6ln & S\xc3\xb6hne; Gew\xc3\xbcrze"); }),
        leaf([](auto& p) {
            const auto place = tlv(0xa0, tlv(0xa0, tlv(0x86, "http://a.org/c")));
            p.more = extension("2.5.29.31", sequence(sequence(place)));
        }),
        leaf([](auto& p) {
            p.more = extension("1.3.6.1.4.1.11129.2.4.2", test::octet_string("timestamp"));
        }),
        root([](auto& p) { p.names = extension("2.5.29.17", sequence(tlv(0x82, "a.org"))); })};
    for (const auto& lint : right) {
        const LintReport report = lint();
        for (const LintFinding& finding : report.findings) {
            ADD_FAILURE() << finding.sentence();
        }
    }
}

TEST(LintForm, TellsAWeakKeyFromAnUnknownOne) {
    const LintReport unknown = leaf([](auto& p) {
        p.key = sequence(sequence(oid("1.3.101.113")) + test::bits(test::Octets(57, 'k')));
    })();
    EXPECT_EQ(unknown.find("key-too-weak"), nullptr);
    EXPECT_NE(unknown.find("key-kind-unfit"), nullptr);
    const LintReport weak = leaf([](auto& p) { p.key = test::ec_key("1.3.132.0.33"); })();
    EXPECT_NE(weak.find("key-too-weak"), nullptr);
    EXPECT_EQ(weak.find("key-kind-unfit"), nullptr);
}

TEST(LintForm, RecognisesDocumentsThatAreCutOff) {
    const auto kind_of = [](const Bytes& der) {
        return recognise_document(ByteSpan(der).first(40));
    };
    EXPECT_EQ(kind_of(CertificateParts().der()), LintKind::certificate);
    EXPECT_EQ(kind_of(ListParts().der()), LintKind::revocation_list);
    EXPECT_EQ(kind_of(test::RequestParts().der()), LintKind::request);
    EXPECT_EQ(kind_of(test::OcspParts().der()), LintKind::ocsp_response);
    CertificateParts first;
    first.version = {};
    EXPECT_EQ(kind_of(first.der()), LintKind::certificate);
    ListParts old;
    old.version = {};
    EXPECT_EQ(kind_of(old.der()), LintKind::revocation_list);
    for (std::size_t size = 0; size < 20; ++size) {
        static_cast<void>(recognise_document(ByteSpan(CertificateParts().der()).first(size)));
    }
}

// RFC 3492, section 7.1.
TEST(Punycode, DecodesTheSamplesOfItsStandard) {
    EXPECT_EQ(
        decode_punycode("ihqwcrb4cv8a8dqg056pqjye"),
        U"\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587"
    );
    EXPECT_EQ(
        decode_punycode("Proprostnemluvesky-uyb24dma41a"),
        U"Pro\u010dprost\u011bnemluv\u00ed\u010desky"
    );
    EXPECT_EQ(decode_punycode("mnchen-3ya"), U"m\u00fcnchen");
}

TEST(Punycode, RefusesWhatStandsForNothing) {
    for (const std::string_view text :
         {"",
          "-",
          "abc-",
          "9",
          "12311613412431243",
          "\xff",
          "99999999999999999999",
          "a b",
          "kva\xc3"}) {
        EXPECT_FALSE(decode_punycode(text).has_value()) << text;
    }
    EXPECT_FALSE(decode_punycode(std::string(64, 'a')).has_value());
}

}  // namespace
}  // namespace heliograph::pki
