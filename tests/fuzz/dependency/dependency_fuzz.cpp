// SPDX-License-Identifier: Apache-2.0
// Metadata gives the same dependencies when only they are written again, and each is read again
// from its own text.
#include <mirror/requirement/dependency.hpp>
#include <verify/index/dependency_metadata.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace mirror = heliograph::mirror;
namespace verify = heliograph::verify;

void check_line(const std::string& line) {
    const auto dependency = mirror::parse_dependency(line);
    if (!dependency) {
        return;
    }
    const auto& requirement = dependency->requirement;
    // A marker may stand behind a URL only behind a blank.
    std::string text = requirement.text();
    if (dependency->url) {
        HG_ASSERT(requirement.versions.empty() && !dependency->url->empty());
        auto bare = requirement;
        bare.marker.reset();
        text = bare.text() + " @ " + *dependency->url +
               (requirement.marker ? " ; " + requirement.marker->text() : "");
    }
    const auto again = mirror::parse_dependency(text);
    HG_ASSERT(again.has_value());
    HG_ASSERT(again->url == dependency->url);
    HG_ASSERT(again->requirement.text() == requirement.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto file = verify::parse_dist_file_name("demo-1.0-py3-none-any.whl");
    const auto metadata = verify::parse_dependency_metadata(text, *file);
    if (!metadata) {
        check_line(std::string(text));
        return 0;
    }
    std::string again = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";
    for (const auto& line : metadata->requires_dist) {
        check_line(line);
        again += "Requires-Dist: " + line + "\n";
    }
    for (const auto& extra : metadata->extras) {
        again += "Provides-Extra: " + extra + "\n";
    }
    const auto read = verify::parse_dependency_metadata(again, *file);
    HG_ASSERT(read.has_value());
    HG_ASSERT(read->requires_dist == metadata->requires_dist);
    HG_ASSERT(read->extras == metadata->extras);
    return 0;
}
