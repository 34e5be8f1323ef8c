// SPDX-License-Identifier: Apache-2.0
// requirements.txt as pip reads it; what would choose another place is refused, not passed over.
#include <mirror/fetch/requirements_file.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

const std::string digest_a(64, 'a');
const std::string digest_b(64, 'b');

std::vector<std::string> texts(std::string_view text) {
    const auto file = parse_requirements_file(text);
    EXPECT_TRUE(test::succeeded(file));
    std::vector<std::string> found;
    for (const auto& requirement : file->requirements) {
        found.push_back(requirement.text());
    }
    return found;
}

TEST(RequirementsFile, HoldsOneRequirementALine) {
    EXPECT_EQ(
        texts("# all of it\r\nwheel >= 0.38 # why\r\n\n  build[uv]==1.0 ; os_name == 'nt'\nlast"),
        (std::vector<std::string>{"wheel>=0.38", "build[uv]==1.0; os_name == \"nt\"", "last"})
    );
    EXPECT_TRUE(texts("").empty());
}

TEST(RequirementsFile, JoinsLinesThatGoOn) {
    EXPECT_EQ(
        texts("zope.interface\\\n >=5,\\\n<6\nwheel"),
        (std::vector<std::string>{"zope-interface>=5,<6", "wheel"})
    );
    EXPECT_EQ(
        texts("wheel \\\n# a comment ends it \\\nbuild"),
        (std::vector<std::string>{"wheel", "build"})
    );
    EXPECT_EQ(texts("wheel\\"), (std::vector<std::string>{"wheel"}));
}

TEST(RequirementsFile, KeepsTheHashesOfEach) {
    const auto file = parse_requirements_file(
        "wheel==1.0 \\\n    --hash=sha256:" + digest_a + " \\\n    --hash sha256:" + digest_b +
        "\nbuild==2 --hash=sha512:00 --hash=sha256:" + digest_b + "\n"
    );
    ASSERT_TRUE(test::succeeded(file));
    ASSERT_EQ(file->requirements.size(), 2U);
    EXPECT_EQ(file->requirements[0].hashes.size(), 2U);
    EXPECT_EQ(file->requirements[0].hashes[1].to_hex(), digest_b);
    EXPECT_EQ(file->requirements[1].hashes.size(), 1U);
}

TEST(RequirementsFile, WantsHashesAndPinsOfAllOnceOneHasThem) {
    const std::string hashed = "wheel==1.0 --hash=sha256:" + digest_a + "\n";
    test::expect_error(
        parse_requirements_file(hashed + "build==2\n"), ErrorCode::malformed, "build==2"
    );
    test::expect_error(
        parse_requirements_file("wheel>=1.0 --hash=sha256:" + digest_a), ErrorCode::malformed
    );
    test::expect_error(parse_requirements_file("--require-hashes\nwheel==1"), ErrorCode::malformed);
    EXPECT_TRUE(test::succeeded(parse_requirements_file("--require-hashes\n" + hashed)));
}

TEST(RequirementsFile, TakesWhatItSaysOfWheels) {
    const auto file =
        parse_requirements_file("--no-binary :all:\n--only-binary=wheel,build\nwheel\n");
    ASSERT_TRUE(test::succeeded(file));
    EXPECT_EQ(file->formats.no_binary, std::vector<std::string>{":all:"});
    EXPECT_EQ(file->formats.only_binary, std::vector<std::string>{"wheel,build"});
}

TEST(RequirementsFile, RefusesEveryOtherPlace) {
    for (const char* text :
         {"-r other.txt",
          "-e .",
          "--index-url https://x.example/simple",
          "-i https://x.example/simple",
          "--extra-index-url=https://x.example/simple",
          "--find-links ./here",
          "--trusted-host x.example",
          "--pre",
          "--no-binary",
          "./wheel-1.0-py3-none-any.whl",
          "../x",
          "/tmp/x.whl",
          "https://x.example/wheel.whl",
          "git+https://x.example/wheel.git",
          "wheel @ https://x.example/wheel.whl",
          "wheel==${VERSION}",
          "wheel==1 --config-settings a=b",
          "wheel==1 --hash=sha512:00"}) {
        test::expect_error(parse_requirements_file(text), ErrorCode::unsupported, "line 1");
    }
}

TEST(RequirementsFile, NamesTheLineThatIsNone) {
    test::expect_error(
        parse_requirements_file("wheel\n\nbuild==\n"), ErrorCode::malformed, "line 3"
    );
    test::expect_error(
        parse_requirements_file("wheel==1 --hash=sha256:xyz"), ErrorCode::malformed, "line 1"
    );
    test::expect_error(
        parse_requirements_file("wheel==1 --hash=sha256"), ErrorCode::malformed, "line 1"
    );
    test::expect_error(
        parse_requirements_file(std::string(requirements_file_bytes + 1, '\n')),
        ErrorCode::too_large
    );
}

// pip takes each of these for the end of a line, and the rest of it for a requirement of its own.
TEST(RequirementsFile, HidesNoRequirementInAComment) {
    const std::string locked = "wheel==1.0 --hash=sha256:" + digest_a + "  # via";
    for (const std::string end :
         {"\r",
          "\v",
          "\f",
          "\x1c",
          "\x1d",
          "\x1e",
          "\xC2\x85",
          "\xE2\x80\xA8",
          "\xE2\x80\xA9",
          "\x1f",
          "\x7f",
          "\r\r\n"}) {
        const auto text = "# first\n" + locked + end + "evil==9 --hash=sha256:" + digest_b + "\n";
        test::expect_error(parse_requirements_file(text), ErrorCode::malformed, "line 2");
        test::expect_error(parse_partly_hashed_requirements(text), ErrorCode::malformed, "line 2");
    }
    EXPECT_EQ(texts("# \xC3\x85sa\twrote it\r\nwheel\n").size(), 1U);
}

TEST(RequirementsFile, IsReadInOneEncodingAlone) {
    for (const std::string& text :
         {std::string("# -*- coding: utf-7 -*-\nwheel"),
          std::string("\n# vim: coding=latin-1\nwheel"),
          std::string("wheel # \x85"),
          std::string("\xFF\xFEw\0", 4),
          std::string("w\0heel", 6)}) {
        test::expect_error(parse_requirements_file(text), ErrorCode::unsupported, "UTF-8");
    }
    EXPECT_EQ(texts("\xEF\xBB\xBF# coding: utf-8\nwheel").size(), 1U);
}

}  // namespace
}  // namespace heliograph::mirror
