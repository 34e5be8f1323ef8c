// SPDX-License-Identifier: Apache-2.0
// Work of equal pieces spread over the cores of the machine.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <functional>

namespace heliograph::mirror {

/// How many threads a piece of work may use.
struct Workers {
    std::size_t count = 0;  ///< 0: one for each core.
};

/// Calls @p work once for each number below @p pieces, from several threads, in no order; the
/// caller's thread works too, and alone when there is one piece or one worker, or when the machine
/// gives no further thread.
/// @return The first failure in the order of the numbers among those that took place; after one, no
/// new piece is begun.
/// @errors As @p work. @thread Safe. @cost Starting a thread for each worker but one.
Outcome for_each_piece(
    std::size_t pieces, Workers workers, const std::function<Outcome(std::size_t)>& work
);

}  // namespace heliograph::mirror
