// SPDX-License-Identifier: Apache-2.0
// Metadata that parse give the same values when only the fields read are written again.
#include <verify/index/core_metadata.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto metadata = verify::parse_core_metadata(text);
    if (metadata) {
        std::string again = "Metadata-Version: " + metadata->metadata_version +
                            "\nName: " + metadata->name.text() +
                            "\nVersion: " + metadata->version.text() + "\n";
        if (metadata->requires_python) {
            again += "Requires-Python: " + *metadata->requires_python + "\n";
        }
        const auto read = verify::parse_core_metadata(again);
        HG_ASSERT(
            read.has_value() && read->name == metadata->name && read->version == metadata->version
        );
        HG_ASSERT(read->requires_python == metadata->requires_python);
    }
    return 0;
}
