// SPDX-License-Identifier: Apache-2.0
// libcurl as this user's environment wants it used: proxies, and passwords in .netrc.
#pragma once

#include <mirror/net/curl_transport.hpp>
#include <pki/base/result.hpp>

#include <memory>
#include <string>

namespace heliograph::tools {

/// @errors As CurlTransport::open() and read_surroundings(). @thread Safe, unless the environment
/// changes.
[[nodiscard]] Result<std::unique_ptr<mirror::CurlTransport>> open_http_client(
    std::string user_agent = mirror::user_agent()
);

}  // namespace heliograph::tools
