// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_list.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/fetch/scripted_transport.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

using scripted::ScriptedAnswer;

TEST(MirrorList, KeepsTheOrderAndDropsRepetitions) {
    const auto list = parse_mirror_list(
        "# ours\n https://one.example/base "
        "\r\n\nhttp://127.0.0.1:8080\nhttps://ONE.example:443/base/\n#x\n"
    );
    ASSERT_TRUE(heliograph::test::succeeded(list));
    ASSERT_EQ(list->mirrors.size(), 2U);
    EXPECT_EQ(list->mirrors[0].url.to_string(), "https://one.example/base/");
    EXPECT_EQ(list->mirrors[1].url.to_string(), "http://127.0.0.1:8080/");
}

TEST(MirrorList, NamesTheLineThatIsNone) {
    heliograph::test::expect_error(
        parse_mirror_list("https://one.example/\nftp://x/\n"), ErrorCode::unsupported, "line 2"
    );
    heliograph::test::expect_error(
        parse_mirror_list("https://user:secret@x/\n"), ErrorCode::malformed, "line 1"
    );
    heliograph::test::expect_error(parse_mirror_list("https://x/?a=b\n"), ErrorCode::malformed);
    heliograph::test::expect_error(parse_mirror_list("https://x/a#b\n"), ErrorCode::malformed);
}

TEST(MirrorList, MayGiveEachMirrorAPriority) {
    const auto list = parse_mirror_list("https://one.example/ priority=7\nhttps://two.example\n");
    ASSERT_TRUE(heliograph::test::succeeded(list));
    EXPECT_EQ(list->mirrors[0].priority, 7U);
    EXPECT_EQ(list->mirrors[1].priority, 0U);
    for (const char* bad :
         {"priority=",
          "priority=100",
          "priority=-1",
          "priority=1 2",
          "7",
          "priority=1 priority=2",
          "weight=0",
          "weight=1001",
          "region=de",
          "region=DEU",
          "region"}) {
        heliograph::test::expect_error(
            parse_mirror_list("https://one.example/ " + std::string(bad)),
            ErrorCode::malformed,
            "line 1"
        );
    }
}

TEST(MirrorList, MayGiveEachMirrorAWeightAndARegion) {
    const auto list =
        parse_mirror_list("https://one.example/  region=DE\tweight=50 priority=1\nhttp://two\n");
    ASSERT_TRUE(heliograph::test::succeeded(list));
    EXPECT_EQ(list->mirrors[0].weight, 50U);
    EXPECT_EQ(list->mirrors[0].region, "DE");
    EXPECT_EQ(list->mirrors[0].priority, 1U);
    EXPECT_EQ(list->mirrors[1].weight, 100U);
}

TEST(MirrorList, NeverRepeatsCredentials) {
    const auto list = parse_mirror_list("https://user:secret@x/\n");
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().describe().find("secret"), std::string::npos);
}

TEST(MirrorList, RefusesEmptyAndOverlongLists) {
    EXPECT_FALSE(parse_mirror_list(""));
    EXPECT_FALSE(parse_mirror_list("# nothing\n\n"));
    std::string many;
    for (std::size_t i = 0; i <= verify::limits::mirrors; ++i) {
        many += "http://127.0.0.1:" + std::to_string(i + 1) + "/\n";
    }
    heliograph::test::expect_error(parse_mirror_list(many), ErrorCode::too_large);
    heliograph::test::expect_error(
        parse_mirror_list(std::string(verify::limits::mirror_list_bytes + 1, '\n')),
        ErrorCode::too_large
    );
}

TEST(MirrorList, ComesFromAFileOrAUrl) {
    const heliograph::test::TempFolder folder;
    ASSERT_TRUE(write_file_atomically(folder / "mirrors.txt", bytes_of("https://one.example/\n")));
    scripted::ScriptedTransport transport;
    transport.answer("http://127.0.0.1/list", std::string("https://two.example/\n"));
    transport.answer("http://127.0.0.1/broken", ScriptedAnswer{.status = 500});
    EXPECT_EQ(
        load_mirror_list((folder / "mirrors.txt").string(), transport, std::nullopt)
            ->mirrors[0]
            .url.host(),
        "one.example"
    );
    EXPECT_EQ(
        load_mirror_list("http://127.0.0.1/list", transport, std::nullopt)->mirrors[0].url.host(),
        "two.example"
    );
    heliograph::test::expect_error(
        load_mirror_list("http://127.0.0.1/broken", transport, std::nullopt), ErrorCode::network
    );
    heliograph::test::expect_error(
        load_mirror_list((folder / "none").string(), transport, std::nullopt), ErrorCode::not_found
    );
}

}  // namespace
}  // namespace heliograph::mirror
