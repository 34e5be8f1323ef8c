// SPDX-License-Identifier: Apache-2.0
#include <tests/unit/pki/lint/spoilers.hpp>

namespace heliograph::pki::test {

namespace {

Octets attribute(const std::string& text, const char* type = "2.5.4.3", std::uint8_t tag = 0x0c) {
    return sequence(oid(type) + tlv(tag, text));
}

/// A policy with a user notice, or with what else is given.
Octets policies(const Octets& qualifier, const char* policy = "1.2.3.4") {
    return extension("2.5.29.32", sequence(sequence(oid(policy) + sequence(qualifier))));
}
Octets notice(const Octets& content) {
    return sequence(oid("1.3.6.1.5.5.7.2.2") + sequence(content));
}

void add_encoding_spoilers(Spoilers& all) {
    all["name-relative-empty"] = leaf([](auto& p) { p.issuer = sequence(tlv(0x31, {})); });
    all["name-characters"] = leaf([](auto& p) { p.issuer = name("Issuer & Co", 0x13); });
    all["extensions-empty"] = leaf([](auto& p) {
        p.usage = p.purposes = p.names = p.subject_key_id = p.authority_key_id = p.basic = {};
        p.unique_ids = tlv(0xa3, sequence({}));
    });
    all["extension-empty"] = leaf([](auto& p) { p.more = extension("2.5.29.9", sequence({})); });
    all["default-not-omitted"] =
        leaf([](auto& p) { p.more = sequence(oid("1.2.3") + boolean(false) + octet_string("x")); });
    all["time-malformed"] = leaf([](auto& p) { p.begin = tlv(0x17, "2601010000Z"); });
    const Octets none = extension("1.3.6.1.4.1.11129.2.4.2", octet_string(Octets(2, '\0')));
    all["timestamps-empty"] = leaf([none](auto& p) { p.more = none; });
    all["timestamps-in-precertificate"] = leaf([](auto& p) {
        p.more = extension("1.3.6.1.4.1.11129.2.4.2", octet_string("timestamp")) +
                 extension("1.3.6.1.4.1.11129.2.4.3", tlv(5, {}), true);
    });
}

void add_name_spoilers(Spoilers& all) {
    all["name-long"] =
        leaf([](auto& p) { p.issuer = name(std::string(65, 'x'), 0x0c, "2.5.4.4"); });
    all["name-relative-several"] = leaf([](auto& p) {
        p.issuer = sequence(tlv(0x31, attribute("a") + attribute("b", "2.5.4.10")));
    });
    all["name-html-entity"] = leaf([](auto& p) { p.issuer = name("Pots &amp; Pans"); });
    all["name-encoded-twice"] = leaf([](auto& p) { p.issuer = name("K\xc3\x83\xc2\xb6ln"); });
    all["mailbox-not-in-names"] =
        leaf([](auto& p) { p.subject = name("a@example.org", 0x16, "1.2.840.113549.1.9.1"); });
    all["issuer-names-form"] =
        leaf([](auto& p) { p.more = extension("2.5.29.18", sequence(tlv(0x86, "http://*/x"))); });
    all["authority-names-form"] =
        root([](auto& p) { p.names = extension("2.5.29.17", sequence(tlv(0x82, ".a.org"))); });
    all["dns-name-punycode"] =
        leaf([](auto& p) { p.names = extension("2.5.29.17", sequence(tlv(0x82, "xn--9.org"))); });
    all["name-constraint-kind"] = root([](auto& p) {
        p.more = extension("2.5.29.30", sequence(tlv(0xa0, sequence(tlv(0x88, "\x2a\x03")))), true);
    });
}

void add_policy_spoilers(Spoilers& all) {
    const Octets statement = oid("1.3.6.1.5.5.7.2.1");
    all["policy-qualifier-malformed"] =
        leaf([=](auto& p) { p.more = policies(sequence(statement + number("\1"))); });
    all["policy-qualifier-of-any"] = leaf([](auto& p) {
        p.more = policies(sequence(oid("1.2.3") + tlv(5, {})), "2.5.29.32.0");
    });
    all["policy-text-ascii"] = leaf([](auto& p) { p.more = policies(notice(tlv(0x16, "Text"))); });
    all["policy-text-not-utf8"] =
        leaf([](auto& p) { p.more = policies(notice(tlv(0x1a, "Text"))); });
    all["policy-text-too-long"] =
        leaf([](auto& p) { p.more = policies(notice(tlv(0x0c, Octets(201, 't')))); });
    all["policy-text-control"] =
        leaf([](auto& p) { p.more = policies(notice(tlv(0x0c, "line\nline"))); });
    all["policy-notice-reference"] = leaf([](auto& p) {
        p.more = policies(notice(sequence(tlv(0x0c, "Us") + sequence(number("\1")))));
    });
    all["policy-mapping-not-asserted"] = root([](auto& p) {
        p.more = extension("2.5.29.33", sequence(sequence(oid("1.2.3") + oid("1.2.4"))), true);
    });
}

void add_use_spoilers(Spoilers& all) {
    all["key-usage-unnamed"] =
        leaf([](auto& p) { p.usage = extension("2.5.29.15", bits("\x80\x40", 6), true); });
    all["authority-key-usage-encipherment"] = root([](auto& p) {
        p.key = rsa_key(256);
        p.usage = extension("2.5.29.15", bits("\x26", 1), true);
    });
    all["key-usage-against-purposes"] =
        leaf([](auto& p) { p.usage = extension("2.5.29.15", bits("\xc0", 6), true); });
    all["purposes-any-critical"] = leaf([](auto& p) {
        p.purposes = extension("2.5.29.37", sequence(oid("2.5.29.37.0")), true);
    });
    all["distribution-points-not-uri"] = leaf([](auto& p) {
        const Octets place = tlv(0xa0, tlv(0xa0, tlv(0x86, "ftp://a.org/c")));
        p.more = extension("2.5.29.31", sequence(sequence(place)));
    });
    // 65521 times 65519.
    all["rsa-primes-close"] = leaf([](auto& p) {
        p.key = sequence(
            algorithm("1.2.840.113549.1.1.1", tlv(5, {})) +
            bits(sequence(number(Octets("\0\xff\xe0\0\xff", 5)) + number(Octets("\1\0\1", 3))))
        );
    });
    all["key-kind-unfit"] = leaf([](auto& p) {
        p.key = sequence(sequence(oid("1.3.101.113")) + bits(Octets(57, 'k')));
    });
}

void add_document_spoilers(Spoilers& all) {
    all["list-signature-parameters"] =
        list([](auto& p) { p.outer = p.inner = algorithm(ecdsa_sha256, tlv(5, {})); });
    all["list-issuer-relative-empty"] = list([](auto& p) { p.issuer = sequence(tlv(0x31, {})); });
    all["list-time-malformed"] =
        list([](auto& p) { p.this_update = tlv(0x17, "260101000000+0100"); });
    all["list-default-not-omitted"] =
        list([](auto& p) { p.more = sequence(oid("1.2.3") + boolean(false) + octet_string("x")); });
    all["list-extensions-empty"] = list([](auto& p) { p.authority_key_id = p.list_number = {}; });
    all["list-entry-time"] = list([](auto& p) {
        p.this_update = tlv(0x17, "251231235959Z");
        p.entries = sequence(revoked("\1"));
    });
    const Octets reason = extension("2.5.29.21", tlv(0x0a, "\1"));
    all["list-entry-extension-repeated"] =
        list([reason](auto& p) { p.entries = sequence(revoked("\1", reason + reason)); });
    const Octets written = sequence(oid("1.2.3") + boolean(false) + octet_string("x"));
    all["list-entry-default-not-omitted"] =
        list([written](auto& p) { p.entries = sequence(revoked("\1", written)); });
    const Octets bare = sequence(number("\1") + tlv(0x17, "260101000000Z") + sequence({}));
    all["list-entry-extensions-empty"] = list([bare](auto& p) { p.entries = sequence(bare); });
    all["request-key-unsupported"] = request([](auto& p) {
        p.key = sequence(sequence(oid("1.3.101.113")) + bits(Octets(57, 'k')));
    });
    all["request-form"] = request([](auto& p) {
        p.extensions = sequence(oid("1.2.3") + boolean(false) + octet_string("x"));
    });
}

}  // namespace

void add_form_spoilers(Spoilers& all) {
    add_encoding_spoilers(all);
    add_name_spoilers(all);
    add_policy_spoilers(all);
    add_use_spoilers(all);
    add_document_spoilers(all);
}

}  // namespace heliograph::pki::test
