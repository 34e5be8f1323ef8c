// SPDX-License-Identifier: Apache-2.0
// What --listen means.
#pragma once

#include <pki/base/result.hpp>

#include <cstdint>
#include <string>

namespace heliograph::tools {

struct Endpoint {
    std::string address;  ///< Without brackets; whether it is numeric is the server's to say.
    std::uint16_t port = 0;
};

/// Reads `127.0.0.1:8443` or `[::1]:0`. @errors invalid_argument. @thread Safe.
[[nodiscard]] Result<Endpoint> parse_endpoint(const std::string& text);

}  // namespace heliograph::tools
