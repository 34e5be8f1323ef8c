// SPDX-License-Identifier: Apache-2.0
// A policy that can be read answers about every project, and one that demands an age lets no file
// of unknown age through.
#include <mirror/proxy/proxy_policy.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto pattern = mirror::ProjectPattern::parse(text)) {
        HG_ASSERT(pattern->text() == text);
    }
    const auto policy = mirror::ProxyPolicy::parse(text);
    if (policy) {
        const auto project = heliograph::verify::parse_project_name("acme-web").value();
        const auto why = policy->objection(project, "main");
        HG_ASSERT(!why || !why->empty());
    }
    return 0;
}
