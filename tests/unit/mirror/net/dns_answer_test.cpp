// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/dns_answer.hpp>
#include <tests/support/dns_responder.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

using test_support::dns_service_data;
using test_support::dns_wire_name;
using test_support::dns_wire_word;

DnsName dns(const std::string& text) {
    return DnsName::parse(text).value();
}

std::string head(unsigned flags, unsigned questions, unsigned records) {
    return dns_wire_word(7) + dns_wire_word(flags) + dns_wire_word(questions) +
           dns_wire_word(records) + std::string(4, '\0');
}

std::string record(const std::string& owner, unsigned type, const std::string& data) {
    return owner + dns_wire_word(type) + dns_wire_word(1) + std::string(4, '\0') +
           dns_wire_word(static_cast<unsigned>(data.size())) + data;
}

Result<DnsAnswer> read(const std::string& message) {
    return parse_dns_answer(bytes_of(message));
}

TEST(DnsName, IsOfLettersDigitsAndHyphens) {
    EXPECT_EQ(dns("A.Example.ORG.").text(), "a.example.org");
    EXPECT_EQ(dns("_tcp.x").first_label(), "_tcp");
    for (const std::string bad :
         {"", ".", "a..b", ".a", "a b", "a/b", "-a.b", "a-.b", "a.b..", "ä.de"}) {
        EXPECT_FALSE(DnsName::parse(bad)) << bad;
    }
    EXPECT_FALSE(DnsName::parse(std::string(64, 'a')));
    std::string longest;
    for (int i = 0; i < 127; ++i) {
        longest += "a.";
    }
    EXPECT_FALSE(DnsName::parse(longest + "a"));
    EXPECT_TRUE(DnsName::parse(longest.substr(0, 253)));
}

TEST(DnsName, IsBelowAZoneByWholeLabels) {
    const auto zone = dns("example.org");
    EXPECT_TRUE(dns("a.example.org").is_child_of(zone));
    EXPECT_TRUE(dns("a.b.example.org").is_below(zone));
    EXPECT_FALSE(dns("a.b.example.org").is_child_of(zone));
    EXPECT_FALSE(dns("example.org").is_below(zone));
    EXPECT_FALSE(dns("badexample.org").is_below(zone));
    EXPECT_FALSE(dns("a.example.org.evil").is_below(zone));
}

TEST(DnsAnswer, ReadsAliasesServicesAndAddresses) {
    const auto owner = dns_wire_name("last.example.org");
    const auto answer = read(
        head(0x8180, 1, 3) + owner + dns_wire_word(5) + dns_wire_word(1) +
        record("\xC0\x0C", 5, dns_wire_name("Z.example.org")) +
        record("\xC0\x0C", 33, dns_service_data(1, 2, 8443, "s.example.org")) +
        record("\xC0\x0C", 1, {127, 0, 0, 1})
    );
    ASSERT_TRUE(test::succeeded(answer));
    EXPECT_EQ(answer->addresses, 1U);
    ASSERT_EQ(answer->aliases.size(), 1U);
    EXPECT_EQ(answer->aliases[0].owner, dns("last.example.org"));
    EXPECT_EQ(answer->aliases[0].target, dns("z.example.org"));
    ASSERT_EQ(answer->services.size(), 1U);
    EXPECT_EQ(answer->services[0].port, 8443);
    EXPECT_EQ(answer->services[0].target, dns("s.example.org"));
}

TEST(DnsAnswer, IsEmptyWhereThereIsNoSuchName) {
    EXPECT_EQ(read(head(0x8183, 0, 0)).value(), DnsAnswer{});
    EXPECT_EQ(read(head(0x8180, 0, 0)).value(), DnsAnswer{});
    heliograph::test::expect_error(read(head(0x8185, 0, 0)), ErrorCode::network, "code 5");
}

TEST(DnsAnswer, RefusesWhatIsNone) {
    const auto name = dns_wire_name("a.example");
    for (const std::string& bad :
         {std::string(),
          std::string(11, 'x'),
          head(0x0100, 0, 0),
          // records that are not there, or end early
          head(0x8180, 0, 1),
          head(0x8180, 1, 0),
          head(0x8180, 0, 1) + record(name, 5, ""),
          head(0x8180, 0, 1) + record(name, 33, dns_wire_word(1)),
          // longer than its data
          head(0x8180, 0, 1) + record(name, 5, dns_wire_name("b.example") + "x"),
          // names that point at themselves, ahead, or outside
          head(0x8180, 0, 1) + record("\xC0\x0C", 5, name),
          head(0x8180, 0, 1) + record("\xC0\x20", 5, name),
          head(0x8180, 0, 1) + record("\xFF\xFF", 5, name),
          // a label of another kind; a name with a slash
          head(0x8180, 0, 1) + record("\x41", 5, name),
          head(0x8180, 0, 1) + record(name, 5, dns_wire_name("a/b"))}) {
        heliograph::test::expect_error(read(bad), ErrorCode::malformed);
    }
    heliograph::test::expect_error(read(head(0x8180, 0, 1025)), ErrorCode::too_large);
    heliograph::test::expect_error(read(head(0x8180, 2, 0)), ErrorCode::too_large);
}

TEST(DnsAnswer, RefusesNamesThatGrowByPointers) {
    // Each name is a label and a pointer to the one before.
    std::string message = head(0x8180, 0, 60);
    std::size_t before = 0;
    for (int i = 0; i < 60; ++i) {
        const auto here = message.size();
        const std::string owner = std::string("\x3F") + std::string(63, 'a') +
                                  (i == 0 ? std::string(1, '\0')
                                          : dns_wire_word(0xC000U | static_cast<unsigned>(before)));
        message += record(owner, 16, "");
        before = here;
    }
    heliograph::test::expect_error(read(message), ErrorCode::malformed, "255");
}

TEST(DnsAnswer, PassesOverWhatItDoesNotAskFor) {
    const auto answer = read(head(0x8180, 0, 1) + record(dns_wire_name("x y"), 16, "text"));
    ASSERT_TRUE(test::succeeded(answer));
    EXPECT_EQ(*answer, DnsAnswer{});
}

}  // namespace
}  // namespace heliograph::mirror
