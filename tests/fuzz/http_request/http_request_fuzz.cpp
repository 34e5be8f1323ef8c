// SPDX-License-Identifier: Apache-2.0
// Requests: read whole or in two pieces, the same comes out; and what comes out is safe to route.
#include <mirror/net/http_codec.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using heliograph::mirror::HttpCodec;
using heliograph::mirror::HttpRequest;
using heliograph::mirror::ServerLimits;

namespace {

ServerLimits small_limits() {
    ServerLimits limits;
    limits.request_line_bytes = 256;
    limits.header_bytes = 1024;
    limits.header_fields = 16;
    limits.request_body_bytes = 64;
    limits.streamed_body_bytes = 1000;
    return limits;
}

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_path(const std::string& path) {
    require(!path.empty() && path.front() == '/');
    require(path.find('\0') == std::string::npos && path.find('\\') == std::string::npos);
    require((path + "/").find("/../") == std::string::npos);
    require((path + "/").find("/./") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    // The first byte says where to cut.
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t cut = text.empty() ? 0 : data[0] % (text.size() + 1);

    HttpCodec whole(small_limits());
    HttpRequest first;
    const auto state = whole.read(text, first);

    HttpCodec pieces(small_limits());
    HttpRequest second;
    auto again = pieces.read(text.substr(0, cut), second);
    const bool early = again != HttpCodec::State::incomplete;
    if (!early) {
        again = pieces.read(text, second);
    }
    require(again == state);
    if (state == HttpCodec::State::refused) {
        require(whole.refusal().status >= 400 && !whole.refusal().sentence.empty());
    }
    if (state != HttpCodec::State::complete && state != HttpCodec::State::streaming) {
        return 0;
    }
    require(whole.consumed_bytes() <= text.size());
    require(whole.consumed_bytes() == pieces.consumed_bytes());
    require(whole.persistence() == pieces.persistence());
    require(first.path == second.path && first.query == second.query);
    require(first.headers.render() == second.headers.render());
    require(first.body == second.body);
    require(first.headers.count("Host") <= 1);
    check_path(first.path);
    return 0;
}
