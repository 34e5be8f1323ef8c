// SPDX-License-Identifier: Apache-2.0
// What a file of requirements asks for is asked for again by its own lines.
#include <mirror/fetch/requirements_file.hpp>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto file = mirror::parse_requirements_file(text);
    if (!file) {
        return 0;
    }
    std::string written;
    for (const auto& requirement : file->requirements) {
        written += requirement.text();
        for (const auto& hash : requirement.hashes) {
            written += " --hash=sha256:" + hash.to_hex();
        }
        written += "\n";
    }
    if (written.find('\\') != std::string::npos) {
        return 0;  // At the end of a line it would mean that the line goes on.
    }
    const auto again = mirror::parse_requirements_file(written);
    if (!again) {
        HG_ASSERT(again.error().code() == heliograph::ErrorCode::too_large);
        return 0;
    }
    HG_ASSERT(again->requirements.size() == file->requirements.size());
    for (std::size_t i = 0; i < file->requirements.size(); ++i) {
        HG_ASSERT(again->requirements[i].text() == file->requirements[i].text());
        HG_ASSERT(again->requirements[i].hashes == file->requirements[i].hashes);
    }
    return 0;
}
