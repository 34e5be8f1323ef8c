// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/gate/trust_state.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

ProjectName name(std::string_view text) {
    return parse_project_name(text).value();
}

TEST(TrustState, SerialsOnlyRise) {
    TrustState state;
    EXPECT_FALSE(state.seen(name("a")));
    state.remember(name("a"), Serial{5});
    state.remember(name("a"), Serial{3});
    EXPECT_EQ(state.seen(name("a")), Serial{5});
    state.remember(name("a"), Serial{6});
    EXPECT_EQ(state.seen(name("a")), Serial{6});
}

TEST(TrustState, MergeKeepsTheHigherOfBoth) {
    TrustState left;
    left.remember(name("a"), Serial{5});
    left.remember(name("b"), Serial{1});
    TrustState right;
    right.remember(name("a"), Serial{4});
    right.remember(name("b"), Serial{2});
    right.remember(name("c"), Serial{9});
    left.merge(right);
    EXPECT_EQ(left.seen(name("a")), Serial{5});
    EXPECT_EQ(left.seen(name("b")), Serial{2});
    EXPECT_EQ(left.seen(name("c")), Serial{9});
}

TEST(TrustState, ReadsBackWhatItWrote) {
    TrustState state;
    state.remember(name("a"), max_serial);
    state.remember(name("zope-interface"), Serial{0});
    EXPECT_EQ(parse_trust_state(render_trust_state(state)).value(), state);
}

TEST(TrustState, RefusesOtherDocuments) {
    using test::expect_error;
    expect_error(parse_trust_state(""), ErrorCode::malformed);
    expect_error(parse_trust_state("{}"), ErrorCode::malformed);
    expect_error(
        parse_trust_state(R"({"format":"heliograph-trust-state-2","projects":{}})"),
        ErrorCode::unsupported
    );
    const auto with = [](const std::string& projects) {
        return parse_trust_state(
            R"({"format":"heliograph-trust-state-1","projects":)" + projects + "}"
        );
    };
    EXPECT_TRUE(with("{}"));
    expect_error(with("[]"), ErrorCode::malformed);
    expect_error(with(R"({"A":1})"), ErrorCode::malformed);
    expect_error(with(R"({"a":-1})"), ErrorCode::malformed);
    expect_error(with(R"({"a":"1"})"), ErrorCode::malformed);
    expect_error(with(R"({"a":9007199254740992})"), ErrorCode::malformed);
    expect_error(with(R"({"a":1,"a":2})"), ErrorCode::malformed);
}

}  // namespace
}  // namespace heliograph::verify
