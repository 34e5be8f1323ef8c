// SPDX-License-Identifier: Apache-2.0
// Reads a project page and fingerprints a trust bundle with heliograph::verify and nothing else.
#include <verify/gate/trust_bundle.hpp>
#include <verify/index/page_html.hpp>

#include <iostream>

int main() {
    namespace verify = heliograph::verify;
    const auto page = verify::parse_page_html("not a project page");
    if (page.has_value()) {
        std::cerr << "text that is no page was taken for one\n";
        return 1;
    }
    const auto fingerprint = verify::trust_fingerprint(heliograph::bytes_of("not a bundle"));
    std::cout << page.error().message() << "; fingerprint " << fingerprint.to_hex() << "\n";
    return 0;
}
