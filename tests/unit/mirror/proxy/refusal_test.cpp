// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/refusal.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

MirrorFailure lacking(const std::string& mirror, const std::string& id) {
    return {
        .mirror = mirror,
        .error = std::nullopt,
        .findings = {
            {.id = id,
             .cause = verify::Cause::not_found,
             .subject = "file demo-1.0.tar.gz",
             .expected = "it to be there",
             .seen = "status 404",
             .source = mirror}}};
}

TEST(Refusal, OfAFileThatFiltersLeaveOutSaysNotThatThereIsNone) {
    const std::string filtered = "https://few.example/";
    for (const auto* other : {"file-left-out", "file-not-found"}) {
        const auto refusal = refusal_of(
            "file demo-1.0.tar.gz",
            {lacking("https://other.example/", other), lacking(filtered, "file-left-out")}
        );
        EXPECT_EQ(refusal.status, 424);
        EXPECT_NE(refusal.detail.find("file-left-out"), std::string::npos);
    }
    EXPECT_EQ(refusal_of("a file", {lacking(filtered, "file-not-found")}).status, 404);
}

}  // namespace
}  // namespace heliograph::mirror
