// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/dependency.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

TEST(Dependency, IsARequirement) {
    const auto read = parse_dependency("Other[x] (>=1,<2) ; extra == \"test\"").value();
    EXPECT_EQ(read.requirement.text(), "other[x]>=1,<2; extra == \"test\"");
    EXPECT_FALSE(read.url);
}

TEST(Dependency, NamesAUrlWhoseSemicolonsAreItsOwn) {
    const auto read =
        parse_dependency("far [a, b]@https://x.example/f;a=b.whl#sha256=00\t; os_name=='nt'")
            .value();
    EXPECT_EQ(read.url, "https://x.example/f;a=b.whl#sha256=00");
    EXPECT_EQ(read.requirement.text(), "far[a,b]; os_name == \"nt\"");
    EXPECT_EQ(parse_dependency("far @ https://x.example/f").value().url, "https://x.example/f");
}

TEST(Dependency, IsRefusedWhereItCannotBeMeant) {
    for (const char* text :
         {"",
          "@",
          "far @",
          "far @ ; os_name == 'nt'",
          "far @ https://x y",
          "@ https://x",
          "a b",
          "a>=1 @ https://x",
          "far @ https://x ; x"}) {
        EXPECT_FALSE(parse_dependency(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace heliograph::mirror
