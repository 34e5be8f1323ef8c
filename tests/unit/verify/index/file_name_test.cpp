// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/file_key.hpp>
#include <verify/index/file_name.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;

TEST(DistFileName, ReadsAWheel) {
    const auto name =
        parse_dist_file_name("Zope.Interface-5.4.0-1b-cp310.cp311-abi3-manylinux_2_17_x86_64.whl");
    ASSERT_TRUE(test::succeeded(name));
    EXPECT_EQ(name->kind(), FileKind::wheel);
    EXPECT_EQ(name->project().text(), "zope-interface");
    EXPECT_EQ(name->version().text(), "5.4.0");
    EXPECT_EQ(name->build(), "1b");
    ASSERT_EQ(name->tags().size(), 2U);
    EXPECT_EQ(name->tags()[1], (WheelTag{"cp311", "abi3", "manylinux_2_17_x86_64"}));
}

TEST(DistFileName, ReadsSourceArchivesUpToTheLastDash) {
    const auto tar = parse_dist_file_name("my-old-name-1.0.post1.tar.gz");
    ASSERT_TRUE(test::succeeded(tar));
    EXPECT_EQ(tar->kind(), FileKind::sdist);
    EXPECT_EQ(tar->project().text(), "my-old-name");
    EXPECT_EQ(tar->version().text(), "1.0.post1");
    EXPECT_TRUE(tar->tags().empty());
    EXPECT_TRUE(parse_dist_file_name("a-1.zip"));
}

TEST(DistFileName, AcceptsLocalVersionsAndEpochs) {
    EXPECT_EQ(
        parse_dist_file_name("a-1!2.0+local.1-py3-none-any.whl")->version().text(), "1!2.0+local.1"
    );
}

TEST(DistFileName, RefusesFoldersControlsAndForeignBytes) {
    for (const char* text :
         {"../a-1.zip",
          "/a-1.zip",
          "x/a-1.zip",
          "x\\a-1.zip",
          "..-1.zip",
          "a-1\n.zip",
          "a-1.zip\n",
          "\xc3\xa1-1.zip",
          ".a-1.zip",
          "-a-1.zip",
          "a b-1.zip",
          "a-1:x.zip",
          "a%2f-1.zip"}) {
        expect_error(parse_dist_file_name(text), ErrorCode::malformed);
    }
    expect_error(parse_dist_file_name(std::string("a-1\0.zip", 8)), ErrorCode::malformed);
    expect_error(parse_dist_file_name(""), ErrorCode::malformed);
}

TEST(DistFileName, RefusesDeviceNames) {
    for (const char* text :
         {"con.x-1.zip",
          "NUL.a-1.zip",
          "com1.b-1-py3-none-any.whl",
          "Lpt9.b-1.tar.gz",
          "aux.zip"}) {
        expect_error(parse_dist_file_name(text), ErrorCode::malformed, "device");
    }
    EXPECT_TRUE(parse_dist_file_name("console-1.zip"));
    EXPECT_TRUE(parse_dist_file_name("con-1.zip"));
}

TEST(DistFileName, RefusesOverlongNamesAndTagBombs) {
    expect_error(parse_dist_file_name(std::string(250, 'a') + "-1.zip"), ErrorCode::too_large);
    const std::string tags = "a.b.c.d.e.f.g.h.i.j.k";
    expect_error(
        parse_dist_file_name("a-1-" + tags + "-" + tags + "-" + tags + ".whl"), ErrorCode::too_large
    );
}

TEST(DistFileName, RefusesOtherEndingsAndShapes) {
    expect_error(parse_dist_file_name("a-1.exe"), ErrorCode::unsupported);
    expect_error(parse_dist_file_name("a-1.tar.bz2"), ErrorCode::unsupported);
    for (const char* text :
         {"a.zip",
          "a-x.zip",
          "-1.zip",
          "a-1-py3-none.whl",
          "a-1-x-py3-none-any.whl",
          "a-1-1-2-py3-none-any.whl",
          "a-1-py3--any.whl",
          "a-1-py3.-none-any.whl",
          "a-one-py3-none-any.whl",
          "_-1-py3-none-any.whl",
          "a__b-1-py3-none-any.whl"}) {
        expect_error(parse_dist_file_name(text), ErrorCode::malformed);
    }
}

DistFileKey key_of(std::string_view text) {
    return DistFileKey(parse_dist_file_name(text).value());
}

TEST(DistFileKey, IsOneForAllSpellingsOfAFile) {
    EXPECT_EQ(key_of("Foo_Bar-1.0.tar.gz"), key_of("foo.bar-1.0.0.tar.gz"));
    const auto wheel = key_of("foo_bar-1.0-1-py2.py3-none-any.whl");
    for (const char* other :
         {"foo_bar-1.0-1-py3.py2-none-any.whl",
          "foo_bar-1.0-1-PY2.PY3-None-Any.whl",
          "foo_bar-1.0-01-py2.py3.py2-none-any.whl",
          "Foo.Bar-1-1-py2.py3-none-any.whl"}) {
        EXPECT_EQ(wheel, key_of(other)) << other;
        EXPECT_TRUE(wheel.is_of(parse_dist_file_name(other).value())) << other;
    }
}

TEST(DistFileKey, TellsFilesApartThatInstallersTellApart) {
    EXPECT_NE(key_of("a-1.0.tar.gz"), key_of("a-1.0.zip"));
    EXPECT_NE(key_of("a-1.0.tar.gz"), key_of("a-1.0.post1.tar.gz"));
    const auto wheel = key_of("a-1.0-py3-none-any.whl");
    for (const char* other :
         {"a-1.0-0-py3-none-any.whl",
          "a-1.0-py2.py3-none-any.whl",
          "a-1.0-py3-abi3-any.whl",
          "b-1.0-py3-none-any.whl",
          "a-1.0.tar.gz"}) {
        EXPECT_NE(wheel, key_of(other)) << other;
        EXPECT_FALSE(wheel.is_of(parse_dist_file_name(other).value())) << other;
    }
    EXPECT_NE(key_of("a-1-1b-py3-none-any.whl"), key_of("a-1-1-py3-none-any.whl"));
}

}  // namespace
}  // namespace heliograph::verify
