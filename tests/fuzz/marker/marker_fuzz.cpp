// SPDX-License-Identifier: Apache-2.0
// What is read as a marker is read as the same one from its own text, and says the same.
#include <mirror/requirement/marker.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto marker = mirror::parse_environment_marker(text);
    if (!marker) {
        return 0;
    }
    const std::string written = marker->text();
    const auto again = mirror::parse_environment_marker(written);
    if (!again) {
        // One spelling may be a little longer than another; nothing else may be refused.
        HG_ASSERT(written.size() > mirror::marker_chars);
        return 0;
    }
    HG_ASSERT(again->text() == written);
    mirror::MarkerEnvironment environment;
    environment.set(mirror::MarkerVariable::python_version, "3.11");
    environment.set(mirror::MarkerVariable::os_name, "posix");
    const auto one = marker->evaluate(environment, "test");
    const auto two = again->evaluate(environment, "test");
    HG_ASSERT(one.has_value() == two.has_value());
    HG_ASSERT(!one || *one == *two);
    // What holds in one place may hold in any world that has it.
    mirror::MarkerWorld world;
    HG_ASSERT(!one || *one != mirror::MarkerAnswer::applies || marker->may_hold(world, "test"));
    for (std::size_t at = 0; at < mirror::marker_variables; ++at) {
        world.values.at(at).push_back(environment.values.at(at));
    }
    HG_ASSERT(!one || *one != mirror::MarkerAnswer::applies || marker->may_hold(world, "test"));
    return 0;
}
