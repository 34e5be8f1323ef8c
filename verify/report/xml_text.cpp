// SPDX-License-Identifier: Apache-2.0
#include <verify/report/xml_text.hpp>

namespace heliograph::verify {

std::string encode_xml_text(std::string_view text) {
    std::string xml;
    for (const char c : text) {
        if (c == '<') {
            xml += "&lt;";
        } else if (c == '>') {
            xml += "&gt;";
        } else if (c == '&') {
            xml += "&amp;";
        } else if (c == '"') {
            xml += "&quot;";
        } else if ((c >= ' ' && c <= '~') || c == '\n') {
            xml += c;
        }
    }
    return xml;
}

}  // namespace heliograph::verify
