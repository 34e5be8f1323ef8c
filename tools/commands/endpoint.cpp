// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/endpoint.hpp>

#include <charconv>
#include <utility>

namespace heliograph::tools {

Result<Endpoint> parse_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    std::string address = text.substr(0, colon);
    if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
        address = address.substr(1, address.size() - 2);
    }
    Endpoint endpoint{std::move(address), 0};
    const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected ADDRESS:PORT for --listen, as in 127.0.0.1:8443 or [::1]:0, saw " + text
        );
    }
    return endpoint;
}

}  // namespace heliograph::tools
