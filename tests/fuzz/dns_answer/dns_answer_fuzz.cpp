// SPDX-License-Identifier: Apache-2.0
// Whatever a name server says, what is read of it is bounded and holds nothing but names.
#include <mirror/net/dns_answer.hpp>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const heliograph::ByteSpan message(reinterpret_cast<const std::byte*>(data), size);
    if (const auto answer = mirror::parse_dns_answer(message)) {
        const auto count = answer->aliases.size() + answer->services.size() + answer->addresses;
        HG_ASSERT(count <= mirror::dns_records);
        for (const auto& alias : answer->aliases) {
            HG_ASSERT(mirror::DnsName::parse(alias.target.text()).value() == alias.target);
        }
        for (const auto& service : answer->services) {
            HG_ASSERT(service.owner.text().size() <= 253);
        }
    }
    return 0;
}
