// SPDX-License-Identifier: Apache-2.0
// Private: toml++ with its own checks turned on. It looks at what it relies on in debug builds
// only, by ending the program, and hostile text reaches those checks: `[!]` and `x = [}` do. Its
// hook for them throws here, in every build, as its parser does for all other errors.
#pragma once

#include <exception>

namespace heliograph::mirror {

/// Text that toml++ took for impossible. Never leaves the function that parses.
class TomlDoubt : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "no TOML"; }
};

[[noreturn]] inline void doubt_toml() {
    throw TomlDoubt();
}

}  // namespace heliograph::mirror

// With NDEBUG toml++ passes over the hook and tells clang to assume what it would have checked. For
// whatever comes after it, NDEBUG is as it was.
#pragma push_macro("NDEBUG")
#undef NDEBUG
// The library gives the name.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define TOML_ASSERT(...) \
    (static_cast<bool>(__VA_ARGS__) ? void() : heliograph::mirror::doubt_toml())

#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
