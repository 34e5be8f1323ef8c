// SPDX-License-Identifier: Apache-2.0
// The two forms in which pages are served and signed. PEP 503, 691.
#pragma once

#include <string_view>

namespace heliograph::verify {

enum class PageForm { html, json };

/// `application/vnd.pypi.simple.v1+json` or `text/html; charset=utf-8`.
[[nodiscard]] std::string_view page_media_type(PageForm form);

}  // namespace heliograph::verify
