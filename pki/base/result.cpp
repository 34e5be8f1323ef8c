// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>

#include <cstdio>
#include <cstdlib>

namespace heliograph {

void assertion_failed(const char* expression, const char* file, int line) {
    // The stream may be closed or full; there is nobody left to tell, so its answer is not looked
    // at.
    static_cast<void>(std::fprintf(
        stderr,
        "heliograph: internal error, please report it: %s at %s:%d\n",
        expression,
        file,
        line
    ));
    std::abort();
}

}  // namespace heliograph
