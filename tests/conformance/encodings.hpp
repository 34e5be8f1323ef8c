// SPDX-License-Identifier: Apache-2.0
// What our parsers read in the documents of others.
#pragma once

#include <pki/base/json.hpp>
#include <pki/base/result.hpp>

namespace heliograph::pki {

/// @param document {"cases": [{"id", "kind", "der": base64, "serials": [hex]}]}, where `kind` is
///   `certificate`, `list`, `request`, `ocsp_request` or `ocsp_response`, and `serials` are those
///   that a list is asked for.
/// @return {"results": [{"id", "read": what stands there, or null, "context": why nothing}]}
/// @errors malformed (a question, not a case). @thread Safe.
[[nodiscard]] Result<JsonValue> run_encodings(const JsonValue& document);

}  // namespace heliograph::pki
