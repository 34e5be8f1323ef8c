// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/surroundings.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <system_error>

namespace heliograph::mirror {

namespace {

constexpr std::size_t proxy_text_bytes = 2048;
// A proxy on another machine would be asked for this one's own servers.
constexpr std::string_view loopback_names = "localhost,.localhost,127.0.0.0/8,::1";

bool is_proxy_text(std::string_view text) {
    constexpr std::array<std::string_view, 5> known{
        "http", "socks4", "socks4a", "socks5", "socks5h"};
    const auto mark = text.find("://");
    const auto scheme = text.substr(0, mark);
    const bool is_known = mark == std::string_view::npos ||
                          std::find(known.begin(), known.end(), scheme) != known.end();
    return is_known && text.size() <= proxy_text_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Of the first of these variables that is set; one that is set to nothing means none.
Result<std::string> proxy_of(
    const Environment& environment, std::initializer_list<const char*> names
) {
    for (const char* name : names) {
        const auto value = environment(name);
        if (!value) {
            continue;
        }
        if (!is_proxy_text(*value)) {
            return Error(
                ErrorCode::invalid_argument,
                "expected " + std::string(name) +
                    " to name a proxy, as in http://HOST:PORT or socks5h://HOST:PORT, saw another "
                    "text; a proxy that is itself reached over TLS is not supported"
            );
        }
        return *value;
    }
    return std::string();
}

std::filesystem::path netrc_of(const Environment& environment) {
    std::filesystem::path place;
    if (const auto named = environment("NETRC"); named && !named->empty()) {
        place = *named;
    } else if (const auto home = environment("HOME"); home && !home->empty()) {
        place = std::filesystem::path(*home) / ".netrc";
    }
    std::error_code unreadable;
    return std::filesystem::is_regular_file(place, unreadable) ? place : std::filesystem::path();
}

}  // namespace

Result<Surroundings> read_surroundings(const Environment& environment) {
    Surroundings around;
    HG_TRY(around.http_proxy, proxy_of(environment, {"http_proxy", "all_proxy", "ALL_PROXY"}));
    HG_TRY(
        around.https_proxy,
        proxy_of(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    );
    auto named = environment("no_proxy");
    named = named ? named : environment("NO_PROXY");
    const auto own = named.value_or("");
    around.no_proxy =
        own == "*" ? own : std::string(loopback_names) + (own.empty() ? "" : "," + own);
    around.netrc = netrc_of(environment);
    return around;
}

}  // namespace heliograph::mirror
