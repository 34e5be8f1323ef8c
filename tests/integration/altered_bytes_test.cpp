// SPDX-License-Identifier: Apache-2.0
// Threats T1 to T4 against the real fetch: altered files, altered pages, pages of another project,
// old pages.
#include <tests/integration/adversary.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/support/test_authority.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Target signature = Target::below("/serversig/sample");

class AlteredFile : public AdversaryTest {};
class AlteredPage : public AdversaryTest {};
class ForeignPage : public AdversaryTest {};
class OldPage : public AdversaryTest {};

TEST_F(AlteredFile, IsRefusedAndFetchedElsewhere) {
    const Target file = Target::path(m_file);
    expect_refuted({
        {"one bit", [&](auto& liar) { liar.flip_byte(file); }, "file-hash-mismatch", 1},
        {"another valid wheel", [&](auto& liar) { liar.swap(file, m_other_file); }, "file-", 1},
        {"empty", [&](auto& liar) { liar.say(file, ok("")); }, "file-length-mismatch", 1},
        {"one byte more",
         [&](auto& liar) { liar.say(file, ok(m_wheel + "x")); },
         "file-length-mismatch",
         1},
        {"one byte less",
         [&](auto& liar) { liar.say(file, ok(m_wheel.substr(1))); },
         "file-length-mismatch",
         1},
    });
}

TEST_F(AlteredPage, IsRefusedWhateverIsAltered) {
    const std::string digest = sha256_hex(m_wheel);
    const std::string forged = sha256_hex(m_other);
    expect_refuted({
        {"hash",
         [&](auto& liar) { liar.edit(sample_page, digest, forged); },
         "page-signature-invalid",
         1},
        {"requires-python",
         [&](auto& liar) { liar.edit(sample_page, "3.8", "2.7"); },
         "page-signature-invalid",
         1},
        {"file name",
         [&](auto& liar) { liar.edit(sample_page, m_name, "sample-9.9-py3-none-any.whl"); },
         "page-signature-invalid",
         1},
        {"one bit", [&](auto& liar) { liar.flip_byte(sample_page); }, "page-", 1},
        {"a space at the end",
         [&](auto& liar) { liar.alter(sample_page, [](Reply& reply) { reply.body += ' '; }); },
         "page-signature-invalid",
         1},
        {"truncated, length right",
         [&](auto& liar) {
             liar.alter(sample_page, [](Reply& reply) {
                 reply.body.resize(reply.body.size() / 2);
             });
         },
         "page-",
         1},
    });
}

TEST_F(AlteredPage, IsRefusedWhateverHappensToItsSignature) {
    expect_refuted({
        {"no signature", [&](auto& liar) { liar.hide(signature); }, "page-signature-missing", 4},
        {"one bit", [&](auto& liar) { liar.flip_byte(signature); }, "page-signature-invalid", 1},
        {"empty", [&](auto& liar) { liar.say(signature, ok("")); }, "page-signature-", 1},
        {"not DER",
         [&](auto& liar) { liar.say(signature, ok("no signature")); },
         "page-signature-invalid",
         1},
        {"of another project",
         [&](auto& liar) {
             liar.alter(signature, [&](Reply& reply) {
                 reply.body = sign_with(TestAuthority().issue().key_pem, "another page");
             });
         },
         "page-signature-invalid",
         1},
        {"no signer",
         [&](auto& liar) { liar.hide(Target::path("/serverkey.crt")); },
         "signer-chain-missing",
         4},
        {"no revocation list",
         [&](auto& liar) { liar.hide(Target::path("/serverkey.crl")); },
         "revocation-missing",
         4},
    });
}

/// The liar has keys of its own and signs its page well; only the root is missing.
TEST_F(AlteredPage, IsRefusedWhenAStrangerSignedIt) {
    const TestAuthority stranger("Heliograph Root");
    const TlsIdentity signer =
        stranger.issue({.purpose = Purpose::signer, .common_name = "page-signer"});
    const auto sign_as = [&](LyingMirror& liar, const TlsIdentity& who) {
        // Every page gets a new hash for the wheel, and a true signature by the wrong key.
        const std::string base = m_master->url();
        liar.edit(sample_page, sha256_hex(m_wheel), sha256_hex(m_other));
        liar.say(Target::path("/serverkey.crt"), ok(who.chain_pem));
        for (const auto& [path, accept] : Headers{
                 {"/serversig/sample", "text/html"},
                 {"/serversig/sample.json", "application/vnd.pypi.simple.v1+json"}}) {
            std::string body = plain_get(liar.url(), "/simple/sample/", {{"Accept", accept}}).body;
            liar.say(Target::path(path), ok(sign_with(who.key_pem, body)));
        }
    };
    expect_refuted(
        {"a stranger's signature",
         [&](auto& liar) { sign_as(liar, signer); },
         "signer-chain-untrusted",
         1}
    );
    // The household's own TLS server key is no page signer.
    expect_refuted(
        {"the server certificate's signature",
         [&](auto& liar) { sign_as(liar, m_house.server_identity()); },
         "signer-wrong-purpose",
         1}
    );
}

TEST_F(ForeignPage, IsRefusedThoughItsSignatureIsGood) {
    expect_refuted(
        {"page and signature of another project",
         [&](auto& liar) {
             liar.swap(sample_page, "/simple/other/");
             liar.swap(Target::path("/serversig/sample"), "/serversig/other");
             liar.swap(Target::path("/serversig/sample.json"), "/serversig/other.json");
         },
         "page-name-mismatch",
         1}
    );
}

TEST_F(OldPage, IsRefusedByAClientThatSawANewerOne) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.remember();
    const Fetched first = m_house.fetch({liar.url()}, {"--verify", "sample"});
    EXPECT_EQ(first.outcome.exit_code, 0) << first.outcome.errors;
    liar.replay();

    const auto newer = m_house.make_wheel({.name = "sample", .version = "1.1"});
    m_house.must("mirror", {"add", "--dir", "master", newer});
    const std::map<std::string, std::string> right{{newer.filename(), read_text(newer)}};
    EXPECT_EQ(m_house.fetch_again({m_master->url()}, {"--verify", "sample"}).files, right);

    const Fetched saved =
        m_house.fetch_again({liar.url(), m_master->url()}, {"--verify", "sample"});
    EXPECT_EQ(saved.outcome.exit_code, 0);
    EXPECT_EQ(saved.files, right);
    EXPECT_THAT(saved.outcome.errors, HasSubstr("page-serial-rollback"));

    const Fetched alone = m_house.fetch_again({liar.url()}, {"--verify", "sample"});
    EXPECT_EQ(alone.outcome.exit_code, 1);
    EXPECT_THAT(alone.files, IsEmpty());
    EXPECT_THAT(alone.outcome.errors, HasSubstr(liar.url()));
}

}  // namespace
}  // namespace heliograph::test_support
