// SPDX-License-Identifier: Apache-2.0
// A filter of files that is rendered parses to the same, and keeps a file or leaves it out.
#include <mirror/store/file_filter_form.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    namespace verify = heliograph::verify;
    namespace pki = heliograph::pki;
    using heliograph::Instant;
    using heliograph::JsonValue;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto document = heliograph::parse_json(text, {});
    if (!document) {
        return 0;
    }
    const auto filter = mirror::parse_file_filter(*document);
    if (!filter) {
        return 0;
    }
    const auto form = mirror::json_of_file_filter(*filter);
    const auto again = mirror::parse_file_filter(JsonValue(form));
    HG_ASSERT(again.has_value());
    HG_ASSERT(mirror::json_of_file_filter(*again) == form);
    HG_ASSERT(mirror::mark_of(*again) == mirror::mark_of(*filter));
    verify::ProjectPage page{
        .name = verify::parse_normalised_name("demo").value(), .serial = {}, .files = {}};
    verify::add_file(
        page,
        {.name = verify::parse_dist_file_name("demo-1.0-cp311-abi3-manylinux1_x86_64.whl").value(),
         .sha256 = pki::sha256(heliograph::bytes_of("demo")),
         .size_bytes = 4,
         .upload_time = Instant(),
         .requires_python = {},
         .yanked = {},
         .core_metadata = {}}
    );
    const auto left_out = mirror::left_out_of(*filter, page, Instant(std::chrono::hours(1)));
    HG_ASSERT(left_out.size() <= 1);
    HG_ASSERT(left_out.empty() || !filter->is_everything());
    return 0;
}
