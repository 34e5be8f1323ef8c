// SPDX-License-Identifier: Apache-2.0
// Each rule of lint is broken once, by one document that is spoilt in one place.
#include <pki/lint/lint.hpp>
#include <tests/unit/pki/lint/spoilers.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

#include <set>

namespace heliograph::pki {
namespace {

using test::bits;
using test::boolean;
using test::CertificateParts;
using test::extension;
using test::leaf;
using test::list;
using test::ListParts;
using test::number;
using test::OcspParts;
using test::octet_string;
using test::Octets;
using test::oid;
using test::request;
using test::RequestParts;
using test::response;
using test::root;
using test::sequence;
using test::Spoilers;
using test::tlv;

Octets constraints(const Octets& subtrees, bool critical = true) {
    return extension("2.5.29.30", sequence(subtrees), critical);
}
Octets permitted(const Octets& base) {
    return tlv(0xa0, sequence(base));
}

void add_field_rules(Spoilers& all) {
    all["extension-malformed"] = leaf([](auto& p) { p.usage = extension("2.5.29.15", "x", true); });
    all["extension-duplicate"] = leaf([](auto& p) { p.more = p.subject_key_id; });
    all["extension-critical-unknown"] =
        leaf([](auto& p) { p.more = extension("1.2.3.4", "x", true); });
    all["extensions-without-version-3"] = leaf([](auto& p) { p.version = {}; });
    all["version-not-3"] = leaf([](auto& p) { p.version = tlv(0xa0, number("\1")); });
    all["serial-not-positive"] = leaf([](auto& p) { p.serial = number(Octets(1, '\0')); });
    all["serial-too-long"] = leaf([](auto& p) { p.serial = number(Octets(21, '\1')); });
    all["serial-short"] = leaf([](auto& p) { p.serial = number("\1"); });
    all["root-serial"] = root([](auto& p) { p.serial = number(Octets(1, '\0')); });
    all["signature-algorithms-differ"] =
        leaf([](auto& p) { p.outer = test::algorithm("1.2.840.10045.4.3.3"); });
    all["signature-parameters"] =
        leaf([](auto& p) { p.outer = test::algorithm(test::ecdsa_sha256, tlv(5, {})); });
    all["signature-digest-weak"] =
        leaf([](auto& p) { p.outer = p.inner = test::algorithm(test::rsa_sha1, tlv(5, {})); });
    all["time-form"] = leaf([](auto& p) { p.begin = tlv(0x18, "20260101000000Z"); });
    all["validity-reversed"] = leaf([](auto& p) { p.end = tlv(0x17, "250101000000Z"); });
    all["life-long"] = leaf([](auto& p) { p.end = tlv(0x17, "270101000000Z"); });
    all["life-without-end"] = leaf([](auto& p) { p.end = tlv(0x18, "99991231235959Z"); });
    all["unique-ids"] = leaf([](auto& p) { p.unique_ids = tlv(0x81, Octets("\0x", 2)); });
    all["key-too-weak"] = leaf([](auto& p) { p.key = test::rsa_key(128); });
    all["key-kind-unsupported"] = leaf([](auto& p) { p.key = test::rsa_key(1032); });
    all["key-size-odd"] = leaf([](auto& p) { p.key = test::rsa_key(257, '\x01'); });
    all["key-point-form"] =
        leaf([](auto& p) { p.key = test::ec_key("1.2.840.10045.3.1.7", '\6'); });
    all["key-parameters"] =
        leaf([](auto& p) { p.key = test::rsa_key(256, '\x80', Octets("\1\0\1", 3), {}); });
    all["rsa-exponent"] = leaf([](auto& p) { p.key = test::rsa_key(256, '\x80', "\3"); });
    all["certificate-malformed"] = [] {
        return lint_certificate(to_bytes("no certificate"), RuleSet::rfc5280);
    };
}

void add_authority_rules(Spoilers& all) {
    all["authority-basic-constraints-not-critical"] =
        root([](auto& p) { p.basic = extension("2.5.29.19", sequence(boolean(true))); });
    all["authority-key-usage-missing"] = root([](auto& p) { p.usage = {}; });
    all["authority-key-usage-no-cert-sign"] =
        root([](auto& p) { p.usage = extension("2.5.29.15", bits("\x02", 1), true); });
    all["authority-without-list-signing"] =
        root([](auto& p) { p.usage = extension("2.5.29.15", bits("\x04", 2), true); });
    all["path-length-without-authority"] =
        leaf([](auto& p) { p.basic = extension("2.5.29.19", sequence(number("\1")), true); });
    all["leaf-signs-certificates"] =
        leaf([](auto& p) { p.usage = extension("2.5.29.15", bits("\x84", 2), true); });
    all["authority-subject-key-id-missing"] = root([](auto& p) { p.subject_key_id = {}; });
    all["subject-key-id-missing"] = leaf([](auto& p) { p.subject_key_id = {}; });
    all["subject-key-id-critical"] =
        leaf([](auto& p) { p.subject_key_id = extension("2.5.29.14", octet_string("k"), true); });
    all["authority-key-id-critical"] = leaf([](auto& p) {
        p.authority_key_id = extension("2.5.29.35", sequence(tlv(0x80, "k")), true);
    });
    all["authority-key-id-missing"] = leaf([](auto& p) { p.authority_key_id = {}; });
    all["root-authority-key-id"] = root([](auto& p) {
        p.authority_key_id = extension("2.5.29.35", sequence(tlv(0x80, "another")));
    });
    all["name-constraints-not-critical"] =
        root([](auto& p) { p.more = constraints(permitted(tlv(0x82, "a.org")), false); });
    all["name-constraints-in-leaf"] =
        leaf([](auto& p) { p.more = constraints(permitted(tlv(0x82, "a.org"))); });
    all["name-constraints-empty"] = root([](auto& p) { p.more = constraints({}); });
    all["name-constraint-malformed"] =
        root([](auto& p) { p.more = constraints(permitted(tlv(0x82, ".a.org"))); });
    all["name-constraints-half-open"] =
        root([](auto& p) { p.more = constraints(permitted(tlv(0x82, "a.org"))); });
    all["policy-constraints-not-critical"] = root([](auto& p) {
        p.more = extension("2.5.29.36", sequence(tlv(0x80, Octets(1, '\0'))));
    });
    all["inhibit-any-policy-not-critical"] =
        root([](auto& p) { p.more = extension("2.5.29.54", number(Octets(1, '\0'))); });
    all["policy-mappings-not-critical"] = root([](auto& p) {
        p.more = extension("2.5.29.33", sequence(sequence(oid("1.2.3") + oid("1.2.4"))));
    });
    all["policy-mappings-any"] = root([](auto& p) {
        p.more =
            extension("2.5.29.33", sequence(sequence(oid("2.5.29.32.0") + oid("1.2.4"))), true);
    });
    all["root-has-purposes"] = root([](auto& p) { p.purposes = CertificateParts().purposes; });
}

void add_use_rules(Spoilers& all) {
    all["key-usage-not-critical"] =
        leaf([](auto& p) { p.usage = extension("2.5.29.15", bits("\x80", 7)); });
    all["key-usage-encipherment"] =
        leaf([](auto& p) { p.usage = extension("2.5.29.15", bits("\xa0", 5), true); });
    all["key-usage-agreement"] =
        leaf([](auto& p) { p.usage = extension("2.5.29.15", bits("\x81", 0), true); });
    all["agreement-key-usage"] = leaf([](auto& p) {
        p.key = sequence(sequence(oid("1.3.101.110")) + bits(Octets(32, 'k')));
        p.usage = extension("2.5.29.15", bits("\x88", 3), true);
    });
    all["purposes-any"] =
        leaf([](auto& p) { p.purposes = extension("2.5.29.37", sequence(oid("2.5.29.37.0"))); });
    all["purposes-critical"] = leaf([](auto& p) {
        p.purposes = extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1")), true);
    });
    all["purposes-missing"] = leaf([](auto& p) { p.purposes = {}; });
    all["responder-without-no-check"] = leaf([](auto& p) {
        p.purposes = extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.9")));
    });
    const Octets point = sequence(sequence(tlv(0xa0, tlv(0xa0, tlv(0x86, "http://a.org/c")))));
    all["distribution-points-critical"] =
        leaf([point](auto& p) { p.more = extension("2.5.29.31", point, true); });
    all["freshest-list-critical"] =
        leaf([point](auto& p) { p.more = extension("2.5.29.46", point, true); });
    const Octets ocsp = oid("1.3.6.1.5.5.7.48.1");
    all["authority-access-critical"] = leaf([ocsp](auto& p) {
        p.more = extension(
            "1.3.6.1.5.5.7.1.1", sequence(sequence(ocsp + tlv(0x86, "http://a.org"))), true
        );
    });
    all["authority-access-not-uri"] = leaf([ocsp](auto& p) {
        p.more = extension("1.3.6.1.5.5.7.1.1", sequence(sequence(ocsp + tlv(0x82, "a.org"))));
    });
}

void add_name_rules(Spoilers& all) {
    const auto names = [](std::uint8_t tag, const std::string& text) {
        return leaf([tag, text](auto& p) {
            p.names = extension("2.5.29.17", sequence(tlv(0x82, "a.example.org") + tlv(tag, text)));
        });
    };
    all["issuer-empty"] = leaf([](auto& p) { p.issuer = sequence({}); });
    all["authority-subject-empty"] = root([](auto& p) { p.subject = sequence({}); });
    all["subject-and-names-empty"] = leaf([](auto& p) {
        p.subject = sequence({});
        p.names = {};
    });
    all["names-not-critical"] = leaf([](auto& p) { p.subject = sequence({}); });
    all["names-critical"] = leaf([](auto& p) {
        p.names = extension("2.5.29.17", sequence(tlv(0x82, "a.example.org")), true);
    });
    all["names-missing"] = leaf([](auto& p) { p.names = {}; });
    all["dns-name-form"] = names(0x82, "under_score.example.org");
    all["mailbox-form"] = names(0x81, "two@at@signs");
    all["uri-form"] = names(0x86, "no scheme");
    all["names-repeated"] = names(0x82, "a.example.org");
    all["common-name-not-in-names"] =
        leaf([](auto& p) { p.subject = test::name("b.example.org"); });
    all["country-form"] = leaf([](auto& p) { p.issuer = test::name("Germany", 0x13, "2.5.4.6"); });
    all["name-string-type"] = leaf([](auto& p) { p.issuer = test::name("Issuer", 0x14); });
    all["name-too-long"] = leaf([](auto& p) { p.issuer = test::name(std::string(65, 'x')); });
    all["name-blank"] = leaf([](auto& p) { p.issuer = test::name(" Issuer"); });
    all["mailbox-in-subject"] = leaf([](auto& p) {
        p.subject = test::name("a@example.org", 0x16, "1.2.840.113549.1.9.1");
    });
    all["issuer-names-critical"] =
        leaf([](auto& p) { p.more = extension("2.5.29.18", sequence(tlv(0x82, "a.org")), true); });
}

void add_list_rules(Spoilers& all) {
    all["list-malformed"] = [] { return lint_revocation_list(to_bytes("x"), RuleSet::rfc5280); };
    all["list-extension-malformed"] = list([](auto& p) { p.more = extension("2.5.29.28", "x"); });
    all["list-extension-critical-unknown"] =
        list([](auto& p) { p.more = extension("1.2.3", "x", true); });
    all["list-version-not-2"] = list([](auto& p) { p.version = {}; });
    all["list-algorithms-differ"] =
        list([](auto& p) { p.outer = test::algorithm("1.2.840.10045.4.3.3"); });
    all["list-digest-weak"] =
        list([](auto& p) { p.outer = p.inner = test::algorithm(test::rsa_sha1, tlv(5, {})); });
    all["list-issuer-empty"] = list([](auto& p) { p.issuer = sequence({}); });
    all["list-time-form"] = list([](auto& p) { p.this_update = tlv(0x18, "20260101000000Z"); });
    all["list-next-update-missing"] = list([](auto& p) { p.next_update = {}; });
    all["list-next-update-early"] =
        list([](auto& p) { p.next_update = tlv(0x17, "250101000000Z"); });
    all["list-entries-empty"] = list([](auto& p) { p.entries = sequence({}); });
    all["list-number-missing"] = list([](auto& p) { p.list_number = {}; });
    all["list-number-critical"] =
        list([](auto& p) { p.list_number = extension("2.5.29.20", number("\1"), true); });
    all["list-number-too-long"] =
        list([](auto& p) { p.list_number = extension("2.5.29.20", number(Octets(21, '\1'))); });
    all["list-authority-key-id-missing"] = list([](auto& p) { p.authority_key_id = {}; });
    all["list-delta-not-critical"] =
        list([](auto& p) { p.more = extension("2.5.29.27", number("\1")); });
    all["list-issuing-point-not-critical"] =
        list([](auto& p) { p.more = extension("2.5.29.28", sequence(tlv(0x81, "\xff"))); });
    all["list-issuing-point-empty"] =
        list([](auto& p) { p.more = extension("2.5.29.28", sequence({}), true); });
    all["list-issuing-point-conflict"] = list([](auto& p) {
        p.more = extension("2.5.29.28", sequence(tlv(0x81, "\xff") + tlv(0x82, "\xff")), true);
    });
    all["list-entry-reason"] = list([](auto& p) {
        p.entries =
            sequence(test::revoked("\1", extension("2.5.29.21", tlv(0x0a, Octets(1, '\0')))));
    });
    all["list-entry-repeated"] =
        list([](auto& p) { p.entries = sequence(test::revoked("\1") + test::revoked("\1")); });
}

void add_request_and_response_rules(Spoilers& all) {
    all["request-malformed"] = [] { return lint_request(to_bytes("x"), RuleSet::rfc5280); };
    all["request-version"] = request([](auto& p) { p.version = number("\1"); });
    all["request-signature"] = request([](auto&) {});
    all["request-digest-weak"] =
        request([](auto& p) { p.outer = test::algorithm(test::rsa_sha1, tlv(5, {})); });
    all["request-key-weak"] = request([](auto& p) { p.key = test::rsa_key(128); });
    all["request-extension-malformed"] =
        request([](auto& p) { p.extensions = extension("2.5.29.17", "x"); });
    all["request-for-authority"] = request([](auto& p) {
        p.extensions = extension("2.5.29.19", sequence(boolean(true)), true);
    });
    all["ocsp-malformed"] = [] { return lint_ocsp_response(to_bytes("x"), RuleSet::rfc5280); };
    all["ocsp-unsuccessful"] = response([](auto& p) { p.status = 6; });
    all["ocsp-digest-weak"] =
        response([](auto& p) { p.outer = test::algorithm(test::rsa_sha1, tlv(5, {})); });
    all["ocsp-answers-missing"] = response([](auto& p) { p.answers = 0; });
    all["ocsp-answers-several"] = response([](auto& p) { p.answers = 2; });
    all["ocsp-next-update-missing"] = response([](auto& p) { p.next_update.reset(); });
    all["ocsp-next-update-early"] = response([](auto& p) { p.next_update = "20250101000000Z"; });
    all["ocsp-this-update-late"] = response([](auto& p) { p.this_update = "20260102000000Z"; });
}

Spoilers all_spoilers() {
    Spoilers all;
    add_field_rules(all);
    add_authority_rules(all);
    add_use_rules(all);
    add_name_rules(all);
    add_list_rules(all);
    add_request_and_response_rules(all);
    test::add_form_spoilers(all);
    return all;
}

std::string ids_of(const LintReport& report) {
    std::string text;
    for (const LintFinding& finding : report.findings) {
        text += finding.sentence() + "\n";
    }
    return text;
}

TEST(Lint, FindsEachFaultByItsId) {
    for (const auto& [id, spoil] : all_spoilers()) {
        const LintReport report = spoil();
        EXPECT_NE(report.find(id), nullptr) << id << " is not found, but\n" << ids_of(report);
    }
}

TEST(Lint, LetsNoKeyAgreeThatOnlySigns) {
    for (const Octets& key :
         {test::rsa_key(256), sequence(sequence(oid("1.3.101.112")) + bits(Octets(32, 'k')))}) {
        const LintReport report = leaf([&key](auto& p) {
            p.key = key;
            p.usage = extension("2.5.29.15", bits("\x08", 3), true);
        })();
        EXPECT_NE(report.find("key-usage-encipherment"), nullptr) << ids_of(report);
    }
}

TEST(Lint, HasNoRuleThatNoTestBreaks) {
    // An authority without the mark of one is no authority by itself: a chain alone can show it.
    std::set<std::string> untested = {"authority-basic-constraints-missing"};
    const Spoilers spoilers = all_spoilers();
    std::set<std::string_view> seen;
    for (const LintRuleText& rule : lint_catalogue()) {
        EXPECT_TRUE(seen.insert(rule.id).second) << rule.id << " stands twice";
        EXPECT_FALSE(rule.clause.empty()) << rule.id;
        EXPECT_TRUE(
            spoilers.contains(std::string(rule.id)) || untested.contains(std::string(rule.id))
        ) << rule.id;
    }
}

TEST(Lint, FindsNothingInWhatIsRight) {
    EXPECT_EQ(ids_of(lint_certificate(CertificateParts().der(), RuleSet::webpki)), "");
    EXPECT_EQ(ids_of(lint_certificate(CertificateParts::root().der(), RuleSet::webpki)), "");
    EXPECT_EQ(ids_of(lint_revocation_list(ListParts().der(), RuleSet::webpki)), "");
    EXPECT_EQ(ids_of(lint_ocsp_response(OcspParts().der(), RuleSet::webpki)), "");
}

TEST(Lint, FindsNoErrorInWhatWeIssue) {
    test::SampleChain chain;
    for (const LeafKind kind : {LeafKind::server, LeafKind::client, LeafKind::signer}) {
        const LintReport report =
            lint_certificate(chain.leaf(kind).to_der(), RuleSet::private_authority);
        EXPECT_TRUE(report.accepted()) << ids_of(report);
    }
    for (const Certificate& authority : {chain.root, chain.intermediate}) {
        const LintReport report = lint_certificate(authority.to_der(), RuleSet::private_authority);
        EXPECT_TRUE(report.accepted()) << ids_of(report);
    }
    const LintReport report =
        lint_revocation_list(chain.list_of_root().to_der(), RuleSet::private_authority);
    EXPECT_TRUE(report.accepted()) << ids_of(report);
}

TEST(Lint, WeighsTheRulesOfThePublicWebByTheSetThatIsAskedFor) {
    CertificateParts parts;
    parts.purposes = {};
    const auto weight = [&parts](RuleSet rules) {
        const LintReport report = lint_certificate(parts.der(), rules);
        const LintFinding* const finding = report.find("purposes-missing");
        return finding == nullptr ? std::string()
                                  : std::string(lint_severity_name(finding->severity));
    };
    EXPECT_EQ(weight(RuleSet::webpki), "error");
    EXPECT_EQ(weight(RuleSet::private_authority), "notice");
}

TEST(Lint, SurvivesEveryTruncation) {
    const Bytes whole = CertificateParts().der();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const LintReport report = lint_certificate(ByteSpan(whole).first(size), RuleSet::rfc5280);
        EXPECT_NE(report.find("certificate-malformed"), nullptr) << size;
    }
}

}  // namespace
}  // namespace heliograph::pki
