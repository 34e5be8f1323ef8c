// SPDX-License-Identifier: Apache-2.0
// A page that parses renders to bytes that parse to the same page; and the reader of our own
// writing gives what the general one gives, to which a space in front leads.
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto page = verify::parse_page_json(text);
    const auto general = verify::parse_page_json(" " + std::string(text));
    HG_ASSERT(page.has_value() == general.has_value());
    if (page) {
        HG_ASSERT(*page == *general);
        const auto again = verify::parse_page_json(verify::render_page_json(*page));
        HG_ASSERT(again.has_value() && *again == *page);
        // The HTML form says the same by its text as by this form.
        const auto html = verify::render_page_html(*page);
        const auto by_text = verify::parse_page_html(html);
        const auto by_form = verify::parse_page_html(html, *page);
        HG_ASSERT(by_text.has_value() == by_form.has_value());
        HG_ASSERT(!by_text || *by_text == *by_form);
    }
    return 0;
}
