// SPDX-License-Identifier: Apache-2.0
// URLs: the normal form reads back as the same value, and resolving never leaves http and https.
#include <mirror/net/url.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using heliograph::mirror::Url;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(const Url& url) {
    const std::string text = url.to_string();
    require(text.starts_with("http://") || text.starts_with("https://"));
    require(text.find_first_of(" \r\n\t#") == std::string::npos);
    require(url.path().front() == '/' && !url.host().empty() && url.port() != 0);
    require(url.host().find_first_of("/@?#%") == std::string::npos);
    const auto again = Url::parse(text);
    require(again && *again == url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto url = Url::parse(text)) {
        check(*url);
    }
    const auto base = Url::parse("https://mirror.example/simple/wheel/");
    require(base.has_value());
    if (const auto url = base->resolve(text)) {
        check(*url);
    }
    return 0;
}
