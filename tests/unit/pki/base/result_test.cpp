// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace heliograph {
namespace {

/// Knows how many of its kind live.
class Counted {
  public:
    explicit Counted(int& living) : m_living(&living) { ++*m_living; }
    Counted(const Counted& other) : m_living(other.m_living) { ++*m_living; }
    Counted(Counted&& other) noexcept : m_living(other.m_living) { ++*m_living; }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&&) = default;
    ~Counted() { --*m_living; }

  private:
    int* m_living;
};

Error some_error() {
    return {ErrorCode::malformed, "expected bread, saw a stone"};
}

TEST(ResultTest, HoldsAValueOrAnError) {
    const Result<std::string> value = std::string("bread");
    EXPECT_TRUE(value.has_value());
    EXPECT_EQ(*value, "bread");
    EXPECT_EQ(value->size(), 5U);
    const Result<std::string> error = some_error();
    EXPECT_FALSE(error.has_value());
    EXPECT_EQ(error.error().message(), "expected bread, saw a stone");
}

TEST(ResultTest, DestroysWhatItHeldExactlyOnce) {
    int living = 0;
    {
        Result<Counted> first = Counted(living);
        Result<Counted> copy = first;
        EXPECT_EQ(living, 2);
        Result<Counted> moved = std::move(first);
        EXPECT_EQ(living, 3);
        Result<Counted> none = some_error();
        moved = std::move(none);  // a value gives way to an error
        EXPECT_EQ(living, 2);
        EXPECT_EQ(moved.error().code(), ErrorCode::malformed);
        moved = std::move(copy);  // and an error to a value
        EXPECT_EQ(living, 3);
        EXPECT_TRUE(moved.has_value());
    }
    EXPECT_EQ(living, 0);
}

TEST(ResultTest, KeepsWhatItHoldsWhenAssignedToItself) {
    Result<std::string> value = std::string(100, 'b');
    auto& same = value;
    value = std::move(same);
    EXPECT_EQ(*value, std::string(100, 'b'));
}

TEST(ResultTest, CarriesWhatCanOnlyBeMoved) {
    Result<std::unique_ptr<int>> first = std::make_unique<int>(381);
    Result<std::unique_ptr<int>> second = std::move(first);
    const std::unique_ptr<int> taken = std::move(second).value();
    EXPECT_EQ(*taken, 381);
    static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
}

TEST(ResultTest, CopiesAnErrorWithItsTrail) {
    const Result<int> first = some_error().at("the oven");
    const Result<int> second =
        first;  // NOLINT(performance-unnecessary-copy-initialization): the claim
    EXPECT_EQ(second.error().describe(), first.error().describe());
    EXPECT_EQ(second.error().trail().size(), 1U);
}

TEST(ResultTest, GivesAnotherValueInPlaceOfAnError) {
    EXPECT_EQ((Result<std::string>(some_error()).value_or("cake")), "cake");
    EXPECT_EQ((Result<std::string>("bread").value_or("cake")), "bread");
}

TEST(ResultDeathTest, EndsTheProcessWhenAskedForWhatItHasNot) {
    const Result<int> value = 1;
    EXPECT_DEATH((void)value.error(), "internal error.*!m_has_value at ");
    const Result<int> error = some_error();
    EXPECT_DEATH((void)*error, "internal error.*m_has_value at ");
}

}  // namespace
}  // namespace heliograph
