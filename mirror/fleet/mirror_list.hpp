// SPDX-License-Identifier: Apache-2.0
// The mirrors that a client may ask, in the order in which it asks them.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Base URLs, each once, each ending with `/`; at least one, at most verify::limits::mirrors.
struct MirrorList {
    std::vector<Url> mirrors;
    /// By the same index; mirrors of a lower number are asked before those of a higher one,
    /// whatever their speed. May be shorter: 0.
    std::vector<unsigned> priorities = {};

    [[nodiscard]] unsigned priority_of(std::size_t index) const {
        return index < priorities.size() ? priorities[index] : 0;
    }

    friend bool operator==(const MirrorList&, const MirrorList&) = default;
};

/// The highest number that a list may give a mirror.
inline constexpr unsigned highest_priority = 99;

/// One URL a line, perhaps with `priority=N` (0 to 99) behind it; blank lines and lines that begin
/// with `#` are passed over, a final `/` is added, repetitions are dropped.
/// @param text  At most verify::limits::mirror_list_bytes.
/// @errors malformed (a line is no http or https URL, or its priority no such number: the line is
/// told; no URL at all),
/// too_large.
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<MirrorList> parse_mirror_list(std::string_view text);

/// A base URL as people type it: a missing final `/` is added.
/// @errors Those of Url::parse; malformed for a query or fragment. @thread Safe.
[[nodiscard]] Result<Url> parse_base_url(std::string_view text);

/// Reads a list from a file, or from an http or https URL.
/// @param source  What the user named.
/// @param trust   For https.
/// @errors Those of parse_mirror_list; not_found, io, network, timeout.
[[nodiscard]] Result<MirrorList> load_mirror_list(
    const std::string& source, Transport& transport, const std::optional<pki::ClientContext>& trust
);

}  // namespace heliograph::mirror
