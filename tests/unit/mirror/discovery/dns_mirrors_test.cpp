// SPDX-License-Identifier: Apache-2.0
// What a zone may propose, by a real name server on loopback that may say anything.
#include <mirror/discovery/dns_mirrors.hpp>
#include <tests/support/dns_responder.hpp>
#include <tests/support/expect_error.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test_support::dns_service_data;
using test_support::DnsConduct;
using test_support::DnsResponder;

class DnsMirrors : public ::testing::Test {
  protected:
    Result<std::vector<ListedMirror>> find(
        const std::string& zone = "dns:m.example", const DnsPatience& patience = {}
    ) {
        auto resolver =
            DnsResolver::open(DnsServer::parse(m_server.address()).value(), patience).value();
        return find_dns_mirrors(resolver, parse_dns_zone(zone).value());
    }

    static std::vector<std::string> urls(const std::vector<ListedMirror>& mirrors) {
        std::vector<std::string> all;
        for (const auto& mirror : mirrors) {
            all.push_back(mirror.url.to_string());
        }
        return all;
    }

    DnsResponder m_server;
};

TEST_F(DnsMirrors, AreNamedByLetters) {
    m_server.tell_alias("last.m.example", "c.m.example");
    const auto found = find("dns:m.example:8443");
    ASSERT_TRUE(test::succeeded(found));
    EXPECT_EQ(
        urls(*found),
        (std::vector<std::string>{
            "https://a.m.example:8443/", "https://b.m.example:8443/", "https://c.m.example:8443/"})
    );
    EXPECT_EQ(found->front().origin, MirrorOrigin::dns);
}

TEST_F(DnsMirrors, AreAtMostAsManyAsTwoLettersName) {
    m_server.tell_alias("last.m.example", "zz.m.example");
    const auto found = find();
    ASSERT_TRUE(test::succeeded(found));
    EXPECT_EQ(found->size(), verify::limits::mirrors);
    EXPECT_EQ(found->back().url.host(), "zz.m.example");
    EXPECT_EQ((*found)[26].url.host(), "aa.m.example");
    for (unsigned i = 1; i <= verify::limits::mirrors; ++i) {
        ASSERT_EQ(letter_number(letter_label(i)).value(), i);
    }
}

TEST_F(DnsMirrors, AreNotNamedByAnAliasToElsewhere) {
    for (const std::string target :
         {"last.m.example",
          "front.m.example",
          "aaa.m.example",
          "b.evil.example",
          "b.x.m.example",
          "b1.m.example",
          "m.example",
          "b.xm.example"}) {
        DnsResponder server;
        server.tell_alias("last.m.example", target);
        auto resolver = DnsResolver::open(DnsServer::parse(server.address()).value()).value();
        heliograph::test::expect_error(
            find_dns_mirrors(resolver, parse_dns_zone("dns:m.example").value()), ErrorCode::refused
        );
    }
}

TEST_F(DnsMirrors, AreNotNamedByAWildcardZone) {
    m_server.tell_alias("*.m.example", "zz.m.example");
    heliograph::test::expect_error(find(), ErrorCode::refused, "every name");
    DnsResponder addresses;
    addresses.tell_address("*.m.example");
    addresses.tell_alias("last.m.example", "b.m.example");
    auto resolver = DnsResolver::open(DnsServer::parse(addresses.address()).value()).value();
    heliograph::test::expect_error(
        find_dns_mirrors(resolver, parse_dns_zone("dns:m.example").value()), ErrorCode::refused
    );
}

TEST_F(DnsMirrors, AreNotNamedByTwoAliasesAtOnce) {
    m_server.tell_alias("last.m.example", "b.m.example");
    m_server.tell_alias("last.m.example", "c.m.example");
    heliograph::test::expect_error(find(), ErrorCode::refused, "two names");
}

TEST_F(DnsMirrors, AreServicesWithPortsPrioritiesAndWeights) {
    const std::string owner = "_pypi-mirror._tcp.m.example";
    m_server.tell_alias("last.m.example", "b.m.example");
    m_server.tell_service(owner, dns_service_data(20, 5, 443, "slow.m.example"));
    m_server.tell_service(owner, dns_service_data(10, 60, 8443, "fast.m.example"));
    m_server.tell_service(owner, dns_service_data(10, 30, 8443, "other.m.example"));
    m_server.tell_service(owner, dns_service_data(10, 30, 443, "evil.example"));
    m_server.tell_service(owner, dns_service_data(10, 30, 0, "zero.m.example"));
    const auto found = find();
    ASSERT_TRUE(test::succeeded(found));
    EXPECT_EQ(
        urls(*found),
        (std::vector<std::string>{
            "https://slow.m.example/",
            "https://fast.m.example:8443/",
            "https://other.m.example:8443/"})
    );
    EXPECT_EQ((*found)[0].priority, 1U);
    EXPECT_EQ((*found)[1].priority, 0U);
    EXPECT_EQ((*found)[1].weight, 100U);
    EXPECT_EQ((*found)[2].weight, 50U);
}

TEST_F(DnsMirrors, AreNoneWhereTheZoneSaysSo) {
    m_server.tell_service("_pypi-mirror._tcp.m.example", dns_service_data(0, 0, 0, ""));
    heliograph::test::expect_error(find(), ErrorCode::not_found, "says that it has no");
    DnsResponder empty;
    auto resolver = DnsResolver::open(DnsServer::parse(empty.address()).value()).value();
    heliograph::test::expect_error(
        find_dns_mirrors(resolver, parse_dns_zone("dns:m.example").value()), ErrorCode::not_found
    );
}

TEST_F(DnsMirrors, AreNotServicesThatAllLieElsewhere) {
    m_server.tell_service("_pypi-mirror._tcp.m.example", dns_service_data(0, 0, 443, "evil.test"));
    heliograph::test::expect_error(find(), ErrorCode::refused);
}

TEST_F(DnsMirrors, AreReadOverTcpWhereAnAnswerIsCutOff) {
    const std::string owner = "_pypi-mirror._tcp.m.example";
    for (unsigned i = 0; i < verify::limits::mirrors; ++i) {
        m_server.tell_service(owner, dns_service_data(0, 0, i + 1, "s.m.example"));
    }
    m_server.behave(DnsConduct::cut_off);
    const auto found = find();
    ASSERT_TRUE(test::succeeded(found));
    EXPECT_EQ(found->size(), verify::limits::mirrors);
    m_server.tell_service(owner, dns_service_data(0, 0, 9999, "s.m.example"));
    heliograph::test::expect_error(find(), ErrorCode::refused, "more than a list may hold");
}

TEST_F(DnsMirrors, AreNotTakenFromHostileAnswers) {
    m_server.tell_alias("last.m.example", "b.m.example");
    const DnsPatience brief{
        .first_try = std::chrono::milliseconds(20),
        .tries = 1,
        .whole = std::chrono::milliseconds(200)};
    for (const auto conduct :
         {DnsConduct::silent,
          DnsConduct::refusing,
          DnsConduct::garbage,
          DnsConduct::looping,
          DnsConduct::other_id,
          DnsConduct::endless_tcp}) {
        m_server.behave(conduct);
        EXPECT_FALSE(find("dns:m.example", brief)) << static_cast<int>(conduct);
    }
    m_server.behave(DnsConduct::honest);
    EXPECT_TRUE(test::succeeded(find()));
}

TEST(DnsServer, IsAnAddressPerhapsWithAPort) {
    EXPECT_EQ(DnsServer::parse("127.0.0.1").value(), (DnsServer{"127.0.0.1", 53}));
    EXPECT_EQ(DnsServer::parse("127.0.0.1:5353").value(), (DnsServer{"127.0.0.1", 5353}));
    EXPECT_EQ(DnsServer::parse("::1").value(), (DnsServer{"::1", 53}));
    EXPECT_EQ(DnsServer::parse("[::1]:5353").value(), (DnsServer{"::1", 5353}));
    for (const char* bad :
         {"",
          "ns.example",
          "127.0.0.1:",
          "127.0.0.1:0",
          "127.0.0.1:65536",
          "[::1",
          "[::1]x",
          "127.0.0.1:5 3",
          "127.0.0.1,127.0.0.2"}) {
        EXPECT_FALSE(DnsServer::parse(bad)) << bad;
    }
}

TEST(DnsZone, IsANamePerhapsWithAPort) {
    EXPECT_EQ(parse_dns_zone("dns:M.example.").value().zone.text(), "m.example");
    EXPECT_EQ(parse_dns_zone("dns:m.example:8443").value().port, 8443);
    for (const char* bad :
         {"dns:",
          "dns:m.example:",
          "dns:m.example:0",
          "dns:m.example:99999",
          "dns:m example",
          "dns://m.example/",
          "dns:m..example"}) {
        EXPECT_FALSE(parse_dns_zone(bad)) << bad;
    }
}

}  // namespace
}  // namespace heliograph::mirror
