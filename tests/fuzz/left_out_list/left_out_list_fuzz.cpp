// SPDX-License-Identifier: Apache-2.0
// A list of files left out that parses gives reasons that have a word each; what is rendered of
// those that are file names parses to the same.
#include <mirror/store/left_out_list.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    namespace verify = heliograph::verify;
    const auto reasons =
        mirror::parse_left_out_list(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!reasons) {
        return 0;
    }
    std::vector<mirror::LeftOutFile> files;
    mirror::LeftOutReasons named;
    for (const auto& [name, reason] : *reasons) {
        HG_ASSERT(mirror::parse_leave_reason(mirror::leave_reason_name(reason)).has_value());
        const auto parsed = verify::parse_dist_file_name(name);
        if (parsed) {
            files.push_back({.path = verify::FilePath({}, *parsed), .reason = reason});
            named.emplace(parsed->text(), reason);
        }
    }
    const auto again = mirror::parse_left_out_list(mirror::render_left_out_list(files));
    HG_ASSERT(again.has_value() && *again == named);
    return 0;
}
