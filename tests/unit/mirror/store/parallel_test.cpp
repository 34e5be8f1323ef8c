// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/parallel.hpp>
#include <tests/support/expect_error.hpp>

#include <atomic>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

TEST(ForEachPiece, DoesEachPieceOnce) {
    std::vector<std::atomic<int>> done(1000);
    ASSERT_TRUE(succeeded(for_each_piece(done.size(), {.count = 4}, [&](std::size_t at) -> Outcome {
        done[at].fetch_add(1);
        return {};
    })));
    for (const auto& times : done) {
        EXPECT_EQ(times.load(), 1);
    }
}

TEST(ForEachPiece, DoesNothingForNoPieces) {
    EXPECT_TRUE(succeeded(for_each_piece(0, {}, [](std::size_t) -> Outcome {
        return Error(ErrorCode::internal, "there is no piece");
    })));
}

TEST(ForEachPiece, TellsTheFirstFailureAndBeginsNoMore) {
    std::atomic<std::size_t> begun{0};
    const auto outcome = for_each_piece(1'000'000, {.count = 2}, [&](std::size_t at) -> Outcome {
        begun.fetch_add(1);
        if (at >= 10) {
            return Error(ErrorCode::io, "piece " + std::to_string(at));
        }
        return {};
    });
    expect_error(outcome, ErrorCode::io, "piece 10");
    EXPECT_LT(begun.load(), 100U);
}

}  // namespace
}  // namespace heliograph::mirror
