// SPDX-License-Identifier: Apache-2.0
// How this machine's surroundings want servers to be reached, and users to be named to them.
#pragma once

#include <pki/base/result.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// Its texts may hold passwords: none of them is ever printed.
struct Surroundings {
    std::string http_proxy = {};   ///< For http URLs; empty: none.
    std::string https_proxy = {};  ///< For https URLs; a proxy sees whom we ask, and no more.
    std::string no_proxy = {};     ///< Names and networks that are asked directly, and loopback.
    std::filesystem::path netrc = {};  ///< Users and passwords for https servers; empty: none.
};

/// The value of an environment variable; none: it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// `http_proxy` (in small letters only: a CGI program's HTTP_PROXY is whatever a client says),
/// `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY`, `no_proxy`, `NO_PROXY`, as curl reads
/// them; `NETRC`, else `.netrc` in `HOME`, if it is there.
/// @errors invalid_argument: a proxy that is no http or SOCKS one. The message names the variable,
/// not its value. @thread As the environment.
[[nodiscard]] Result<Surroundings> read_surroundings(const Environment& environment);

}  // namespace heliograph::mirror
