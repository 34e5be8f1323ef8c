// SPDX-License-Identifier: Apache-2.0
// Private: the text of a wheel's RECORD, before any other member is read: it names the algorithms
// that their content is to be hashed with.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {

/// Finds RECORD by the directory of the zip file; the members before it are not unpacked. What is
/// damaged there or said twice is for the pass over all members to tell.
/// @param descriptor  A wheel whose layout was checked; its offset is moved.
/// @return None when there is no RECORD that can be read.
/// @errors too_large (record_limit_bytes), io, internal, malformed (no zip file). @thread Safe.
[[nodiscard]] Result<std::optional<std::string>> read_record_text(
    int descriptor, const verify::DistFileName& name
);

}  // namespace heliograph::mirror
