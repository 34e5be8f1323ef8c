// SPDX-License-Identifier: Apache-2.0
// All fields of a core metadata text, as they stand there, for documents that repeat them. What is
// decided upon is read by core_metadata.hpp alone. Private to this room.
#pragma once

#include <pki/base/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::verify {

struct MetadataFields {
    /// Lower-case names with their values, folded lines joined by one space, in their order.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string description;  ///< What follows the first empty line.
};

/// What is said of a text with more than limits::core_metadata_fields.
[[nodiscard]] Error too_many_fields();

/// @param text  At most limits::core_metadata_bytes. A line that is no header is passed over: the
/// text was judged when it was taken in.
/// @errors too_large (bytes or fields). @thread Safe. @cost Linear.
/// @source Core metadata specifications 1.0 to 2.4.
[[nodiscard]] Result<MetadataFields> read_metadata_fields(std::string_view text);

}  // namespace heliograph::verify
