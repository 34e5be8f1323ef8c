// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/child_environment.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

using namespace std::string_view_literals;

// Each would be asked beside the proxy, or instead of it.
constexpr std::array detours{
    "PIP_EXTRA_INDEX_URL"sv,
    "PIP_FIND_LINKS"sv,
    "PIP_NO_INDEX"sv,
    "PIP_PROXY"sv,
    "PIP_INDEX_URL"sv,
    "PIP_CONFIG_FILE"sv,
    "PIP_PYPI_URL"sv,
    "PIP_TRUSTED_HOST"sv,
    "PIP_ISOLATED"sv,
    "UV_TORCH_BACKEND"sv,
    "UV_NO_SOURCES"sv,
    "UV_NO_SOURCES_PACKAGE"sv,
    "UV_INDEX"sv,
    "UV_EXTRA_INDEX_URL"sv,
    "UV_FIND_LINKS"sv,
    "UV_DEFAULT_INDEX"sv,
    "UV_INDEX_URL"sv,
    "UV_INDEX_STRATEGY"sv,
    "UV_NO_INDEX"sv,
    "UV_CONFIG_FILE"sv,
    "UV_NO_CONFIG"sv,
    "UV_OFFLINE"sv,
    "PDM_PYPI_URL"sv,
    "PDM_IGNORE_STORED_INDEX"sv,
    "PDM_CONFIG_FILE"sv};

constexpr std::array proxy_exceptions{"no_proxy"sv, "NO_PROXY"sv};

std::string_view name_of(std::string_view setting) {
    return setting.substr(0, setting.find('='));
}

template <typename Names>
bool is_among(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::string> value_of(const std::vector<std::string>& own, std::string_view name) {
    const auto found = std::find_if(own.begin(), own.end(), [&](const auto& setting) {
        return name_of(setting) == name;
    });
    return found == own.end() || name.size() == found->size()
               ? std::nullopt
               : std::optional(found->substr(name.size() + 1));
}

}  // namespace

std::string canonical_name(std::string_view setting) {
    constexpr auto prefix = "PIP_"sv;
    std::string name(name_of(setting));
    if (!name.starts_with(prefix)) {
        return name;
    }
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (name.compare(prefix.size(), 2, "__") == 0) {
        name.erase(prefix.size(), 2);
    }
    return name;
}

std::vector<std::string> child_environment(
    const std::vector<std::string>& own, const std::string& index_url
) {
    std::vector<std::string> result;
    std::copy_if(own.begin(), own.end(), std::back_inserter(result), [](const auto& setting) {
        const auto name = canonical_name(setting);
        return !is_among(detours, name) && !is_among(proxy_exceptions, name);
    });
    // An empty PIP_EXTRA_INDEX_URL would not cancel one of a configuration file.
    result.emplace_back("PIP_CONFIG_FILE=/dev/null");
    result.emplace_back("PIP_INDEX_URL=" + index_url);
    result.emplace_back("PIP_DISABLE_PIP_VERSION_CHECK=1");
    result.emplace_back("UV_DEFAULT_INDEX=" + index_url);
    // For uv before 0.4.23.
    result.emplace_back("UV_INDEX_URL=" + index_url);
    result.emplace_back("UV_NO_CONFIG=1");
    // tool.uv.sources of a project that is built or installed.
    result.emplace_back("UV_NO_SOURCES=1");
    result.emplace_back("PDM_PYPI_URL=" + index_url);
    // Sources that the user's own configuration file names would be asked, too.
    result.emplace_back("PDM_CONFIG_FILE=/dev/null");
    // With a proxy in the environment requests for loopback would go to that proxy.
    for (const auto name : proxy_exceptions) {
        const auto before = value_of(own, name);
        result.push_back(
            std::string(name) + "=" +
            (before && !before->empty() ? *before + ",127.0.0.1" : "127.0.0.1")
        );
    }
    return result;
}

std::vector<std::string> own_environment() {
    std::vector<std::string> own;
    for (char** setting = environ; *setting != nullptr; ++setting) {
        own.emplace_back(*setting);
    }
    return own;
}

}  // namespace heliograph::tools::verify_commands
