// SPDX-License-Identifier: Apache-2.0
// Platform tags of wheels, best first: what one platform can run besides its own. PEP 425, 600,
// 656.
#pragma once

#include <pki/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

enum class LibcKind { glibc, musl };

/// The C library of a Linux machine: 2.36, 1.2.
struct Libc {
    LibcKind kind = LibcKind::glibc;
    unsigned major = 2;
    unsigned minor = 17;
};

/// `linux_ARCH`, then `manylinux_2_36_ARCH` down to 2_17 (2_5 on x86) with the older names behind
/// their equals, or `musllinux_1_2_ARCH` down to 1_0.
/// @param machine  `x86_64`, `aarch64`... @thread Safe. @source PEP 600; PEP 656.
[[nodiscard]] std::vector<std::string> linux_platforms(const std::string& machine, Libc libc);

/// `macosx_14_0_arm64`... down to the oldest that runs there.
/// @param machine  `arm64` or `x86_64` (or an older one). @thread Safe.
/// @source PEP 425; packaging.python.org on universal2.
[[nodiscard]] std::vector<std::string> mac_platforms(
    unsigned major, unsigned minor, const std::string& machine
);

/// What a user names with --platform, and everything older that it implies: `manylinux2014_x86_64`,
/// `manylinux_2_28_aarch64`, `macosx_12_0_arm64`, `musllinux_1_2_x86_64`; any other tag stands for
/// itself.
/// @errors malformed (a character outside `a-z A-Z 0-9 _ . -`, or empty). @thread Safe.
[[nodiscard]] Result<std::vector<std::string>> expand_platform(std::string_view tag);

/// Of the machine that this program runs on. @thread Safe.
[[nodiscard]] std::vector<std::string> native_platforms();

}  // namespace heliograph::mirror
