// SPDX-License-Identifier: Apache-2.0
// The shape rules about keys: algorithm, size, and how they are written.
#include <pki/x509/shape_rule.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace heliograph::pki {

namespace {

using KeyFlaw = std::optional<std::string>;

KeyFlaw key_flaw_when(bool condition, std::string_view seen) {
    return condition ? KeyFlaw(std::string(seen)) : KeyFlaw();
}

// P-192, P-224, and the curves of less than 256 bits in SEC 2.
bool is_small_curve(std::string_view curve) {
    constexpr std::string_view small[] = {
        "1.2.840.10045.3.1.1",
        "1.3.132.0.33",
        "1.3.132.0.6",
        "1.3.132.0.7",
        "1.3.132.0.28",
        "1.3.132.0.29",
        "1.3.132.0.9",
        "1.3.132.0.8",
        "1.3.132.0.30",
        "1.3.132.0.31",
        "1.3.132.0.32"};
    return std::find(std::begin(small), std::end(small), curve) != std::end(small);
}

KeyFlaw small_key(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    switch (facts.kind) {
        case KeyFacts::Kind::rsa:
            return key_flaw_when(
                facts.is_well_formed && facts.bits < 2048,
                "RSA of " + std::to_string(facts.bits) + " bits"
            );
        case KeyFacts::Kind::ec:
            return key_flaw_when(is_small_curve(facts.curve), "the curve " + facts.curve);
        case KeyFacts::Kind::ed25519:
        case KeyFacts::Kind::x25519:
        case KeyFacts::Kind::other:
            break;
    }
    return {};
}

// As strong as any, perhaps, but of no use to those who know the common kinds alone.
KeyFlaw unfit_key(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    switch (facts.kind) {
        case KeyFacts::Kind::rsa:
        case KeyFacts::Kind::ed25519:
            return key_flaw_when(!facts.is_well_formed, "a key in another form");
        case KeyFacts::Kind::ec: {
            const bool named = facts.curve == "1.2.840.10045.3.1.7" ||
                               facts.curve == "1.3.132.0.34" || facts.curve == "1.3.132.0.35" ||
                               is_small_curve(facts.curve);
            return key_flaw_when(
                !named,
                facts.curve.empty() ? "explicit curve parameters" : "the curve " + facts.curve
            );
        }
        case KeyFacts::Kind::x25519:
            // Nobody proves himself with it (RFC 8410, section 5).
            return key_flaw_when(
                (subject.where & position::leaf) == 0 ||
                    !subject.fields.has_usage(usage_bit::key_agreement) || !facts.is_well_formed,
                "X25519 for another use than key agreement"
            );
        case KeyFacts::Kind::other:
            break;
    }
    return "a key of the algorithm " + subject.fields.key_algorithm.oid;
}

// What path validation cannot check the signatures of, wherever it stands.
KeyFlaw unchecked_key(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    constexpr unsigned longest_rsa_bits = 8192;
    if (facts.kind == KeyFacts::Kind::ec && facts.curve == "1.3.132.0.35") {
        return "EC P-521";
    }
    return key_flaw_when(
        facts.kind == KeyFacts::Kind::rsa && facts.bits > longest_rsa_bits,
        "RSA of " + std::to_string(facts.bits) + " bits"
    );
}

// The first octet says how a point is written (SEC 1, section 2.3.3).
KeyFlaw odd_point(const ShapeSubject& subject) {
    const bool ec = key_facts(subject.fields).kind == KeyFacts::Kind::ec;
    const ByteSpan point = subject.fields.key;
    return key_flaw_when(
        ec && (point.empty() || point.front() != std::byte{4}),
        point.empty()                                       ? "no point"
        : (point.front() & std::byte{0xfe}) == std::byte{2} ? "a compressed one"
                                                            : "a hybrid one, or another"
    );
}

KeyFlaw odd_key(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    return key_flaw_when(
        facts.kind == KeyFacts::Kind::rsa && facts.bits % 8 != 0,
        "RSA of " + std::to_string(facts.bits) + " bits"
    );
}

using Code = ChainDefectCode;

constexpr auto key_table = std::to_array<ShapeRule>({
    {"key-too-weak",
     "RFC 5480 section 2.1.1, NIST SP 800-57",
     Code::weak_key,
     rules_of::strict,
     position::every,
     "an RSA key from 2048 bits, or an EC key from P-256",
     small_key},
    {"key-kind-unfit",
     "RFC 5480 section 2.1.1, RFC 8410 section 5",
     Code::weak_key,
     rules_of::strict,
     position::every,
     "a key of RSA, on P-256, P-384 or P-521, of Ed25519, or of X25519 for key agreement",
     unfit_key},
    {"key-kind-unsupported",
     "RFC 5280 section 6.1.3, CA/B Forum BR section 6.1.5",
     Code::weak_key,
     rules_of::all,
     position::every,
     "a key that clients check everywhere: EC on P-256 or P-384, RSA up to 8192 bits, Ed25519 or "
     "X25519",
     unchecked_key},
    {"key-point-form",
     "RFC 5480 section 2.2",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "an EC key as an uncompressed point",
     odd_point},
    {"key-size-odd",
     "CA/B Forum BR section 6.1.5",
     Code::weak_key,
     rules_of::webpki,
     position::every,
     "an RSA modulus of whole octets",
     odd_key},
});

}  // namespace

KeyFacts key_facts(const CertificateFields& fields) {
    KeyFacts facts;
    const std::string& type = fields.key_algorithm.oid;
    if (type == "1.3.101.112") {
        facts.kind = KeyFacts::Kind::ed25519;
        facts.is_well_formed = fields.key.size() == 32;
    } else if (type == oid::x25519) {
        facts.kind = KeyFacts::Kind::x25519;
        facts.is_well_formed = fields.key.size() == 32;
    } else if (type == "1.2.840.10045.2.1") {
        facts.kind = KeyFacts::Kind::ec;
        const auto curve = read_der(fields.key_algorithm.parameters, der_tag::object_id, "a curve");
        if (curve) {
            facts.curve = der_object_id(*curve).value_or(std::string());
        }
    } else if (type == "1.2.840.113549.1.1.1") {
        facts.kind = KeyFacts::Kind::rsa;
        facts.is_well_formed = false;
        const auto whole = read_der(fields.key, der_tag::sequence, "an RSA key");
        DerReader reader(whole ? whole->content : ByteSpan());
        const auto modulus = reader.expect(der_tag::integer, "a modulus");
        const auto exponent = reader.expect(der_tag::integer, "an exponent");
        if (!whole || !modulus || !exponent || !reader.at_end()) {
            return facts;
        }
        ByteSpan number = modulus->content;
        while (!number.empty() && number.front() == std::byte{0}) {
            number = number.subspan(1);
        }
        facts.bits = static_cast<unsigned>(number.size() * 8);
        for (unsigned mask = 0x80U; !number.empty() && mask != 0; mask >>= 1U) {
            if ((std::to_integer<unsigned>(number.front()) & mask) != 0) {
                break;
            }
            --facts.bits;
        }
        for (const std::byte octet : exponent->content) {
            facts.exponent = (facts.exponent << 8U) | std::to_integer<std::uint64_t>(octet);
        }
        facts.is_well_formed = true;
    }
    return facts;
}

std::span<const ShapeRule> key_shape_rules() {
    return key_table;
}

}  // namespace heliograph::pki
