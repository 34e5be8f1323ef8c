// SPDX-License-Identifier: Apache-2.0
// The newest signed list that was accepted, with what it is judged by, as text. Format
// `heliograph-kept-list-1`: FORMAT.md.
#pragma once

#include <mirror/discovery/signed_list.hpp>
#include <pki/base/clock.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace heliograph::mirror {

struct KeptList {
    SignedList list;      ///< With a signature and a chain.
    std::string etag;     ///< With its quotes; empty: none.
    Instant confirmed{};  ///< When its source last gave it, or said that it is the same.
    std::uint64_t serial = 0;

    [[nodiscard]] verify::SeenMirrors seen() const;

    friend bool operator==(const KeptList&, const KeptList&) = default;
};

/// The most that a text of one takes.
inline constexpr std::uint64_t kept_list_bytes = 16 * 1024 * 1024;

/// Whether an entity tag is read back as it was: printable ASCII, of a length that nobody needs
/// more of. @thread Safe.
[[nodiscard]] bool may_be_kept(std::string_view etag);

/// @errors malformed, too_large (a part over the limit of its document, too), unsupported (another
/// format). @thread Safe. @cost One pass.
[[nodiscard]] Result<KeptList> parse_kept_list(std::string_view text);

/// parse_kept_list() reads it back as the same value. @thread Safe. @cost One pass.
[[nodiscard]] std::string render_kept_list(const KeptList& kept);

}  // namespace heliograph::mirror
