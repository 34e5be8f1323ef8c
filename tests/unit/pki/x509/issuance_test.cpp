// SPDX-License-Identifier: Apache-2.0
// Requests, the factory for many certificates, and the profile rows beyond server, client, signer.
#include <pki/base/encoding.hpp>
#include <pki/x509/der_reader.hpp>
#include <pki/x509/der_writer.hpp>
#include <pki/x509/leaf_factory.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/request.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/lint/der_maker.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using heliograph::test::succeeded;
using heliograph::test::TempFolder;
using std::chrono::days;
using test::sample_now;
using test::SampleChain;
using test::sure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string openssl(std::vector<std::string> arguments, std::string input = "") {
    const auto outcome = test_support::run(
        {.program = "openssl", .arguments = std::move(arguments), .input = std::move(input)}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return outcome.output;
}

std::string request_with(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{
        "req", "-new", "-noenc", "-keyout", "/dev/null", "-config", "/dev/null"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return openssl(arguments);
}

const std::vector<std::string> p256{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"};

std::vector<std::string> with(std::vector<std::string> first, std::vector<std::string> second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

TEST(Request, OfTheOpensslCommandIsReadWithItsNames) {
    const auto request = sure(CertificateRequest::parse_pem(request_with(with(
        p256,
        {"-subj",
         "/CN=web",
         "-addext",
         "subjectAltName=DNS:a.example.org,IP:127.0.0.1,URI:spiffe://x/y,email:a@b.org"}
    ))));
    EXPECT_EQ(request.common_name(), "web");
    EXPECT_THAT(request.dns_names(), ElementsAre("a.example.org"));
    EXPECT_THAT(request.ip_addresses(), ElementsAre("127.0.0.1"));
    EXPECT_THAT(request.uris(), ElementsAre("spiffe://x/y"));
    EXPECT_THAT(request.email_addresses(), ElementsAre("a@b.org"));
    EXPECT_EQ(request.public_key().description(), "EC P-256");
}

TEST(Request, WithAWeakKeyOrDigestIsRefused) {
    expect_error(
        CertificateRequest::parse_pem(request_with({"-newkey", "rsa:1024", "-subj", "/CN=a"})),
        ErrorCode::unsupported
    );
    expect_error(
        CertificateRequest::parse_pem(
            request_with({"-newkey", "rsa:2048", "-sha1", "-subj", "/CN=a"})
        ),
        ErrorCode::unsupported,
        "SHA-256"
    );
}

// Others refuse what would come of it: Go reads uncompressed points alone, and hybrid ones were
// never allowed in certificates.
TEST(Request, WithAKeyThatStrictReadersRefuseIsRefused) {
    const TempFolder folder;
    for (const auto& [form, word] :
         {std::pair("uncompressed", ""), {"compressed", "RFC 5480"}, {"hybrid", "RFC 5480"}}) {
        const std::string key = folder / form;
        openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key}
        );
        openssl({"ec", "-in", key, "-conv_form", form, "-out", key + ".pem"});
        const auto request = CertificateRequest::parse_pem(
            openssl({"req", "-new", "-config", "/dev/null", "-subj", "/CN=a", "-key", key + ".pem"})
        );
        if (std::string_view(word).empty()) {
            EXPECT_TRUE(succeeded(request));
        } else {
            expect_error(request, ErrorCode::unsupported, word);
        }
    }
    for (const std::string exponent : {"3", "65535", "65537"}) {
        const auto request = CertificateRequest::parse_pem(request_with(
            {"-newkey", "rsa:2048", "-pkeyopt", "rsa_keygen_pubexp:" + exponent, "-subj", "/CN=a"}
        ));
        if (exponent == "65537") {
            EXPECT_TRUE(succeeded(request));
        } else {
            expect_error(request, ErrorCode::unsupported, "65537");
        }
    }
}

TEST(Request, HidesNoWeakDigestBehindPss) {
    const auto request_over = [](const std::string& digest) {
        return CertificateRequest::parse_pem(request_with(
            {"-newkey", "rsa:2048", digest, "-sigopt", "rsa_padding_mode:pss", "-subj", "/CN=a"}
        ));
    };
    expect_error(request_over("-sha1"), ErrorCode::unsupported, "SHA-256");
    expect_error(request_over("-sha256"), ErrorCode::unsupported, "SHA-256");
}

// One reader takes the first list and another the last.
TEST(Request, WithTwoListsOfExtensionsIsRefused) {
    const std::string pem =
        request_with(with(p256, {"-subj", "/CN=a", "-addext", "subjectAltName=DNS:good.localhost"})
        );
    const Bytes der = to_bytes(openssl({"req", "-outform", "DER"}, pem));
    DerReader whole(sure(read_der(der, der_tag::sequence, "a request")).content);
    DerReader info(sure(whole.next()).content);
    test::Octets parts;
    for (int i = 0; i < 3; ++i) {  // Version, subject, key.
        parts += text_of(sure(info.next()).whole);
    }
    const test::Octets list(text_of(sure(info.next()).content));
    test::Octets signature;
    for (int i = 0; i < 2; ++i) {  // Algorithm and bits.
        signature += text_of(sure(whole.next()).whole);
    }
    const auto with_attributes = [&](const test::Octets& attributes) {
        return to_bytes(
            test::sequence(test::sequence(parts + test::tlv(0xa0, attributes)) + signature)
        );
    };
    EXPECT_EQ(with_attributes(list), der);
    const Bytes altered = with_attributes(list + list);
    expect_error(CertificateRequest::parse_der(altered), ErrorCode::malformed, "one list");
}

TEST(Request, ThatAsksToBeAnAuthorityIsRefused) {
    expect_error(
        CertificateRequest::parse_pem(request_with(
            with(p256, {"-subj", "/CN=a", "-addext", "basicConstraints=critical,CA:TRUE"})
        )),
        ErrorCode::malformed,
        "authority"
    );
}

TEST(Request, WithOneFlippedBitOrATailIsRefused) {
    const std::string pem = request_with(with(p256, {"-subj", "/CN=web"}));
    const std::string der = openssl({"req", "-outform", "DER"}, pem);
    ASSERT_TRUE(succeeded(CertificateRequest::parse_der(bytes_of(der))));
    for (std::size_t at = 0; at < der.size(); ++at) {
        std::string flipped = der;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        EXPECT_FALSE(CertificateRequest::parse_der(bytes_of(flipped)).has_value()) << at;
        EXPECT_FALSE(CertificateRequest::parse_der(bytes_of(der.substr(0, at))).has_value()) << at;
    }
    expect_error(CertificateRequest::parse_der(bytes_of(der + "x")), ErrorCode::malformed);
    expect_error(CertificateRequest::parse_pem(pem + pem), ErrorCode::malformed);
    expect_error(CertificateRequest::parse_pem("nothing"), ErrorCode::malformed, "none");
    expect_error(
        CertificateRequest::parse_der(Bytes(request_limit_bytes + 1)), ErrorCode::too_large
    );
}

LeafProfile keyless(SampleChain& chain, LeafKind kind) {
    LeafProfile profile = chain.profile(kind);
    profile.subject_key.reset();
    return profile;
}

// What both ways of signing must agree on: everything but serial and key.
std::string without_key_and_serial(const Certificate& certificate) {
    std::string text = openssl(
        {"x509", "-noout", "-text", "-certopt", "no_pubkey,no_serial,no_sigdump"},
        certificate.to_pem()
    );
    const auto at = text.find("X509v3 Subject Key Identifier");
    EXPECT_NE(at, std::string::npos);
    return text.erase(at, text.find("X509v3 Authority", at) - at);
}

TEST(LeafFactory, MakesTheSameCertificateAsTheSingleWay) {
    SampleChain chain;
    auto factory =
        sure(LeafFactory::open({chain.intermediate, chain.intermediate_key}, chain.root));
    for (const LeafKind kind : {LeafKind::server, LeafKind::client, LeafKind::signer}) {
        const MadeLeaf made = sure(factory.make(keyless(chain, kind)));
        const Certificate leaf = sure(Certificate::parse_pem(made.certificate_pem));
        EXPECT_EQ(leaf.to_der(), made.der);
        EXPECT_EQ(leaf.serial_hex(), made.serial_hex);
        EXPECT_EQ(leaf.fingerprint(), made.fingerprint);
        EXPECT_EQ(without_key_and_serial(leaf), without_key_and_serial(chain.leaf(kind)));
    }
}

TEST(LeafFactory, KeysBelongToTheirCertificatesAndAreNeverTheSame) {
    SampleChain chain;
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::ed25519}) {
        auto factory =
            sure(LeafFactory::open({chain.intermediate, chain.intermediate_key}, chain.root, type));
        std::set<std::string> serials;
        std::set<std::string> keys;
        for (int i = 0; i < 20; ++i) {
            const MadeLeaf made = sure(factory.make(keyless(chain, LeafKind::server)));
            auto key = sure(PrivateKey::parse_pem(made.key_pem.expose()));
            const Certificate leaf = sure(Certificate::parse_der(made.der));
            EXPECT_EQ(key.public_key(), leaf.public_key());
            EXPECT_EQ(text_of(key.to_pem().expose()), text_of(made.key_pem.expose()));
            serials.insert(made.serial_hex);
            keys.insert(leaf.public_key().to_pem());
        }
        EXPECT_EQ(serials.size(), 20U);
        EXPECT_EQ(keys.size(), 20U);
    }
}

TEST(LeafFactory, RefusesForEveryCertificateWhatTheAuthorityMayNotVouchFor) {
    SampleChain chain;
    auto factory =
        sure(LeafFactory::open({chain.intermediate, chain.intermediate_key}, chain.root));
    LeafProfile profile = keyless(chain, LeafKind::server);
    profile.common_name.clear();
    ASSERT_TRUE(succeeded(factory.make(profile)));
    profile.dns = {"www.example.com"};
    expect_error(factory.make(profile), ErrorCode::invalid_argument, "may vouch for");
    expect_error(factory.check(profile), ErrorCode::invalid_argument, "may vouch for");
    profile.dns = {"notlocalhost"};
    expect_error(factory.make(profile), ErrorCode::invalid_argument, "may vouch for");
    profile.dns = {"localhost"};
    profile.ip = {"10.0.0.1"};
    expect_error(factory.make(profile), ErrorCode::invalid_argument, "10.0.0.1");
    profile.ip = {};
    profile.validity.not_after += days(4000);
    expect_error(factory.make(profile), ErrorCode::invalid_argument, "fewer days");
}

TEST(Profile, OfAPeerServesBothSides) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::server);
    wanted.kind = LeafKind::peer;
    wanted.uri = {"spiffe://sample/peer/a"};
    const Certificate peer = sure(chain.issue(wanted));
    EXPECT_THAT(
        peer.extended_key_usages(),
        ElementsAre(ExtendedKeyUsage::server_auth, ExtendedKeyUsage::client_auth)
    );
    EXPECT_THAT(peer.uris(), ElementsAre("spiffe://sample/peer/a"));
}

TEST(Profile, OfARecipientAgreesOnSecretsAndProvesNobody) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::signer);
    wanted.kind = LeafKind::recipient;
    wanted.email = {"a@example.org"};
    for (const KeyType type : {KeyType::x25519, KeyType::p256}) {
        wanted.subject_key = sure(PrivateKey::generate(type)).public_key();
        const Certificate leaf = sure(chain.issue(wanted));
        const std::string text = openssl({"x509", "-noout", "-text"}, leaf.to_pem());
        EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Key Agreement\n"));
        EXPECT_THAT(text, HasSubstr("E-mail Protection"));
        ChainRequest request = chain.request(LeafKind::signer);
        request.leaf = leaf;
        for (const auto& [purpose, good] :
             {std::pair(ChainPurpose::recipient, true),
              std::pair(ChainPurpose::server, false),
              std::pair(ChainPurpose::client, false),
              std::pair(ChainPurpose::signer, false)}) {
            request.purpose = purpose;
            EXPECT_EQ(sure(check_chain(request)).accepted(), good);
        }
    }
    ChainRequest server = chain.request(LeafKind::server);
    server.purpose = ChainPurpose::recipient;
    const ChainReport refused = sure(check_chain(server));
    EXPECT_THAT(refused.summary(), HasSubstr("keyAgreement"));
    EXPECT_THAT(refused.summary(), HasSubstr("other extended key usages"));
    // A key that signs nothing is good for nothing else.
    wanted = chain.profile(LeafKind::server);
    wanted.subject_key = sure(PrivateKey::generate(KeyType::x25519)).public_key();
    expect_error(chain.issue(wanted), ErrorCode::invalid_argument, "X25519");
}

TEST(Profile, OfAResponderIsNotToBeCheckedForRevocation) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::signer);
    wanted.kind = LeafKind::ocsp;
    wanted.urls.revocation_list = "http://pki.example.org/a.crl";
    const std::string text =
        openssl({"x509", "-noout", "-text"}, sure(chain.issue(wanted)).to_pem());
    EXPECT_THAT(text, HasSubstr("OCSP Signing"));
    EXPECT_THAT(text, HasSubstr("OCSP No Check"));
    EXPECT_THAT(text, Not(HasSubstr("CRL Distribution")));
}

TEST(Profile, NamesWhereListsAndIssuersAre) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::client);
    wanted.email = {"build@EXAMPLE.org"};
    wanted.urls = {
        .revocation_list = "http://pki.example.org/a.crl",
        .issuer = "http://pki.example.org/a.crt",
        .ocsp = "http://pki.example.org/ocsp"};
    const Certificate leaf = sure(chain.issue(wanted));
    EXPECT_THAT(leaf.email_addresses(), ElementsAre("build@example.org"));
    const std::string text = openssl({"x509", "-noout", "-text"}, leaf.to_pem());
    EXPECT_THAT(text, HasSubstr("URI:http://pki.example.org/a.crl"));
    EXPECT_THAT(text, HasSubstr("CA Issuers - URI:http://pki.example.org/a.crt"));
    EXPECT_THAT(text, HasSubstr("OCSP - URI:http://pki.example.org/ocsp"));
}

TEST(Profile, KeepsIdentitiesInsideThePermittedHosts) {
    NameConstraints constraints = loopback_constraints();
    constraints.uri = {"sample", ".example.org"};
    SampleChain chain{constraints};
    EXPECT_THAT(sure(constraints_of(chain.root)).uri, ElementsAre("sample", ".example.org"));
    LeafProfile wanted = chain.profile(LeafKind::client);
    EXPECT_TRUE(succeeded(chain.issue(wanted)));
    wanted.uri = {"spiffe://a.example.org/x"};
    EXPECT_TRUE(succeeded(chain.issue(wanted)));
    wanted.uri = {"spiffe://example.com/x"};
    expect_error(chain.issue(wanted), ErrorCode::invalid_argument, "example.com");
}

TEST(Profile, RefusesMailAddressesThatAreNone) {
    SampleChain chain;
    for (const char* bad :
         {"a", "@b.org", "a@", "a@b@c.org", "a b@c.org", ".a@b.org", "a..b@c.org"}) {
        LeafProfile wanted = chain.profile(LeafKind::client);
        wanted.email = {bad};
        expect_error(chain.issue(wanted), ErrorCode::invalid_argument, "e-mail");
    }
}

TEST(Profile, IsSignedOnlyWhileItsIssuerIsValid) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::signer);
    wanted.validity = validity_from(sample_now - days(10), days(90));
    expect_error(chain.issue(wanted), ErrorCode::stale, "set the clock");
    wanted.validity = validity_from(sample_now + days(2000), days(90));
    expect_error(chain.issue(wanted), ErrorCode::stale, "pki rollover");
}

TEST(CrossCertificate, BridgesBothWays) {
    SampleChain old_chain;
    SampleChain new_chain;
    const auto life = validity_from(sample_now, days(365));
    const Certificate bridge =
        sure(make_cross_certificate(new_chain.root, {old_chain.root, old_chain.root_key}, life));
    const ChainReport report = sure(check_chain(
        {.leaf = new_chain.leaf(LeafKind::server),
         .intermediates = {new_chain.intermediate, bridge},
         .roots = {old_chain.root},
         .revocation_lists = {},
         .purpose = ChainPurpose::server,
         .at = sample_now,
         .revocation = RevocationPolicy::not_checked}
    ));
    EXPECT_TRUE(report.accepted()) << report.summary();
    expect_error(
        make_cross_certificate(new_chain.intermediate, {old_chain.root, old_chain.root_key}, life),
        ErrorCode::invalid_argument
    );
}

TEST(CrossCertificate, KeepsWhatItsSubjectExcludes) {
    const std::string limits =
        "nameConstraints=critical,permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0,"
        "excluded;DNS:bad.localhost,excluded;email:example.org";
    const std::string pem = openssl(
        {"req",
         "-x509",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:P-256",
         "-noenc",
         "-keyout",
         "/dev/null",
         "-config",
         "/dev/null",
         "-subj",
         "/CN=Other Root",
         "-days",
         "900",
         "-addext",
         "basicConstraints=critical,CA:TRUE",
         "-addext",
         limits}
    );
    const Certificate subject =
        sure(Certificate::parse_pem(pem.substr(pem.find("-----BEGIN CERT"))));
    SampleChain chain;
    const Certificate bridge = sure(make_cross_certificate(
        subject, {chain.root, chain.root_key}, validity_from(sample_now, days(300))
    ));
    const std::string text = openssl({"x509", "-noout", "-text"}, bridge.to_pem());
    EXPECT_THAT(text, HasSubstr("Name Constraints: critical"));
    EXPECT_THAT(text, HasSubstr("Excluded:\n                  DNS:bad.localhost"));
    EXPECT_THAT(text, HasSubstr("email:example.org"));
}

TEST(DerWriter, WritesShortestLengthsAndTimesOfBothForms) {
    DerWriter out;
    out.nest(DerTag::sequence, [&] { out.element(DerTag::octet_string, Bytes(200)); });
    EXPECT_EQ(encode_hex(ByteSpan(out.bytes()).first(6)), "3081cb0481c8");
    DerWriter large;
    large.nest(DerTag::sequence, [&] { large.element(DerTag::octet_string, Bytes(70'000)); });
    EXPECT_EQ(
        encode_hex(ByteSpan(large.bytes()).first(10)),
        "308301117504830111"
        "70"
    );
    DerWriter numbers;
    numbers.unsigned_integer(sure(decode_hex("0000ff")));
    numbers.small_integer(0);
    EXPECT_EQ(encode_hex(numbers.bytes()), "020200ff020100");
    DerWriter times;
    times.time(sample_now);
    times.time(std::chrono::sys_days(std::chrono::January / 1 / 2050));
    EXPECT_EQ(
        std::string(text_of(times.bytes())),
        "\x17\x0d"
        "260102030405Z"
        "\x18\x0f"
        "20500101000000Z"
    );
}

}  // namespace
}  // namespace heliograph::pki
