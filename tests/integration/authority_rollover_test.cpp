// SPDX-License-Identifier: Apache-2.0
// `pki rollover` with the real program: openssl in strict mode as every client in every phase, and
// a kill before any system call that the same command mends.
#include <pki/base/json.hpp>
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/secret_watch.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AuthorityRollover : public ::testing::Test {
  protected:
    Outcome pki(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--dir", "pki"});
        return m_house.run("pki", std::move(arguments));
    }
    Outcome must(std::vector<std::string> arguments) {
        Outcome outcome = pki(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        return outcome;
    }
    JsonValue document(std::vector<std::string> arguments) {
        arguments.emplace_back("--json");
        const Outcome outcome = must(std::move(arguments));
        auto value = parse_json(outcome.output, {.text_bytes = 1U << 20U});
        EXPECT_TRUE(value.has_value()) << outcome.output;
        return value ? *value : JsonValue();
    }
    [[nodiscard]] fs::path keep(const std::string& file, const std::string& name) const {
        fs::copy(m_house / file, m_house / name, fs::copy_options::recursive);
        return m_house / name;
    }
    /// The first certificate of root.crt: the newest root.
    [[nodiscard]] fs::path newest_root(const std::string& name) const {
        const std::string text = read_text(m_house / "pki/root.crt");
        const std::string end = "-----END CERTIFICATE-----\n";
        std::ofstream(m_house / name) << text.substr(0, text.find(end) + end.size());
        return m_house / name;
    }
    /// What openssl says in its strictest mode, with the lists that the authority publishes now.
    [[nodiscard]] bool openssl_accepts(
        const fs::path& roots, const fs::path& served, const std::string& purpose = "sslserver"
    ) const {
        return run({.program = "openssl",
                    .arguments =
                        {"verify",
                         "-x509_strict",
                         "-crl_check_all",
                         "-purpose",
                         purpose,
                         "-CAfile",
                         roots,
                         "-untrusted",
                         served / "chain.pem",
                         "-CRLfile",
                         m_house / "pki/crl.pem",
                         served / "cert.pem"}}
               ).exit_code == 0;
    }
    [[nodiscard]] static int certificates_in(const fs::path& file) {
        const std::string text = read_text(file);
        int count = 0;
        for (auto at = text.find("BEGIN CERT"); at != std::string::npos;
             at = text.find("BEGIN CERT", at + 1)) {
            ++count;
        }
        return count;
    }

    Household m_house;
    const fs::path m_localhost = m_house / "pki/issued/localhost";
};

TEST_F(AuthorityRollover, OfTheRootGoesUnnoticedByOpensslInEveryPhase) {
    const fs::path old_root = keep("pki/root.crt", "old-root.crt");
    const fs::path old_served = keep("pki/issued/localhost", "old-served");
    EXPECT_TRUE(openssl_accepts(old_root, old_served));

    const std::string plan = must({"rollover", "plan", "root"}).output;
    EXPECT_THAT(plan, HasSubstr("rollover of the root: planned"));
    EXPECT_THAT(plan, Not(HasSubstr("REFUSED")));
    EXPECT_EQ(certificates_in(m_house / "pki/root.crt"), 1) << "a plan changes nothing";

    must({"rollover", "start", "root"});
    EXPECT_EQ(certificates_in(m_house / "pki/root.crt"), 2);
    const fs::path both_roots = keep("pki/root.crt", "both-roots.crt");
    const fs::path new_root = newest_root("new-root.crt");
    EXPECT_TRUE(openssl_accepts(old_root, old_served));
    EXPECT_TRUE(openssl_accepts(both_roots, old_served));
    must({"renew", "localhost"});
    for (const fs::path& roots : {old_root, both_roots, new_root}) {
        EXPECT_TRUE(openssl_accepts(roots, m_localhost)) << roots;
    }

    EXPECT_THAT(pki({"rollover", "finish", "root"}).errors, HasSubstr("signer page-signer"));
    must({"renew", "page-signer"});
    EXPECT_THAT(pki({"rollover", "finish", "root"}).errors, HasSubstr("--clients-ready"));
    EXPECT_TRUE(openssl_accepts(old_root, m_localhost)) << "refusals change nothing";
    must({"rollover", "finish", "root", "--clients-ready"});
    EXPECT_EQ(read_text(m_house / "pki/root.crt"), read_text(new_root));
    EXPECT_TRUE(openssl_accepts(both_roots, m_localhost));
    EXPECT_TRUE(openssl_accepts(new_root, m_localhost));
    EXPECT_FALSE(openssl_accepts(old_root, m_localhost));
    EXPECT_FALSE(openssl_accepts(both_roots, old_served)) << "it went with its intermediate";
}

TEST_F(AuthorityRollover, OfTheIntermediateAsksNothingOfClients) {
    const fs::path root = keep("pki/root.crt", "root.crt");
    const fs::path old_served = keep("pki/issued/localhost", "old-served");
    must({"rollover", "start", "intermediate"});
    must({"issue", "client", "laptop"});
    EXPECT_EQ(read_text(m_house / "pki/root.crt"), read_text(root));
    EXPECT_TRUE(openssl_accepts(root, old_served));
    EXPECT_TRUE(openssl_accepts(root, m_house / "pki/issued/laptop", "sslclient"));

    const JsonValue status = document({"rollover", "status", "intermediate"});
    const auto rollovers = status.array_member("rollovers");
    ASSERT_TRUE(rollovers.has_value() && (*rollovers)->size() == 1);
    const JsonValue& now = (*rollovers)->front();
    EXPECT_EQ(now.text_member("phase").value_or(""), "overlap");
    const auto remaining = now.array_member("remaining");
    ASSERT_TRUE(remaining.has_value() && (*remaining)->size() == 2);
    EXPECT_EQ((*remaining)->front().text_member("name").value_or(""), "localhost");

    must({"renew", "localhost"});
    EXPECT_EQ(pki({"rollover", "finish", "intermediate"}).exit_code, 1);
    must({"rollover", "finish", "intermediate", "--revoke-remaining"});
    EXPECT_TRUE(openssl_accepts(root, m_localhost));
    EXPECT_TRUE(openssl_accepts(root, m_house / "pki/issued/laptop", "sslclient"));
    EXPECT_FALSE(openssl_accepts(root, old_served));
}

TEST_F(AuthorityRollover, OfASignerIsWhatMirrorResignTakes) {
    m_house.make_master({m_house.make_wheel({.name = "one"})});
    must({"rollover", "start", "signer"});
    m_house.must(
        "mirror", {"resign", "--dir", "master", "--signer", "pki/issued/page-signer-2/bundle.pem"}
    );
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    must({"rollover", "finish", "signer"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    auto master = m_house.serve("master");
    EXPECT_EQ(m_house.fetch({master.url()}, {"--verify", "one"}).outcome.exit_code, 0);
}

TEST_F(AuthorityRollover, RefusesWhatCannotBeMeant) {
    EXPECT_EQ(pki({"rollover", "plan", "leaf"}).exit_code, 2);
    EXPECT_EQ(pki({"rollover", "plan", "root", "page-signer"}).exit_code, 2);
    EXPECT_EQ(pki({"rollover", "start"}).exit_code, 2);
    EXPECT_EQ(pki({"rollover", "status", "root"}).exit_code, 3);
    EXPECT_EQ(pki({"rollover", "finish", "signer"}).exit_code, 3);
    EXPECT_THAT(must({"rollover", "status"}).output, HasSubstr("no rollover was started"));
}

class RolloverDurability : public AuthorityRollover {
  protected:
    /// The same command completes, whatever a kill left, and its second run finds nothing to do.
    void expect_mended(
        const std::vector<std::string>& arguments, const std::vector<std::string>& roots_to_keep
    ) {
        constexpr std::uint64_t stride = 11;  // Each run is four programs.
        for (std::uint64_t nth = 1;; nth += stride * next_nth(0)) {
            const fs::path root = m_house / ("case" + std::to_string(nth));
            fs::create_directory(root);
            copy_folder(m_house / "pki", root / "pki");
            std::vector<std::string> words = arguments;
            words.insert(words.end(), {"--dir", root / "pki", "--quiet"});
            const Command command = m_house.command("pki", words);
            const FaultyRun killed = run_with(KillNth{nth}, root, command);
            SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
            EXPECT_THAT(exposed_keys_below(root), IsEmpty());
            const Outcome again = run_unsynced(root, command);
            EXPECT_EQ(again.exit_code, 0) << again.errors;
            EXPECT_EQ(staged_keys(root / "pki"), 0);
            for (const auto& roots : roots_to_keep) {
                EXPECT_TRUE(accepted_in(root / "pki", roots)) << roots;
            }
            if (!killed.struck()) {
                EXPECT_GT(nth, 20U) << "the faults never took place";
                break;
            }
            if (HasFailure()) {
                break;
            }
            fs::remove_all(root);
        }
    }
    [[nodiscard]] bool accepted_in(const fs::path& folder, const std::string& roots) const {
        const fs::path served = folder / "issued/localhost";
        const fs::path trusted = roots == "its own" ? folder / "root.crt" : m_house / roots;
        return run({.program = "openssl",
                    .arguments =
                        {"verify",
                         "-x509_strict",
                         "-crl_check_all",
                         "-CAfile",
                         trusted,
                         "-untrusted",
                         served / "chain.pem",
                         "-CRLfile",
                         folder / "crl.pem",
                         served / "cert.pem"}}
               ).exit_code == 0;
    }
    [[nodiscard]] static int staged_keys(const fs::path& folder) {
        int count = 0;
        for (const auto& entry : fs::directory_iterator(folder / "private")) {
            count += entry.path().filename().string().starts_with('.') ? 1 : 0;
        }
        return count;
    }
};

TEST_F(RolloverDurability, StartOfTheRootSurvivesAKillBeforeAnySystemCall) {
    static_cast<void>(keep("pki/root.crt", "old-root.crt"));
    expect_mended({"rollover", "start", "root"}, {"old-root.crt", "its own"});
}

TEST_F(RolloverDurability, FinishOfTheRootSurvivesAKillBeforeAnySystemCall) {
    must({"rollover", "start", "root"});
    must({"renew", "localhost"});
    must({"renew", "page-signer"});
    expect_mended({"rollover", "finish", "root", "--clients-ready"}, {"its own"});
}

TEST_F(RolloverDurability, StartOfASignerSurvivesAKillBeforeAnySystemCall) {
    expect_mended({"rollover", "start", "signer"}, {"its own"});
}

}  // namespace
}  // namespace heliograph::test_support
