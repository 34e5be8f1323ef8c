// SPDX-License-Identifier: Apache-2.0
// Pages and lists of servers that are not ours are read without harm; what is taken of them makes a
// page of our own that we can read again.
#include <verify/index/foreign_page.hpp>
#include <verify/index/page_json.hpp>

#include <cstdint>
#include <string_view>

namespace {

namespace verify = heliograph::verify;

verify::ProjectPage page_of(const verify::ProjectName& name, const verify::ForeignPage& foreign) {
    verify::ProjectPage page{.name = name, .serial = {1}, .files = {}, .mark = foreign.mark};
    for (const auto& file : foreign.files) {
        if (file.sha256) {
            page.files.push_back(
                {.name = file.name,
                 .sha256 = *file.sha256,
                 .size_bytes = file.size_bytes,
                 .upload_time = file.upload_time,
                 .requires_python = file.requires_python,
                 .yanked = file.yanked,
                 .core_metadata = file.core_metadata}
            );
        }
    }
    return page;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto name = verify::parse_normalised_name("demo");
    HG_ASSERT(name.has_value());
    for (const auto form : {verify::PageForm::json, verify::PageForm::html}) {
        const auto foreign = verify::parse_foreign_page(*name, text, form);
        if (foreign) {
            const auto page = page_of(*name, *foreign);
            for (const auto made : {verify::PageForm::json, verify::PageForm::html}) {
                const auto again = verify::parse_page(verify::render_page(page, made), made);
                HG_ASSERT(again.has_value() && again->files.size() == page.files.size());
            }
        }
        const auto list = verify::parse_foreign_list(text, form);
        HG_ASSERT(!list || list->projects.size() <= size);
    }
    return 0;
}
