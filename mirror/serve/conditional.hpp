// SPDX-License-Identifier: Apache-2.0
// Conditional and range requests against one strong entity tag. RFC 9110 sections 13 and 14.
#pragma once

#include <mirror/net/http_message.hpp>

#include <cstdint>
#include <string_view>

namespace heliograph::mirror {

/// What the client has asked for of a document that exists.
enum class Wanted { whole, not_modified, part, unsatisfiable };

struct Selection {
    Wanted wanted = Wanted::whole;
    std::uint64_t offset_bytes = 0;  ///< Of a part.
    std::uint64_t length_bytes = 0;  ///< Of a part.
};

/// Whether parts of the document are given out.
enum class Ranges { none, bytes };

/// The document that is there.
struct Validator {
    std::string_view etag;  ///< Strong, with its quotes.
    std::uint64_t size_bytes = 0;
    Ranges ranges = Ranges::none;
};

/// If-None-Match comes before Range; several ranges, a malformed one, or an If-Range that does not
/// match, give the whole document.
/// @thread Safe. @cost One pass over the fields.
[[nodiscard]] Selection select(const HttpRequest& request, const Validator& document);

}  // namespace heliograph::mirror
