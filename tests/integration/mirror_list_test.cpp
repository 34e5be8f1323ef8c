// SPDX-License-Identifier: Apache-2.0
// A list of mirrors that the publisher signed: it decides whom `fetch` asks, survives a dead list
// server, and cannot be altered, taken back in time, outlived or replaced by another index's.
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>
#include <tests/support/dns_responder.hpp>
#include <tests/support/later.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SignedMirrorList : public AdversaryTest {
  protected:
    /// Signs the next edition, which names these.
    void publish(const std::vector<std::string>& mirrors) {
        std::vector<std::string> arguments{
            "mirrors", "build", "--dir", "master", "--days", "30", "-o", "list.json"};
        for (const auto& mirror : mirrors) {
            arguments.insert(arguments.end(), {"--mirror", mirror});
        }
        m_house.must("mirror", std::move(arguments));
        m_house.must("mirror", {"mirrors", "sign", "--dir", "master", "list.json"});
    }

    /// A copy of all that the master serves, with the list as it is now.
    std::string exported(const std::string& name) {
        m_house.must("mirror", {"export", "--dir", "master", name});
        return name + "/mirrors.json";
    }

    Outcome show(const std::string& list, std::vector<std::string> more = {}) {
        return m_house.run("fetch", arguments_of(list, std::move(more)));
    }

    Outcome show_later(std::chrono::days span, const std::string& list) {
        return run(so_much_later(span, m_house.command("fetch", arguments_of(list, {}))));
    }

    static std::vector<std::string> arguments_of(
        const std::string& list, std::vector<std::string> more
    ) {
        std::vector<std::string> all{
            "mirrors", "--json", "--mirror-list", list, "--trust", "trust.json"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

TEST_F(SignedMirrorList, TellsFetchWhomToAsk) {
    publish({m_master->url() + " weight=50 region=DE"});
    const auto list = m_master->url() + "mirrors.json";
    const Outcome got = m_house.run(
        "fetch",
        {"--verify", "sample", "--mirror-list", list, "--trust", "trust.json", "--dest", "got"}
    );
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    EXPECT_EQ(read_text(m_house / "got" / m_name), m_wheel);
    const Outcome shown = show(list);
    EXPECT_EQ(shown.exit_code, 0) << shown.errors;
    const auto document = parse_json(shown.output, JsonLimits{});
    ASSERT_TRUE(document.has_value()) << shown.output;
    const auto& mirror = document->array_member("mirrors").value()->front();
    EXPECT_EQ(mirror.text_member("url").value(), m_master->url());
    EXPECT_EQ(mirror.text_member("source").value(), "signed-list");
    EXPECT_EQ(mirror.text_member("region").value(), "DE");
    EXPECT_EQ(mirror.integer_member("weight").value(), 50);
    EXPECT_THAT(shown.output, HasSubstr(R"("signed": true)"));
}

TEST_F(SignedMirrorList, LeavesOutWhatUnsignedListsPropose) {
    publish({m_master->url()});
    ScriptedServer other(Greeting::tls, m_house.server_identity());
    other.on("/list", ok(other.url() + "\n" + m_master->url() + "\n", "text/plain"));
    const Outcome shown =
        show(m_master->url() + "mirrors.json", {"--mirrors", other.url() + "list"});
    EXPECT_EQ(shown.exit_code, 0) << shown.errors;
    EXPECT_THAT(shown.output, Not(HasSubstr(other.url())));
    EXPECT_THAT(shown.errors, HasSubstr(other.url() + " is not asked"));
    const Outcome alone = m_house.run(
        "fetch", {"mirrors", "--json", "--mirrors", other.url() + "list", "--trust", "trust.json"}
    );
    EXPECT_THAT(alone.output, AllOf(HasSubstr(other.url()), HasSubstr(R"("source": "url")")));
}

TEST_F(SignedMirrorList, IsAskedForAgainOnlyWhenItChanged) {
    publish({m_master->url()});
    LyingMirror front(m_master->url(), Greeting::tls, m_house.server_identity());
    ASSERT_EQ(show(front.url() + "mirrors.json").exit_code, 0);
    ASSERT_EQ(front.server().count("/serverkey.crt"), 1U);
    ASSERT_EQ(show(front.url() + "mirrors.json").exit_code, 0);
    EXPECT_EQ(front.server().count("/mirrors.json"), 2U);
    EXPECT_EQ(front.server().count("/serverkey.crt"), 1U) << "304 is one request";
    publish({m_master->url(), "https://second.example/"});
    EXPECT_THAT(show(front.url() + "mirrors.json").output, HasSubstr("second.example"));
}

TEST_F(SignedMirrorList, OutlivesItsServerAndSaysSo) {
    publish({m_master->url()});
    std::optional<LyingMirror> front(
        std::in_place, m_master->url(), Greeting::tls, m_house.server_identity()
    );
    const auto list = front->url() + "mirrors.json";
    ASSERT_EQ(show(list).exit_code, 0);
    front->edit(Target::path("/mirrors.json"), "127.0.0.1", "127.0.0.2");
    front->alter(Target::path("/mirrors.json"), [](Reply& reply) { reply.status = 200; });
    const Outcome lied_to = show(list);
    EXPECT_EQ(lied_to.exit_code, 0) << lied_to.errors;
    front.reset();
    const Outcome shown = show(list);
    EXPECT_EQ(shown.exit_code, 0) << shown.errors;
    EXPECT_THAT(shown.output, HasSubstr(m_master->url()));
    EXPECT_THAT(shown.errors, AllOf(HasSubstr("is the one of"), HasSubstr("less than a day old")));
    const Outcome old = show_later(std::chrono::days(3), list);
    EXPECT_EQ(old.exit_code, 0) << old.errors;
    EXPECT_THAT(old.errors, HasSubstr("3 days old"));
    EXPECT_EQ(show_later(std::chrono::days(31), list).exit_code, 6);
}

TEST_F(SignedMirrorList, IsRefusedWhenAnythingOfItWasAltered) {
    publish({m_master->url()});
    const auto list = exported("tree");
    const auto expect = [&](const std::string& finding) {
        const Outcome refused = show(list);
        EXPECT_EQ(refused.exit_code, 1) << refused.errors;
        EXPECT_THAT(refused.errors, HasSubstr(finding));
    };
    const auto text = read_text(m_house / list);
    auto altered = text;
    altered.replace(altered.find("127.0.0.1"), 9, "127.0.0.2");
    std::ofstream(m_house / list, std::ios::trunc) << altered;
    expect("mirror-list-signature-invalid");
    std::ofstream(m_house / list, std::ios::trunc) << text;
    EXPECT_EQ(show(list).exit_code, 0);
    fs::remove(m_house / (list + ".sig"));
    expect("mirror-list-signature-missing");
    fs::remove(m_house / "tree/serverkey.crt");
    expect("signer-chain-missing");
    EXPECT_EQ(show("nowhere/mirrors.json").exit_code, 3);
}

TEST_F(SignedMirrorList, CannotBeTakenBackInTime) {
    publish({m_master->url()});
    const auto first = exported("first");
    publish({m_master->url(), "https://second.example/"});
    const auto second = exported("second");
    ASSERT_EQ(show(first).exit_code, 0);
    ASSERT_EQ(show(second).exit_code, 0);
    const Outcome back = show(first);
    EXPECT_EQ(back.exit_code, 1) << back.errors;
    EXPECT_THAT(back.errors, HasSubstr("mirror-list-rollback"));
    EXPECT_EQ(show(second).exit_code, 0);
}

TEST_F(SignedMirrorList, ExpiresForThoseWhoSeeItFirst) {
    publish({m_master->url()});
    const Outcome late = show_later(std::chrono::days(31), exported("tree"));
    EXPECT_EQ(late.exit_code, 6) << late.errors;
    EXPECT_THAT(late.errors, HasSubstr("mirror-list-expired"));
    const Outcome status = run(so_much_later(
        std::chrono::days(20), m_house.command("mirror", {"status", "--dir", "master"})
    ));
    EXPECT_THAT(status.output + status.errors, HasSubstr("mirror mirrors build"));
}

TEST_F(SignedMirrorList, IsSignedByWhoeverSignsThePages) {
    publish({m_master->url()});
    m_house.must("pki", {"issue", "signer", "next", "--dir", "pki"});
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", "pki/issued/next/bundle.pem"});
    EXPECT_EQ(show(exported("overlap")).exit_code, 0);
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    const Outcome shown = show(exported("alone"));
    EXPECT_EQ(shown.exit_code, 0) << shown.errors;
}

TEST_F(SignedMirrorList, IsNotSignedWhenItCannotBeMeant) {
    publish({m_master->url()});
    const Outcome again =
        m_house.run("mirror", {"mirrors", "sign", "--dir", "master", "list.json"});
    EXPECT_EQ(again.exit_code, 1) << again.errors;
    EXPECT_THAT(again.errors, HasSubstr("serial above 1"));
    std::ofstream(m_house / "bad.json") << "{}";
    EXPECT_EQ(
        m_house.run("mirror", {"mirrors", "sign", "--dir", "master", "bad.json"}).exit_code, 2
    );
    EXPECT_EQ(
        m_house.run("mirror", {"mirrors", "build", "--dir", "master", "--mirror", "x"}).exit_code, 2
    );
    EXPECT_EQ(m_house.run("mirror", {"mirrors", "build", "--dir", "master"}).exit_code, 2);
    const Outcome unchecked = m_house.run(
        "fetch", {"sample", "--no-verify", "--mirror-list", "list.json", "--dest", "got"}
    );
    EXPECT_EQ(unchecked.exit_code, 2) << unchecked.errors;
}

/// Names below `m.localhost` stand for this machine without any name server.
class ProposedByDns : public AdversaryTest {
  protected:
    ProposedByDns() {
        m_house.must(
            "pki",
            {"issue", "server", "m", "--dns", "*.m.localhost", "--ip", "127.0.0.1", "--dir", "pki"}
        );
        m_front.emplace(m_master->url(), Greeting::tls, m_house.issued("m"));
        m_port = m_front->url().substr(m_front->url().rfind(':') + 1);
        m_port.pop_back();
    }

    Fetched ask(const std::string& zone, std::vector<std::string> more = {}) {
        std::vector<std::string> all{
            "sample",
            "--trust",
            "trust.json",
            "--dest",
            "got",
            "--mirrors",
            zone,
            "--dns-server",
            m_names.address()};
        all.insert(all.end(), more.begin(), more.end());
        fs::remove_all(m_house / "got");
        return {m_house.run("fetch", std::move(all)), {}};
    }

    DnsResponder m_names;
    std::optional<LyingMirror> m_front;
    std::string m_port;
};

TEST_F(ProposedByDns, LettersOfAZoneAreAskedAndTheirFilesVerified) {
    m_names.tell_alias("last.m.localhost", "b.m.localhost");
    const auto got = ask("dns:m.localhost:" + m_port, {"--verify"}).outcome;
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    EXPECT_EQ(read_text(m_house / "got" / m_name), m_wheel);
    const Outcome shown = m_house.run(
        "fetch",
        {"mirrors",
         "--json",
         "--mirrors",
         "dns:m.localhost:" + m_port,
         "--dns-server",
         m_names.address()}
    );
    EXPECT_THAT(
        shown.output,
        AllOf(HasSubstr("https://b.m.localhost:" + m_port), HasSubstr(R"("source": "dns")"))
    );
}

TEST_F(ProposedByDns, ServicesAreAskedAtTheirPorts) {
    m_names.tell_service(
        "_pypi-mirror._tcp.m.localhost",
        dns_service_data(1, 1, static_cast<unsigned>(std::stoul(m_port)), "x.m.localhost")
    );
    const auto got = ask("dns:m.localhost", {"--verify"}).outcome;
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    m_front->flip_byte(Target::path(m_file));
    EXPECT_EQ(ask("dns:m.localhost", {"--verify"}).outcome.exit_code, 1);
}

TEST_F(ProposedByDns, ServersMustHaveACertificateOfTheNameInTheList) {
    m_names.tell_service(
        "_pypi-mirror._tcp.x.localhost",
        dns_service_data(1, 1, static_cast<unsigned>(std::stoul(m_port)), "a.x.localhost")
    );
    const auto refused = ask("dns:x.localhost").outcome;
    EXPECT_EQ(refused.exit_code, 5) << refused.errors;
    EXPECT_GT(m_front->server().connections(), 0U);
    EXPECT_EQ(m_front->server().requests().size(), 0U) << "nothing is asked before TLS holds";
}

TEST_F(ProposedByDns, AZoneThatLiesIsNamedAndCostsNothingBesideOthers) {
    m_names.tell_alias("*.m.localhost", "zz.m.localhost");
    const auto zone = "dns:m.localhost:" + m_port;
    const auto alone = ask(zone).outcome;
    EXPECT_EQ(alone.exit_code, 5) << alone.errors;
    EXPECT_THAT(alone.errors, HasSubstr("every name in it stands for something"));
    std::ofstream(m_house / "own.txt") << m_master->url() << "\n";
    const auto beside = ask(zone, {"--mirrors", "own.txt"}).outcome;
    EXPECT_EQ(beside.exit_code, 0) << beside.errors;
    EXPECT_THAT(beside.errors, HasSubstr("mirrors may be missing"));
}

TEST_F(ProposedByDns, IsNotHeardWhereNothingIsChecked) {
    m_names.tell_alias("last.m.localhost", "b.m.localhost");
    const auto zone = "dns:m.localhost:" + m_port;
    EXPECT_EQ(ask(zone, {"--no-verify"}).outcome.exit_code, 2);
    EXPECT_EQ(ask("dns:m..localhost").outcome.exit_code, 2);
    EXPECT_EQ(ask("dns:m.localhost:0").outcome.exit_code, 2);
    EXPECT_EQ(m_names.questions(), 0U);
}

class MetalinkFetch : public AdversaryTest {
  protected:
    MetalinkFetch() {
        m_house.must(
            "mirror",
            {"metalink",
             "--dir",
             "master",
             m_name,
             "--mirror",
             m_master->url() + " region=DE",
             "-o",
             "file.meta4"}
        );
    }

    Outcome fetch_metalink() {
        fs::remove_all(m_house / "got");
        return m_house.run(
            "fetch",
            {"--verify", "--metalink", "file.meta4", "--trust", "trust.json", "--dest", "got"}
        );
    }

    void edit(const std::string& from, const std::string& to) {
        auto text = read_text(m_house / "file.meta4");
        text.replace(text.find(from), from.size(), to);
        std::ofstream(m_house / "file.meta4", std::ios::trunc) << text;
    }
};

TEST_F(MetalinkFetch, GetsWhatAMasterWroteFromTheMirrorsThatItNames) {
    EXPECT_THAT(
        read_text(m_house / "file.meta4"),
        AllOf(
            HasSubstr(sha256_hex(m_wheel)),
            HasSubstr("<size>" + std::to_string(m_wheel.size()) + "</size>"),
            HasSubstr("location=\"de\"")
        )
    );
    const Outcome got = fetch_metalink();
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    EXPECT_EQ(read_text(m_house / "got" / m_name), m_wheel);
}

TEST_F(MetalinkFetch, DoesNotTakeItsHashInPlaceOfThePages) {
    // Whoever wrote this metalink put another file on a server of its own.
    const auto mine = std::string("mine");
    ScriptedServer server(Greeting::tls, m_house.server_identity());
    server.on(package_path(mine, m_name), ok(mine));
    edit(sha256_hex(m_wheel), sha256_hex(mine));
    edit(
        m_master->url() + package_path(m_wheel, m_name).substr(1),
        server.url() + package_path(mine, m_name).substr(1)
    );
    std::ofstream(m_house / "own.txt") << m_master->url() << "\n";
    const Outcome got = m_house.run(
        "fetch",
        {"--verify",
         "--metalink",
         "file.meta4",
         "--trust",
         "trust.json",
         "--dest",
         "got",
         "--mirrors",
         "own.txt"}
    );
    EXPECT_EQ(got.exit_code, 1) << got.errors;
    EXPECT_FALSE(fs::exists(m_house / "got" / m_name));
    EXPECT_EQ(server.count(package_path(mine, m_name)), 0U);
}

TEST_F(MetalinkFetch, ThatCannotBeMeantIsMisuse) {
    edit("name=\"" + m_name, "name=\"notes.txt");
    EXPECT_EQ(fetch_metalink().exit_code, 2);
    edit("<metalink", "<!DOCTYPE metalink><metalink");
    EXPECT_EQ(fetch_metalink().exit_code, 2);
    fs::remove(m_house / "file.meta4");
    EXPECT_EQ(fetch_metalink().exit_code, 3);
    EXPECT_EQ(m_house.run("mirror", {"metalink", "--dir", "master", m_name}).exit_code, 2);
    EXPECT_EQ(
        m_house.run("mirror", {"metalink", "--dir", "master", "none-1.0.tar.gz"}).exit_code, 3
    );
}

}  // namespace
}  // namespace heliograph::test_support
