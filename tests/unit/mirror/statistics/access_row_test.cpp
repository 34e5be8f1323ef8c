// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/access_row.hpp>
#include <mirror/statistics/agent_name.hpp>
#include <mirror/statistics/bzip2_file.hpp>
#include <mirror/statistics/statistics_day.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;

TEST(AgentName, IsTheFirstProductAndNothingElse) {
    EXPECT_EQ(agent_name("pip/23.0.1 {\"python\":\"3.11\"}"), "pip/23.0.1");
    EXPECT_EQ(agent_name("uv/0.5.1"), "uv/0.5.1");
    EXPECT_EQ(agent_name("Mozilla/5.0 (someone@example.org)"), "Mozilla/5.0");
    EXPECT_EQ(agent_name("bandersnatch"), "bandersnatch");
    for (const auto* hostile :
         {"", " ", "/", "a/b/c", "a/", "/1", "<script>", "a,b", "a\"b", "a\nb", "\xc3\xa9/1"}) {
        EXPECT_EQ(agent_name(hostile), "other") << hostile;
    }
    EXPECT_EQ(agent_name(std::string(65, 'a')), "other");
}

TEST(AccessTable, ReadsBackWhatItWrites) {
    const AccessTable table = {
        {{"a", "a-1.0.tar.gz", "pip/1"}, 3},
        {{"b", "b, \"c\"-1.0.zip", "other"}, statistics_limits::count}};
    const auto text = render_access_table(table);
    EXPECT_EQ(
        text,
        "# package,filename,useragent,count\n"
        "a,a-1.0.tar.gz,pip/1,3\n"
        "b,\"b, \"\"c\"\"-1.0.zip\",other,9007199254740992\n"
    );
    EXPECT_EQ(parse_access_table(text).value(), table);
}

TEST(AccessTable, ReadsWhatOtherMirrorsWrite) {
    const auto table = parse_access_table(
                           "Zope.Interface,z-1.tgz,\"setuptools/0.6c11 (x, y)\",2\r\n"
                           "zope_interface,z-1.tgz,setuptools/0.6c11,5"
    )
                           .value();
    ASSERT_EQ(table.size(), 1U);
    EXPECT_EQ((table.at({"zope-interface", "z-1.tgz", "setuptools/0.6c11"})), 7U);
    EXPECT_TRUE(parse_access_table("").value().empty());
}

TEST(AccessTable, RefusesWhatIsNone) {
    for (const auto* hostile :
         {"a,b,c",
          "a,b,c,1,2",
          "a,b,c,-1",
          "a,b,c,1e9",
          "a,b,c,99999999999999999999",
          "a,b,c,9007199254740993",
          "../x,b,c,1",
          ",b,c,1",
          "a,,c,1",
          "a,../../etc/passwd,c,1",
          "a,b\\c,c,1",
          "a,\"b,c,1",
          "a,\"b\"x,c,1",
          "a,b,c,1\n\n",
          "\n",
          "a,\"b\nc\",d,1"}) {
        expect_error(parse_access_table(hostile), ErrorCode::malformed);
    }
    expect_error(
        parse_access_table("a," + std::string(1'000'000, 'b') + ",c,1"), ErrorCode::malformed
    );
}

TEST(AccessTable, SumsStopBeforeTheyOverflow) {
    EXPECT_EQ(add_counts(1, 2), 3U);
    EXPECT_EQ(add_counts(statistics_limits::count, 1), statistics_limits::count);
    EXPECT_EQ(add_counts(5, UINT64_MAX), statistics_limits::count);
}

TEST(Bzip2File, GoesThroughAndRefusesTheRest) {
    const test::TempFolder temp;
    const auto path = temp / "a.bz2";
    auto writer = Bzip2Writer::create(path).value();
    ASSERT_TRUE(test::succeeded(writer.write(std::string(100'000, 'a'))));
    ASSERT_TRUE(test::succeeded(writer.commit(Replacement::refused)));
    const auto packed = read_file(path, 1'000'000).value();
    EXPECT_LT(packed.size(), 1000U);
    EXPECT_EQ(unpack_bzip2(packed, 100'000).value(), std::string(100'000, 'a'));
    expect_error(unpack_bzip2(packed, 99'999), ErrorCode::too_large);
    for (std::size_t size = 0; size < packed.size(); size += 7) {
        EXPECT_FALSE(unpack_bzip2(ByteSpan(packed).first(size), 100'000).has_value()) << size;
    }
    expect_error(unpack_bzip2(bytes_of("not packed at all"), 1000), ErrorCode::malformed);
}

TEST(StatisticsDay, GoesThroughItsName) {
    const auto day = parse_day("2026-02-28").value();
    EXPECT_EQ(format_day(day + std::chrono::days(1)), "2026-03-01");
    EXPECT_EQ(day_file_name(day), "2026-02-28.bz2");
    for (const auto* none : {"", "2026-02-30", "2026-2-3", "2026-02-28T", "20260228xx"}) {
        EXPECT_FALSE(parse_day(none).has_value()) << none;
    }
}

}  // namespace
}  // namespace heliograph::mirror
