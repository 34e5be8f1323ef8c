// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/left_out_list.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

LeftOutFile file(const std::string& name, LeaveReason reason) {
    return {
        .path = verify::FilePath({}, verify::parse_dist_file_name(name).value()), .reason = reason};
}

TEST(LeftOutList, GoesThereAndBack) {
    const std::vector<LeftOutFile> files{
        file("demo-2.0.tar.gz", LeaveReason::file_type),
        file("demo-1.0.tar.gz", LeaveReason::latest)};
    const auto text = render_left_out_list(files);
    EXPECT_EQ(
        text,
        R"({"format":"heliograph-left-out-1","files":{"demo-1.0.tar.gz":"latest","demo-2.0.tar.gz":"file-type"}})"
        "\n"
    );
    const auto reasons = parse_left_out_list(text);
    ASSERT_TRUE(succeeded(reasons));
    EXPECT_EQ(
        *reasons,
        (LeftOutReasons{
            {"demo-1.0.tar.gz", LeaveReason::latest}, {"demo-2.0.tar.gz", LeaveReason::file_type}})
    );
}

// It lies in a tree that anybody may have written.
TEST(LeftOutList, RefusesEveryOtherShape) {
    for (const std::string text :
         {"",
          "[]",
          R"({"format":"heliograph-left-out-2","files":{}})",
          R"({"files":{}})",
          R"({"format":"heliograph-left-out-1"})",
          R"({"format":"heliograph-left-out-1","files":["a"]})",
          R"({"format":"heliograph-left-out-1","files":{"a":1}})",
          R"({"format":"heliograph-left-out-1","files":{"a":"because"}})",
          R"({"format":"heliograph-left-out-1","files":{"a":"age","a":"age"}})",
          R"({"format":"heliograph-left-out-1","files":{"a":["age"]}})"}) {
        expect_error(parse_left_out_list(text), ErrorCode::malformed);
    }
    expect_error(
        parse_left_out_list(R"({"format":"heliograph-left-out-1","files":{"a":{"b":{"c":"d"}}}})"),
        ErrorCode::too_large
    );
}

}  // namespace
}  // namespace heliograph::mirror
