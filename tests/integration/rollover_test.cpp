// SPDX-License-Identifier: Apache-2.0
// A signer's rollover with the real programs: clients and mirrors follow it without a gap, and a
// kill at any system call is mended by the same command.
#include <pki/x509/credential.hpp>
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/plain_client.hpp>
#include <verify/detached/server_key.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Rollover : public ::testing::Test {
  protected:
    Rollover() {
        m_house.make_master(
            {m_house.make_wheel({.name = "one"}), m_house.make_wheel({.name = "two"})}
        );
        m_house.must("pki", {"issue", "signer", "signer-2", "--dir", "pki"});
    }

    void expect_openssl_agrees(const std::string& url) {
        const auto save = [&](const std::string& path) {
            const Reply reply = plain_get(url, path);
            EXPECT_EQ(reply.status, 200) << path;
            const fs::path place = m_house / sha256_hex(path);
            std::ofstream(place, std::ios::binary) << reply.body;
            return place.string();
        };
        const auto checked = test_support::run(
            {.program = "openssl",
             .arguments =
                 {"dgst",
                  "-sha256",
                  "-verify",
                  save("/serverkey"),
                  "-signature",
                  save("/serversig/one"),
                  save("/simple/one/")}}
        );
        EXPECT_EQ(checked.output, "Verified OK\n") << checked.errors;
    }

    // Without the new signer's bundle: once its rollover was begun, pages are signed by no other.
    void expect_no_step_back(const fs::path& root) {
        const std::string master = root / "master";
        const bool is_taken = read_text(master + "/keys/signer.pem") !=
                              read_text(m_house / "master" / "keys" / "signer.pem");
        // Its note comes before anything is announced.
        if (is_taken || !fs::exists(master + "/resign.json")) {
            return;
        }
        const auto status = m_house.must("mirror", {"status", "--dir", master});
        const bool is_begun = status.output.find("CN=signer-2") != std::string::npos;
        const auto plain = m_house.run("mirror", {"resign", "--dir", master});
        EXPECT_EQ(plain.exit_code, is_begun ? 7 : 0) << plain.errors;
        EXPECT_EQ(plain.errors.find("mirror resign --signer") != std::string::npos, is_begun);
    }

    Household m_house;
    const std::string m_next = "pki/issued/signer-2/bundle.pem";
};

TEST_F(Rollover, ClientsAndMirrorsFollowWithoutAGap) {
    auto master = m_house.serve("master");
    m_house.make_mirror("mirror", master.url());
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    auto mirror = m_house.serve("mirror");
    const auto old_signature = plain_get(mirror.url(), "/serversig/one").body;

    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    expect_openssl_agrees(master.url());
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);
    EXPECT_EQ(m_house.fetch({mirror.url()}, {"--verify", "one"}).outcome.exit_code, 0)
        << "a mirror that has not followed yet is no worse";

    m_house.must("mirror", {"sync", "--dir", "mirror"});
    EXPECT_NE(plain_get(mirror.url(), "/serversig/one").body, old_signature);
    EXPECT_EQ(
        plain_get(mirror.url(), "/serversig/one").body,
        plain_get(master.url(), "/serversig/one").body
    );
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    for (const auto& url : {master.url(), mirror.url()}) {
        EXPECT_EQ(m_house.fetch({url}, {"--verify", "two"}).outcome.exit_code, 0);
    }
    m_house.must("mirror", {"verify", "--dir", "master"});
    m_house.must("mirror", {"verify", "--dir", "mirror"});
}

// A client of PEP 381 pins the key at /serverkey: with its name it finds the signature by that key
// until the overlap is ended, and without it the one by the key that is at /serverkey.
TEST_F(Rollover, LeavesWhoeverPinnedOneKeyItsSignatureUntilTheOverlapEnds) {
    auto master = m_house.serve("master");
    const auto key_name = [&] {
        const auto key = pki::PublicKey::parse_pem(plain_get(master.url(), "/serverkey").body);
        return verify::key_id(key.value()).to_hex();
    };
    const auto get = [&](const std::string& place) { return plain_get(master.url(), place); };
    const auto former = key_name();
    const std::vector<std::string> places{"/serversig/one", "/serversig/one.json"};
    std::vector<std::string> by_former;
    for (const auto& place : places) {
        by_former.push_back(get(place).body);
        EXPECT_EQ(get(place + "." + former).body, by_former.back()) << place;
        EXPECT_EQ(get(place + "." + std::string(64, 'a')).status, 404);
    }
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    const auto next = key_name();
    EXPECT_NE(next, former);
    m_house.must("mirror", {"export", "--dir", "master", "tree"});
    for (std::size_t at = 0; at < places.size(); ++at) {
        const auto& place = places[at];
        EXPECT_EQ(get(place + "." + former).body, by_former[at]) << "byte for byte, " << place;
        EXPECT_EQ(get(place + "." + next).body, get(place).body);
        EXPECT_NE(get(place).body, by_former[at]);
        const auto other = place + "." + former;
        EXPECT_EQ(read_text((m_house / "tree").string() + other), by_former[at]);
        EXPECT_EQ(
            read_text((m_house / "tree").string() + place + "." + next),
            read_text((m_house / "tree").string() + place)
        );
    }
    const auto judged =
        m_house.must("verify", {"tree", "tree", "--copy", "--offline", "--trust", "trust.json"});
    EXPECT_THAT(judged.output + judged.errors, ::testing::Not(HasSubstr("file-not-named")));
    // What is published now is signed by both.
    m_house.must(
        "mirror",
        {"add", "--dir", "master", m_house.make_wheel({.name = "one", .version = "1.1"}).string()}
    );
    expect_openssl_agrees(master.url());
    EXPECT_EQ(get("/serversig/one." + former).status, 200);
    EXPECT_NE(get("/serversig/one." + former).body, by_former[0]);
    EXPECT_TRUE(fs::exists(m_house / "master" / "keys" / "former-signer.pem"));
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    EXPECT_FALSE(fs::exists(m_house / "master" / "keys" / "former-signer.pem"));
    m_house.must("mirror", {"export", "--dir", "master", "tree"});
    for (const auto& place : places) {
        EXPECT_EQ(get(place + "." + former).status, 404);
        EXPECT_EQ(get(place + "." + next).body, get(place).body);
        EXPECT_FALSE(fs::exists((m_house / "tree").string() + place + "." + former));
    }
    m_house.must("mirror", {"verify", "--dir", "master"});
}

TEST_F(Rollover, WaitsForTheEndOfTheOneBefore) {
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    m_house.must("pki", {"issue", "signer", "signer-3", "--dir", "pki"});
    const std::string third = "pki/issued/signer-3/bundle.pem";
    const auto refused = m_house.run("mirror", {"resign", "--dir", "master", "--signer", third});
    EXPECT_EQ(refused.exit_code, 7);
    EXPECT_THAT(refused.errors, HasSubstr("CN=page-signer for whoever pinned its key"));
    EXPECT_THAT(refused.errors, HasSubstr("mirror resign --end-overlap"));
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", third});
    m_house.must("mirror", {"verify", "--dir", "master"});
}

// With its own key it takes nobody's signatures away.
TEST_F(Rollover, TakesARenewedCertificateOfTheSameKeyDuringAnOverlap) {
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    auto master = m_house.serve("master");
    const auto pinned = read_text(m_house / "master" / "keys" / "former-signer.pem");
    m_house.must("pki", {"renew", "signer-2", "--dir", "pki"});
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    EXPECT_EQ(read_text(m_house / "master" / "keys" / "signer.pem"), read_text(m_house / m_next));
    EXPECT_EQ(read_text(m_house / "master" / "keys" / "former-signer.pem"), pinned);
    const auto former = pki::Credential::parse_bundle(bytes_of(pinned)).value();
    const auto place = "/serversig/one." + verify::key_id(former.key.public_key()).to_hex();
    EXPECT_EQ(plain_get(master.url(), place).status, 200) << "the overlap goes on";
    expect_openssl_agrees(master.url());
    m_house.must("mirror", {"verify", "--dir", "master"});
}

TEST_F(Rollover, LetsARevokedFormerSignerSignNothingMore) {
    auto master = m_house.serve("master");
    const auto key = pki::PublicKey::parse_pem(plain_get(master.url(), "/serverkey").body);
    const auto by_former = "/serversig/one." + verify::key_id(key.value()).to_hex();
    const auto add = [&](const std::string& version) {
        const auto wheel = m_house.make_wheel({.name = "one", .version = version});
        m_house.must("mirror", {"add", "--dir", "master", wheel.string()});
        return plain_get(master.url(), by_former).status;
    };
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    EXPECT_EQ(add("1.1"), 200);
    m_house.must("pki", {"revoke", "page-signer", "--reason", "key-compromise", "--dir", "pki"});
    const auto told = m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    EXPECT_THAT(told.errors, ::testing::HasSubstr("mirror resign"));
    EXPECT_EQ(add("1.2"), 404);
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one==1.2"}).outcome.exit_code, 0);
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    const fs::path left = m_house / "master" / "keys" / "former-signer.pem";
    std::ofstream(left) << "of a run that was killed before it removed this";
    EXPECT_EQ(add("1.3"), 404);
    EXPECT_FALSE(fs::exists(left));
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one==1.3"}).outcome.exit_code, 0);
}

// The chain is stored before the pages that it asks for are had; a kill between the two must not
// leave old signatures for ever.
TEST_F(Rollover, ReachesAMirrorThatIsKilledWhileItFollows) {
    auto master = m_house.serve("master");
    m_house.make_mirror("mirror", master.url());
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", m_next});
    const auto signature = plain_get(master.url(), "/serversig/two").body;
    constexpr std::uint64_t stride = 5;
    for (std::uint64_t nth = 1;; nth += stride * next_nth(0)) {
        const fs::path root = m_house / ("case" + std::to_string(nth));
        fs::create_directory(root);
        copy_folder(m_house / "mirror", root / "mirror");
        const auto command = m_house.command("mirror", {"sync", "--dir", root / "mirror"});
        const FaultyRun killed = run_with(KillNth{nth}, root, command);
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        const Outcome again = run_unsynced(root, command);
        EXPECT_EQ(again.exit_code, 0) << again.errors;
        m_house.must("mirror", {"export", "--dir", root / "mirror", root / "tree"});
        EXPECT_EQ(read_text(root / "tree/serversig/two"), signature);
        if (!killed.struck()) {
            EXPECT_GT(nth, 10U) << "the faults never took place";
            break;
        }
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(Rollover, OfTheRootIsFollowedByMirrorsAndClientsWithARefreshedBundle) {
    const auto mirror = [this](std::vector<std::string> words) {
        m_house.must("mirror", std::move(words));
    };
    const auto pki = [this](std::vector<std::string> words) {
        words.insert(words.end(), {"--dir", "pki"});
        m_house.must("pki", std::move(words));
    };
    const auto export_bundle = [&] {
        mirror({"trust", "replace", "--dir", "master", "--root", "pki/root.crt"});
        mirror({"trust", "export", "--dir", "master", "-o", "trust.json"});
    };
    fs::copy(m_house / "trust.json", m_house / "old-trust.json");
    pki({"rollover", "start", "root"});
    pki({"renew", "page-signer"});
    pki({"renew", "localhost"});
    mirror({"crl", "--dir", "master", "pki/crl.pem"});
    mirror({"resign", "--dir", "master", "--signer", "pki/issued/page-signer/bundle.pem"});
    mirror({"resign", "--dir", "master", "--end-overlap"});
    auto master = m_house.serve("master");  // With a certificate of the new intermediate.
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0)
        << "whoever has the old root only follows its cross-certificate";
    m_house.make_mirror("mirror", master.url());
    mirror({"sync", "--dir", "mirror"});

    export_bundle();
    EXPECT_THAT(read_text(m_house / "trust.json"), HasSubstr("CERTIFICATE"));
    mirror({"trust", "replace", "--dir", "mirror", "--trust", "trust.json"});
    mirror({"sync", "--dir", "mirror"});
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);

    pki({"rollover", "finish", "root", "--clients-ready", "--revoke-remaining"});
    mirror({"crl", "--dir", "master", "pki/crl.pem"});
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0)
        << "with both roots";
    export_bundle();
    mirror({"sync", "--dir", "mirror"});
    mirror({"trust", "replace", "--dir", "mirror", "--trust", "trust.json"});
    mirror({"verify", "--dir", "mirror"});
    auto follower = m_house.serve("mirror");
    EXPECT_EQ(plain_get(follower.url(), "/serverkey.crl").body, read_text(m_house / "pki/crl.pem"))
        << "lists without those of before are an upstream's that goes back in time";
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0)
        << "with the new root";

    const auto refused =
        m_house.run("mirror", {"trust", "replace", "--dir", "mirror", "--trust", "old-trust.json"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("would refuse"));
    const auto aimless = m_house.run("mirror", {"trust", "replace", "--dir", "mirror"});
    EXPECT_EQ(aimless.exit_code, 2);
    EXPECT_THAT(aimless.errors, HasSubstr("expected --trust"));
    fs::copy(
        m_house / "old-trust.json", m_house / "trust.json", fs::copy_options::overwrite_existing
    );
    EXPECT_NE(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0)
        << "the old root vouches for nothing any more";
}

TEST_F(Rollover, OfTheRootDoesNotMakeClientsForgetTheSerialsSeen) {
    const auto pki = [this](std::vector<std::string> words) {
        words.insert(words.end(), {"--dir", "pki"});
        m_house.must("pki", std::move(words));
    };
    const auto trust = [this](const std::string& roots) {
        m_house.must("mirror", {"trust", "replace", "--dir", "master", "--root", roots});
        m_house.must("mirror", {"trust", "export", "--dir", "master", "-o", "trust.json"});
    };
    pki({"rollover", "start", "root"});
    pki({"renew", "page-signer"});
    pki({"renew", "localhost"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    m_house.must(
        "mirror", {"resign", "--dir", "master", "--signer", "pki/issued/page-signer/bundle.pem"}
    );
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    fs::copy(m_house / "master", m_house / "replayed", fs::copy_options::recursive);
    m_house.must(
        "mirror",
        {"add", "--dir", "master", m_house.make_wheel({.name = "one", .version = "1.1"}).string()}
    );
    auto master = m_house.serve("master");
    auto replayed = m_house.serve("replayed");
    const auto expect_refused = [&](const std::string& bundle) {
        const Fetched fetched = m_house.fetch_again({replayed.url()}, {"--verify", "one"});
        EXPECT_EQ(fetched.outcome.exit_code, 1) << bundle;
        EXPECT_THAT(fetched.outcome.errors, HasSubstr("page-serial-rollback")) << bundle;
    };
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);
    expect_refused("the old root");
    trust("pki/root.crt");
    expect_refused("both roots");
    pki({"rollover", "finish", "root", "--clients-ready", "--revoke-remaining"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    trust("pki/root.crt");
    expect_refused("the new root");
    EXPECT_EQ(m_house.fetch_again({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);
}

TEST_F(Rollover, TrustThatAPageMayHangOnIsNotGivenUp) {
    const auto replace = [this](const std::string& roots) {
        return m_house.run("mirror", {"trust", "replace", "--dir", "master", "--root", roots});
    };
    m_house.must("pki", {"rollover", "start", "root", "--dir", "pki"});
    m_house.must("pki", {"renew", "page-signer", "--dir", "pki"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    m_house.must(
        "mirror", {"resign", "--dir", "master", "--signer", "pki/issued/page-signer/bundle.pem"}
    );
    const std::string both = read_text(m_house / "pki/root.crt");
    const std::string end = "-----END CERTIFICATE-----\n";
    std::ofstream(m_house / "new-root.crt") << both.substr(0, both.find(end) + end.size());
    const auto refused = replace("new-root.crt");
    EXPECT_EQ(refused.exit_code, 1) << "mirrors may hold pages of the old signer";
    EXPECT_THAT(refused.errors, HasSubstr("would refuse"));
    EXPECT_EQ(replace("pki/root.crt").exit_code, 0);
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    EXPECT_EQ(replace("new-root.crt").exit_code, 0);
}

TEST_F(Rollover, TrustIsReplacedByTheOptionOfTheRole) {
    const auto replace = [this](std::vector<std::string> words) {
        words.insert(words.begin(), {"trust", "replace", "--dir", "master"});
        return m_house.run("mirror", std::move(words)).exit_code;
    };
    EXPECT_EQ(replace({}), 2);
    EXPECT_EQ(replace({"--trust", "trust.json"}), 2);
    EXPECT_EQ(replace({"--root", "nowhere.crt"}), 3);
}

TEST_F(Rollover, ARevokedSignerSignsNothingMoreAndIsReplaced) {
    const auto mirror = [this](std::vector<std::string> words) {
        return m_house.run("mirror", std::move(words));
    };
    m_house.must("pki", {"revoke", "page-signer", "--dir", "pki"});
    const auto lists = mirror({"crl", "--dir", "master", "pki/crl.pem"});
    EXPECT_EQ(lists.exit_code, 0) << "clients are to learn it";
    EXPECT_THAT(lists.errors, HasSubstr("mirror resign --signer"));

    const std::string wheel = m_house.make_wheel({.name = "three"}).string();
    const auto before = mirror({"status", "--dir", "master"});
    EXPECT_THAT(before.errors, HasSubstr("signer-revoked"));
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"add", "--dir", "master", wheel},
          {"yank", "--dir", "master", "one", "1.0.0"},
          {"status", "set", "archived", "one", "--dir", "master"},
          {"resign", "--dir", "master"}}) {
        const auto refused = mirror(words);
        EXPECT_EQ(refused.exit_code, 1) << words.front();
        EXPECT_THAT(refused.errors, HasSubstr("nothing was done")) << words.front();
    }
    EXPECT_EQ(mirror({"status", "--dir", "master"}).output, before.output);
    const auto verified = mirror({"verify", "--dir", "master"});
    EXPECT_EQ(verified.exit_code, 1);
    EXPECT_THAT(verified.errors, HasSubstr("0 projects with damage"));
    const auto first = verified.errors.find("[signer-revoked]");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(verified.errors.find("[signer-revoked]", first + 1), std::string::npos)
        << "of two projects in two forms, once";

    const auto taken = mirror({"resign", "--dir", "master", "--signer", m_next});
    EXPECT_EQ(taken.exit_code, 0) << taken.errors;
    EXPECT_THAT(taken.output, ::testing::Not(HasSubstr("stay good")));
    m_house.must("mirror", {"add", "--dir", "master", wheel});
    auto master = m_house.serve("master");
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "three"}).outcome.exit_code, 0);
}

TEST_F(Rollover, ARevokedSignerIsReplacedInTheStepThatTellsOfIt) {
    m_house.must("pki", {"revoke", "page-signer", "--dir", "pki"});
    const auto resign = m_house.run(
        "mirror", {"resign", "--dir", "master", "--signer", m_next, "--crl", "pki/crl.pem"}
    );
    EXPECT_EQ(resign.exit_code, 0) << resign.errors;
    auto master = m_house.serve("master");
    EXPECT_EQ(plain_get(master.url(), "/serverkey.crl").body, read_text(m_house / "pki/crl.pem"));
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);
}

// Each run is five programs.
TEST_F(Rollover, SurvivesAKillBeforeEverySystemCall) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = m_house / ("case" + std::to_string(nth));
        fs::create_directory(root);
        copy_folder(m_house / "master", root / "master");
        const auto command = m_house.command(
            "mirror", {"resign", "--dir", root / "master", "--signer", m_house / m_next}
        );
        const FaultyRun killed = run_with(KillNth{nth}, root, command);
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            EXPECT_GT(nth, 10U) << "the faults never took place";
            break;
        }
        m_house.must("mirror", {"verify", "--dir", root / "master"});
        expect_no_step_back(root);
        const Outcome again = run_unsynced(root, command);
        EXPECT_EQ(again.exit_code, 0) << again.errors;
        m_house.must("mirror", {"resign", "--dir", root / "master", "--end-overlap"});
        m_house.must("mirror", {"verify", "--dir", root / "master"});
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

}  // namespace
}  // namespace heliograph::test_support
