// SPDX-License-Identifier: Apache-2.0
// XML as it comes over the network, read by expat: no document type, hence no entities.
#pragma once

#include <pki/base/result.hpp>

#include <string_view>

namespace heliograph::mirror {

/// Told of a document in its order. An error ends the reading.
class XmlEvents {
  public:
    XmlEvents() = default;
    XmlEvents(const XmlEvents&) = delete;
    XmlEvents& operator=(const XmlEvents&) = delete;
    virtual ~XmlEvents() = default;

    virtual Outcome begin(std::string_view element) = 0;
    virtual Outcome end(std::string_view element) = 0;
    /// A text may come in several pieces.
    virtual Outcome text(std::string_view piece) = 0;
};

/// @param text  Less than 2 GiB; the caller limits it. Encoded as it declares: UTF-8, UTF-16,
/// Latin-1 or ASCII.
/// @errors malformed (no XML, a document type), those of @p events.
/// @thread Safe. @cost One pass.
[[nodiscard]] Outcome read_xml(std::string_view text, XmlEvents& events);

}  // namespace heliograph::mirror
