// SPDX-License-Identifier: Apache-2.0
// Writes DER for tests, right or wrong, byte for byte: certificates, lists, requests and responses
// whose every field can be spoilt. Nothing is signed.
#pragma once

#include <pki/base/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki::test {

/// Octets as text, for short concatenations.
using Octets = std::string;

inline Octets tlv(std::uint8_t tag, const Octets& content) {
    Octets length;
    if (content.size() < 0x80) {
        length.push_back(static_cast<char>(content.size()));
    } else {
        for (std::size_t rest = content.size(); rest > 0; rest >>= 8U) {
            length.insert(length.begin(), static_cast<char>(rest & 0xffU));
        }
        length.insert(length.begin(), static_cast<char>(0x80U | length.size()));
    }
    return static_cast<char>(tag) + length + content;
}

inline Octets sequence(const Octets& content) {
    return tlv(0x30, content);
}

inline Octets oid(const std::string& dotted) {
    std::vector<std::uint64_t> arcs;
    for (std::size_t at = 0; at <= dotted.size();) {
        const std::size_t dot = std::min(dotted.find('.', at), dotted.size());
        arcs.push_back(std::stoull(dotted.substr(at, dot - at)));
        at = dot + 1;
    }
    arcs[1] += arcs[0] * 40;
    Octets content;
    for (std::size_t i = 1; i < arcs.size(); ++i) {
        Octets part(1, static_cast<char>(arcs[i] & 0x7fU));
        for (std::uint64_t rest = arcs[i] >> 7U; rest > 0; rest >>= 7U) {
            part.insert(part.begin(), static_cast<char>(0x80U | (rest & 0x7fU)));
        }
        content += part;
    }
    return tlv(0x06, content);
}

inline Octets boolean(bool value) {
    return tlv(0x01, Octets(1, value ? '\xff' : '\0'));
}
inline Octets octet_string(const Octets& content) {
    return tlv(0x04, content);
}
inline Octets bits(const Octets& content, char unused = 0) {
    return tlv(0x03, Octets(1, unused) + content);
}
inline Octets number(const Octets& content) {
    return tlv(0x02, content);
}

/// `CN=...` alone, of any string type.
inline Octets name(const std::string& text, std::uint8_t tag = 0x0c, const char* type = "2.5.4.3") {
    return sequence(tlv(0x31, sequence(oid(type) + tlv(tag, text))));
}

inline Octets algorithm(const char* type, const Octets& parameters = {}) {
    return sequence(oid(type) + parameters);
}
inline constexpr const char* ecdsa_sha256 = "1.2.840.10045.4.3.2";
inline constexpr const char* rsa_sha1 = "1.2.840.113549.1.1.5";

inline Octets extension(const char* type, const Octets& value, bool critical = false) {
    return sequence(oid(type) + (critical ? boolean(true) : Octets()) + octet_string(value));
}

inline Octets ec_key(const char* curve = "1.2.840.10045.3.1.7", char form = '\4') {
    const Octets point = Octets(1, form) + Octets(64, '\4');
    return sequence(algorithm("1.2.840.10045.2.1", oid(curve)) + bits(point));
}
inline Octets rsa_key(
    std::size_t octets,
    char first = '\x40',
    const Octets& exponent = Octets("\1\0\1", 3),
    const Octets& parameters = Octets("\5\0", 2)
) {
    Octets modulus(octets, '\x55');
    modulus[0] = first;
    if ((static_cast<unsigned char>(first) & 0x80U) != 0) {
        modulus.insert(modulus.begin(), '\0');
    }
    return sequence(
        algorithm("1.2.840.113549.1.1.1", parameters) +
        bits(sequence(number(modulus) + number(exponent)))
    );
}

/// What a certificate is put together from. As made here it is a server's, without any fault.
struct CertificateParts {
    Octets version = tlv(0xa0, number("\2"));
    Octets serial = number("0123456789abcdef");
    Octets inner = algorithm(ecdsa_sha256);
    Octets outer = algorithm(ecdsa_sha256);
    Octets issuer = name("Issuer");
    Octets begin = tlv(0x17, "260101000000Z");
    Octets end = tlv(0x17, "260201000000Z");
    Octets subject = name("a.example.org");
    Octets key = ec_key();
    Octets unique_ids = {};
    Octets usage = extension("2.5.29.15", bits("\x80", 7), true);
    Octets purposes = extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1")));
    Octets names = extension("2.5.29.17", sequence(tlv(0x82, "a.example.org")));
    Octets subject_key_id = extension("2.5.29.14", octet_string("subject key id"));
    Octets authority_key_id = extension("2.5.29.35", sequence(tlv(0x80, "issuer key id")));
    Octets basic = extension("2.5.29.19", sequence({}), true);
    Octets more = {};

    /// A root without any fault.
    static CertificateParts root() {
        CertificateParts parts;
        parts.issuer = name("Root");
        parts.subject = name("Root");
        parts.usage = extension("2.5.29.15", bits("\x06", 1), true);
        parts.purposes = {};
        parts.names = {};
        parts.authority_key_id = extension("2.5.29.35", sequence(tlv(0x80, "subject key id")));
        parts.basic = extension("2.5.29.19", sequence(boolean(true)), true);
        return parts;
    }

    [[nodiscard]] Bytes der() const {
        const Octets extensions =
            usage + purposes + names + subject_key_id + authority_key_id + basic + more;
        const Octets tbs = sequence(
            version + serial + inner + issuer + sequence(begin + end) + subject + key + unique_ids +
            (extensions.empty() ? Octets() : tlv(0xa3, sequence(extensions)))
        );
        return to_bytes(sequence(tbs + outer + bits("signature")));
    }
};

/// A revocation list without any fault.
struct ListParts {
    Octets version = number("\1");
    Octets inner = algorithm(ecdsa_sha256);
    Octets outer = algorithm(ecdsa_sha256);
    Octets issuer = name("Issuer");
    Octets this_update = tlv(0x17, "260101000000Z");
    Octets next_update = tlv(0x17, "260201000000Z");
    Octets entries = {};
    Octets authority_key_id = extension("2.5.29.35", sequence(tlv(0x80, "issuer key id")));
    Octets list_number = extension("2.5.29.20", number("\1"));
    Octets more = {};

    [[nodiscard]] Bytes der() const {
        const Octets extensions = authority_key_id + list_number + more;
        return to_bytes(sequence(
            sequence(
                version + inner + issuer + this_update + next_update + entries +
                tlv(0xa0, sequence(extensions))
            ) +
            outer + bits("signature")
        ));
    }
};

/// One revoked certificate.
inline Octets revoked(const Octets& serial, const Octets& extensions = {}) {
    return sequence(
        number(serial) + tlv(0x17, "260101000000Z") +
        (extensions.empty() ? Octets() : sequence(extensions))
    );
}

/// A request; its signature never fits.
struct RequestParts {
    Octets version = number(Octets(1, '\0'));
    Octets key = ec_key();
    Octets outer = algorithm(ecdsa_sha256);
    Octets extensions = {};

    [[nodiscard]] Bytes der() const {
        const Octets asked =
            extensions.empty()
                ? Octets()
                : sequence(oid("1.2.840.113549.1.9.14") + tlv(0x31, sequence(extensions)));
        return to_bytes(
            sequence(sequence(version + name("a") + key + tlv(0xa0, asked)) + outer + bits("s"))
        );
    }
};

/// An OCSP response of any number of answers.
struct OcspParts {
    char status = 0;
    Octets outer = algorithm(ecdsa_sha256);
    std::string produced = "20260101000000Z";
    std::string this_update = "20260101000000Z";
    std::optional<std::string> next_update = "20260108000000Z";
    int answers = 1;

    [[nodiscard]] Bytes der() const {
        Octets list;
        for (int i = 0; i < answers; ++i) {
            list += sequence(
                sequence(
                    algorithm("1.3.14.3.2.26") + octet_string("n") + octet_string("k") +
                    number("\1")
                ) +
                tlv(0x80, {}) + tlv(0x18, this_update) +
                (next_update ? tlv(0xa0, tlv(0x18, *next_update)) : Octets())
            );
        }
        const Octets data =
            sequence(tlv(0xa2, octet_string("key")) + tlv(0x18, produced) + sequence(list));
        const Octets basic = sequence(data + outer + bits("signature"));
        const Octets typed = sequence(oid("1.3.6.1.5.5.7.48.1.1") + octet_string(basic));
        // An error comes without an answer.
        return to_bytes(
            sequence(tlv(0x0a, Octets(1, status)) + (status == 0 ? tlv(0xa0, typed) : Octets()))
        );
    }
};

}  // namespace heliograph::pki::test
