// SPDX-License-Identifier: Apache-2.0
#include <tests/support/later.hpp>

#include <cstdlib>
#include <string>

namespace heliograph::test_support {

Command so_much_later(std::chrono::seconds span, Command command) {
    auto& variables = command.environment;
    variables["CLOCK_SHIFT_SECONDS"] = std::to_string(span.count());
    variables["LD_PRELOAD"] = HELIOGRAPH_CLOCK_PRELOAD;
    const char* sanitizer = std::getenv("ASAN_OPTIONS");
    variables["ASAN_OPTIONS"] =
        std::string(sanitizer == nullptr ? "" : sanitizer) + ":verify_asan_link_order=0";
    return command;
}

}  // namespace heliograph::test_support
