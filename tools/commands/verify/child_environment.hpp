// SPDX-License-Identifier: Apache-2.0
// The environment that sends pip, uv and pdm to the proxy and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::tools::verify_commands {

/// @param own        `NAME=value` each; what is not about indexes stays as it is.
/// @param index_url  Of the proxy, with `simple/` at its end.
/// Settings that add an index or a folder of files, or that send loopback requests to another
/// proxy, are taken out; configuration files are shut off, since an empty variable does not cancel
/// what they say.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::vector<std::string> child_environment(
    const std::vector<std::string>& own, const std::string& index_url
);

/// The name of a setting, `NAME` or `NAME=value`. pip takes its own in either case, with `-` for
/// `_`, and with `--` before the option: these become `PIP_UPPER_CASE`.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::string canonical_name(std::string_view setting);

/// This process's own. @thread Not beside a change of the environment.
[[nodiscard]] std::vector<std::string> own_environment();

}  // namespace heliograph::tools::verify_commands
