// SPDX-License-Identifier: Apache-2.0
// Text made safe for XML: the one place where it is escaped, for reports and for whoever answers in
// XML.
#pragma once

#include <string>
#include <string_view>

namespace heliograph::verify {

/// Text for an element or an attribute in quotes: `<`, `>`, `&` and `"` as references; whatever is
/// neither printable ASCII nor a line feed is left out, since XML 1.0 cannot hold most of it.
/// @source XML 1.0 sections 2.2, 2.4. @thread Safe. @cost One pass.
[[nodiscard]] std::string encode_xml_text(std::string_view text);

}  // namespace heliograph::verify
