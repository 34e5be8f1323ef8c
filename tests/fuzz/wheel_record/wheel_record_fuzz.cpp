// SPDX-License-Identifier: Apache-2.0
// Any bytes offered as RECORD give lines with paths or an error; no record vouches for a member
// that it does not list, nor for other content.
#include <mirror/publish/wheel_record.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto record = mirror::parse_wheel_record(text);
    if (!record) {
        return 0;
    }
    const std::string path = "demo-1.0.dist-info/RECORD";
    mirror::WheelContent content;
    for (const auto& [name, line] : *record) {
        HG_ASSERT(!name.empty());
        if (name.ends_with('/')) {
            content.folders.insert(name.substr(0, name.size() - 1));
            continue;
        }
        content.files.emplace(
            name,
            mirror::MemberContent{.digest = line.digest, .size_bytes = line.size_bytes.value_or(0)}
        );
    }
    static_cast<void>(mirror::check_wheel_record(*record, path, content));
    content.files.emplace("", mirror::MemberContent{});
    HG_ASSERT(!mirror::check_wheel_record(*record, path, content).has_value());
    return 0;
}
