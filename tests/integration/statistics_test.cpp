// SPDX-License-Identifier: Apache-2.0
// Statistics as people and scripts see them: collected over TLS from a running mirror, shown,
// drawn.
#include <tests/integration/household.hpp>
#include <tests/support/spawn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string yesterday() {
    const std::time_t instant = std::time(nullptr) - 24 * 60 * 60;
    std::tm parts{};
    ::gmtime_r(&instant, &parts);
    char text[16] = {};
    EXPECT_EQ(std::strftime(text, sizeof text, "%Y-%m-%d", &parts), 10U);
    return text;
}

TEST(StatisticsDayOfAMaster, IsCollectedOverTlsAndShown) {
    Household house;
    const auto wheel = house.make_wheel();
    house.make_master({wheel});
    house.make_mirror("copy", "https://127.0.0.1:1/");
    const fs::path days = house / "copy/local-stats/days";
    fs::create_directories(days);
    const std::string row = "sample," + wheel.filename().string() + ",pip/23.0.1,42\n";
    // Packed by another program than ours.
    const auto packed = run(
        {.program = "python3",
         .arguments =
             {"-c",
              "import bz2, sys; bz2.open(sys.argv[1], 'wt').write(sys.argv[2])",
              days / (yesterday() + ".bz2"),
              row},
         .folder = house.folder()}
    );
    ASSERT_EQ(packed.exit_code, 0) << packed.errors;
    const auto copy = house.serve("copy");
    std::ofstream(house / "master/mirrors.txt") << copy.url() << "\n";

    house.must("mirror", {"stats", "collect", "--dir", "master"});
    const auto again = house.must("mirror", {"stats", "collect", "--dir", "master", "--json"});
    EXPECT_THAT(again.output, HasSubstr("\"days_summed\": 0"));
    const auto shown = house.must("mirror", {"stats", "show", "--dir", "master", "Sample"});
    EXPECT_THAT(shown.output, HasSubstr(yesterday() + "  42"));
    const auto top =
        house.must("mirror", {"stats", "top", "--dir", "master", "--by", "agent", "-n", "1"});
    EXPECT_THAT(top.output, HasSubstr("pip/23.0.1 42 #"));
    house.must("mirror", {"stats", "plot", "--dir", "master", "-o", "day.svg"});
    EXPECT_THAT(read_text(house / "day.svg"), HasSubstr("</svg>"));
    const auto local = house.must("mirror", {"stats", "show", "--dir", "master", "--local"});
    EXPECT_THAT(local.output, Not(HasSubstr("42")));

    EXPECT_EQ(house.run("mirror", {"stats", "collect", "--dir", "copy"}).exit_code, 2);
    std::ofstream(house / "master/mirrors.txt") << "https://127.0.0.1:1/\n";
    EXPECT_EQ(house.run("mirror", {"stats", "collect", "--dir", "master"}).exit_code, 5);
}

TEST(StatisticsDayOfAMaster, IsCollectedFromAMirrorThatAsksForACertificate) {
    Household house;
    house.make_master({house.make_wheel()});
    house.must("pki", {"issue", "client", "collector", "--dir", "pki"});
    house.make_mirror("copy", "https://127.0.0.1:1/");
    const Serving copy(
        house.command(
            "mirror",
            {"serve",
             "--dir",
             "copy",
             "--listen",
             "127.0.0.1:0",
             "--tls",
             "pki/issued/localhost/bundle.pem",
             "--client-root",
             "pki/root.crt",
             "--port-file",
             house / "copy.port"}
        ),
        house / "copy.port"
    );
    std::ofstream(house / "master/mirrors.txt") << copy.url() << "\n";
    const std::vector<std::string> collect{"stats", "collect", "--dir", "master", "--json"};
    EXPECT_EQ(house.run("mirror", collect).exit_code, 5);
    auto certified = collect;
    certified.insert(certified.end(), {"--client-cert", "pki/issued/collector/bundle.pem"});
    const Outcome collected = house.must("mirror", certified);
    EXPECT_THAT(collected.output, HasSubstr("\"days_summed\": 0"));
    house.expect_no_secret(collected);
}

}  // namespace
}  // namespace heliograph::test_support
