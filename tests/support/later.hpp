// SPDX-License-Identifier: Apache-2.0
// Runs a real program on another day: for what certificates and lists come to when nobody looks
// after them. The program needs no change: a preloaded library (clock_preload.cpp) tells it the
// time.
#pragma once

#include <tests/support/process.hpp>

#include <chrono>

namespace heliograph::test_support {

/// The same command so much later, by its own wall clock alone: other programs and the files on
/// the disk stay in their time. @thread Safe.
[[nodiscard]] Command so_much_later(std::chrono::seconds span, Command command);

}  // namespace heliograph::test_support
