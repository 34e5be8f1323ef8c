// SPDX-License-Identifier: Apache-2.0
// One page of `/changelog?since=N&limit=M`: format heliograph-changelog-1.
//
//   {"meta":{"format":"heliograph-changelog-1","last-serial":9,"checkpoint":0},
//    "events":[{"serial":8,"time":"2026-01-02T03:04:05Z","project":"wheel","action":"add-file",
//               "filename":"wheel-0.38.4-py3-none-any.whl","page-html-sha256":"...","page-json-sha256":"..."}],
//    "more":true}
//
// A mirror repeats the journal of its upstream, serials and all, so that a mirror of a mirror
// follows it alike. A page that it could not take in is then older than its journal says, and
// whoever follows asks again.
#pragma once

#include <mirror/store/catalog.hpp>
#include <pki/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

namespace changelog_limits {
inline constexpr std::size_t events =
    1000;  ///< Most events on one page, and what is given when nobody asks.
}  // namespace changelog_limits

/// One page of the changelog.
struct Changelog {
    verify::Serial last_serial;        ///< Of the whole journal, not of this page.
    verify::Serial checkpoint = {};    ///< Below it no follower can go on by events.
    std::vector<JournalEvent> events;  ///< Ascending.
    bool more = false;                 ///< Whether events with a higher serial are waiting.

    friend bool operator==(const Changelog&, const Changelog&) = default;
};

/// The page after @p since. When that is below the page's checkpoint, its events are not all that
/// happened: whoever asked must be told so instead.
/// @param most  Cut to 1 .. changelog_limits::events.
/// @errors As Catalog. @thread As the catalogue. @cost One indexed read.
[[nodiscard]] Result<Changelog> read_changelog(
    const Catalog& catalog, verify::Serial since, std::size_t most
);

/// JSON in the form above; equal pages give equal bytes. @thread Safe. @cost One pass.
[[nodiscard]] std::string render_changelog(const Changelog& page);

/// @param text  At most verify::limits::changelog_page_bytes.
/// @errors malformed (another format, events not ascending or above the last serial, members that
/// do not fit the action,
///         a name that is not normalised, a file of another project), too_large. Unknown members
///         are ignored.
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<Changelog> parse_changelog(std::string_view text);

}  // namespace heliograph::mirror
