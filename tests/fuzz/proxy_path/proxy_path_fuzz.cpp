// SPDX-License-Identifier: Apache-2.0
// Whatever a client asks for becomes a strict name or nothing, and a page's new place is canonical.
#include <mirror/proxy/proxy_path.hpp>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view path(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view token = "0123";
    if (const auto rest = mirror::path_behind_token(path, token)) {
        HG_ASSERT(path.substr(1, token.size()) == token && rest->starts_with('/'));
    }
    const auto asked = mirror::parse_proxy_path(path);
    if (const auto* page = std::get_if<mirror::PageAsked>(&asked)) {
        HG_ASSERT(path == "/simple/" + page->project.text() + "/");
    } else if (const auto* moved = std::get_if<mirror::PageMoved>(&asked)) {
        auto name = std::string_view(moved->location);
        name.remove_prefix(name.starts_with("../") ? 3 : 0);
        const auto again = mirror::parse_proxy_path("/simple/" + std::string(name));
        HG_ASSERT(std::holds_alternative<mirror::PageAsked>(again));
    } else if (const auto* file = std::get_if<mirror::FileAsked>(&asked)) {
        HG_ASSERT(path == file->path.absolute());
    } else if (const auto* metadata = std::get_if<mirror::MetadataAsked>(&asked)) {
        HG_ASSERT(path == metadata->path.absolute() + ".metadata");
    }
    return 0;
}
