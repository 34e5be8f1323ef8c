// SPDX-License-Identifier: Apache-2.0
// The mirrors that a client may ask, in the order in which it asks them.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/mirrors_document.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Who named a mirror.
enum class MirrorOrigin {
    file,         ///< The user, in a list of his own.
    bundle,       ///< The trust bundle.
    url,          ///< A list from a server that nobody signed.
    signed_list,  ///< A list signed under the trust bundle.
    dns,          ///< Names in a zone.
    metalink,     ///< Addresses in a metalink.
};

/// `file`, `bundle`, `url`, `signed-list`, `dns`, `metalink`. @thread Safe.
[[nodiscard]] std::string_view mirror_origin_name(MirrorOrigin origin);

struct ListedMirror {
    Url url;                ///< Base URL, ends with `/`.
    unsigned priority = 0;  ///< Lower numbers are asked first, whatever their speed.
    unsigned weight = verify::usual_weight;  ///< How much it bears; 1 .. verify::most_weight.
    std::string region = {};                 ///< ISO 3166-1, for people; empty: not told.
    MirrorOrigin origin = MirrorOrigin::file;

    friend bool operator==(const ListedMirror&, const ListedMirror&) = default;
};

/// Each URL once; at least one, at most verify::limits::mirrors.
struct MirrorList {
    std::vector<ListedMirror> mirrors;

    friend bool operator==(const MirrorList&, const MirrorList&) = default;
};

/// One mirror as people write it: a base URL, then perhaps `priority=N` (0 to 99), `weight=N` (1 to
/// 1000) and `region=DE`, each at most once, with blanks between.
/// @errors malformed, those of Url::parse. @thread Safe.
[[nodiscard]] Result<ListedMirror> parse_listed_mirror(std::string_view line);

/// One mirror a line; blank lines and lines that begin with `#` are passed over, a final `/` is
/// added, repetitions are dropped.
/// @param text  At most verify::limits::mirror_list_bytes.
/// @errors malformed (a line that cannot be read: it is told; no URL at all), too_large.
/// @thread Safe. @cost n log n.
[[nodiscard]] Result<MirrorList> parse_mirror_list(std::string_view text);

/// A base URL as people type it: a missing final `/` is added.
/// @errors Those of Url::parse; malformed for a query or fragment. @thread Safe.
[[nodiscard]] Result<Url> parse_base_url(std::string_view text);

/// Whether this is an http or https URL rather than the name of a file. @thread Safe.
[[nodiscard]] bool is_web_address(std::string_view source);

/// Reads a list from a file, or from an http or https URL; its mirrors say which.
/// @param source  What the user named.
/// @param trust   For https.
/// @errors Those of parse_mirror_list; not_found, io, network, timeout.
[[nodiscard]] Result<MirrorList> load_mirror_list(
    const std::string& source, Transport& transport, const std::optional<pki::ClientContext>& trust
);

}  // namespace heliograph::mirror
