// SPDX-License-Identifier: Apache-2.0
// Reads a project page with heliograph::verify and nothing else.
#include <verify/index/page_html.hpp>

#include <iostream>

int main() {
    const auto page = heliograph::verify::parse_page_html("not a project page");
    if (page.has_value()) {
        std::cerr << "text that is no page was taken for one\n";
        return 1;
    }
    std::cout << page.error().message() << "\n";
    return 0;
}
