// SPDX-License-Identifier: Apache-2.0
// Which form of a page a client wants. RFC 9110 section 12.5.1; PEP 691, "Version + Format
// Selection".
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// The types under which a page is offered; the two HTML ones are the same bytes.
enum class PageType { json, html_v1, text_html };

/// `application/vnd.pypi.simple.v1+json`, `application/vnd.pypi.simple.v1+html` or
/// `text/html; charset=utf-8`.
[[nodiscard]] std::string_view content_type(PageType type);

/// The stored bytes behind a type.
[[nodiscard]] verify::PageForm page_form(PageType type);

/// One range of an Accept field: `text/*;q=0.5`.
struct MediaRange {
    std::string type;     ///< Lower case; `*` for any.
    std::string subtype;  ///< Lower case; `*` for any.
    int quality = 1000;   ///< In thousandths.

    friend bool operator==(const MediaRange&, const MediaRange&) = default;
};

/// Reads an Accept field. An element that is no media range is passed over, as RFC 9110
/// section 5.6.1 lets a recipient do; parameters other than `q` are not looked at.
/// @thread Safe. @cost One pass.
[[nodiscard]] std::vector<MediaRange> parse_accept(std::string_view field);

/// The canonical text of a list; parse_accept() of it gives the same list. @thread Safe.
[[nodiscard]] std::string render_accept(const std::vector<MediaRange>& ranges);

/// What the client asked with.
struct PageWish {
    std::optional<std::string> accept;  ///< The Accept fields, joined; none counts as `*/*`.
    std::optional<std::string> format;  ///< The query parameter `format`; it wins over Accept.
};

/// The type to answer with; none means 406.
/// The highest quality wins. Among equals named in full the richest wins (JSON); among equals that
/// only a wildcard names, HTML, for the sake of people and old clients.
/// @thread Safe. @cost One pass for each offer.
[[nodiscard]] std::optional<PageType> choose_page_type(const PageWish& wish);

}  // namespace heliograph::mirror
