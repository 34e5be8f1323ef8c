// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/http_client.hpp>

#include <cstdlib>
#include <utility>

namespace heliograph::tools {

Result<std::unique_ptr<mirror::CurlTransport>> open_http_client(std::string user_agent) {
    HG_TRY(
        auto around, mirror::read_surroundings([](const char* name) -> std::optional<std::string> {
            const char* value = std::getenv(name);
            return value == nullptr ? std::nullopt : std::optional<std::string>(value);
        })
    );
    return mirror::CurlTransport::open(std::move(user_agent), std::move(around));
}

}  // namespace heliograph::tools
