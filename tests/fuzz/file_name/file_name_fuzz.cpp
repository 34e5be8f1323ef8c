// SPDX-License-Identifier: Apache-2.0
// A file name that parses is one plain name, its place parses back, and its key is its own.
#include <verify/index/file_key.hpp>
#include <verify/index/file_path.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto name = verify::parse_dist_file_name(text);
    if (name) {
        HG_ASSERT(name->text() == text);
        HG_ASSERT(text.find_first_of("/\\:%") == std::string_view::npos && text.front() != '.');
        HG_ASSERT(verify::DistFileKey(*name).is_of(*name));
        const verify::FilePath path(heliograph::pki::sha256(heliograph::bytes_of(text)), *name);
        HG_ASSERT(verify::parse_page_link(path.relative_to_page()).value() == path);
    }
    const auto path = verify::parse_page_link(text);
    if (path) {
        HG_ASSERT(path->relative_to_page() == text || path->absolute() == text);
    }
    return 0;
}
