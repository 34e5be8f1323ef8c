// SPDX-License-Identifier: Apache-2.0
// Private: the form that a base URL must have to stand in a document of ours. Whoever connects
// parses the URL in full; this keeps nonsense and credentials out of documents.
#pragma once

#include <string_view>

namespace heliograph::verify {

/// http or https, a host, no user, printable ASCII without blanks, at most 2048 bytes.
/// @thread Safe. @cost One pass.
[[nodiscard]] bool is_base_url(std::string_view text);

}  // namespace heliograph::verify
