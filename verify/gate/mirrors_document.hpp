// SPDX-License-Identifier: Apache-2.0
// The list of mirrors that a publisher signs. Format `heliograph-mirrors-1`:
//
//   {"format":"heliograph-mirrors-1","index":NAME,"serial":N,"expires":TIME,
//    "mirrors":[{"url":URL,"priority":0..99,"weight":1..1000,"region":"DE"}]}
//
// No page of an index reads as one, and it reads as no page: one key may sign both.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

inline constexpr std::uint64_t mirrors_document_bytes = 256 * 1024;

/// The lowest priority and the greatest weight that a list may give.
inline constexpr unsigned last_priority = 99;
inline constexpr unsigned usual_weight = 100;
inline constexpr unsigned most_weight = 1000;

struct PublishedMirror {
    std::string url;                 ///< Base URL, ends with `/`.
    unsigned priority = 0;           ///< A lower number is asked first, whatever its speed.
    unsigned weight = usual_weight;  ///< How much it bears beside others of its priority.
    std::string region = {};         ///< Where it stands, for people: ISO 3166-1, or empty.

    friend bool operator==(const PublishedMirror&, const PublishedMirror&) = default;
};

struct MirrorsDocument {
    std::string index;         ///< The trust bundle's name; 1 to 200 printable ASCII characters.
    std::uint64_t serial = 0;  ///< 1 or more; each edition has a higher one.
    Instant expires{};         ///< Not to be believed from then on.
    std::vector<PublishedMirror> mirrors;  ///< Each once; 1 .. limits::mirrors.

    friend bool operator==(const MirrorsDocument&, const MirrorsDocument&) = default;
};

/// `DE`: two capital letters. @thread Safe. @source ISO 3166-1 alpha-2.
[[nodiscard]] bool is_region(std::string_view text);

/// @param text  At most mirrors_document_bytes.
/// @errors malformed (also: an unknown member, a mirror twice), too_large, unsupported (another
/// format version). @thread Safe. @cost n log n.
[[nodiscard]] Result<MirrorsDocument> parse_mirrors_document(std::string_view text);

/// Writes the same; parse_mirrors_document() reads it back as the same value.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::string render_mirrors_document(const MirrorsDocument& document);

}  // namespace heliograph::verify
