// SPDX-License-Identifier: Apache-2.0
// XML-RPC calls: whatever is taken is within its limits.
#include <mirror/serve/xml_rpc_call.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto call = mirror::parse_xml_rpc_call(text);
    if (!call) {
        return 0;
    }
    bool sound = !call->method.empty() &&
                 call->method.size() <= mirror::xml_rpc_limits::value_bytes &&
                 call->parameters.size() <= mirror::xml_rpc_limits::parameters;
    for (const auto& value : call->parameters) {
        const auto* string = std::get_if<std::string>(&value);
        sound =
            sound && (string == nullptr || string->size() <= mirror::xml_rpc_limits::value_bytes);
    }
    if (!sound) {
        std::abort();
    }
    return 0;
}
