// SPDX-License-Identifier: Apache-2.0
// Metalink documents (RFC 5854): what a file is and where it is said to be. Nobody signed them
// here: their URLs propose, and their hashes are demanded beside those of the signed pages.
#pragma once

#include <mirror/fleet/mirror_list.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

inline constexpr std::uint64_t metalink_bytes = 1024 * 1024;
inline constexpr std::size_t metalink_files = 1000;
/// The priority of a URL that states none, which is also the greatest. @source RFC 5854 4.2.16.1.
inline constexpr unsigned metalink_last_priority = 999'999;

struct MetalinkUrl {
    Url url;
    unsigned priority = metalink_last_priority;  ///< 1 is asked first.
    std::string location = {};                   ///< ISO 3166-1, lower case; empty: not told.

    friend bool operator==(const MetalinkUrl&, const MetalinkUrl&) = default;
};

struct MetalinkFile {
    std::string name;  ///< One name: no folder, no control character.
    std::optional<std::uint64_t> size_bytes = std::nullopt;
    std::optional<pki::Sha256> sha256 = std::nullopt;
    std::vector<MetalinkUrl> urls = {};  ///< Of http and https, at most verify::limits::mirrors.

    friend bool operator==(const MetalinkFile&, const MetalinkFile&) = default;
};

struct Metalink {
    std::vector<MetalinkFile> files = {};  ///< 1 .. metalink_files, each name once.

    friend bool operator==(const Metalink&, const Metalink&) = default;
};

/// Reads the XML of version 4. Elements and hashes of other kinds are passed over, URLs of other
/// schemes too; a document type is refused, so that no entity exists.
/// @param text  At most metalink_bytes.
/// @errors malformed, too_large, unsupported (version 3). @thread Safe. @cost One pass.
/// @source RFC 5854.
[[nodiscard]] Result<Metalink> parse_metalink(std::string_view text);

/// Writes one; parse_metalink() reads it back as the same value.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::string render_metalink(const Metalink& metalink);

/// The mirrors below which its URLs lie: those that end as a mirror names a file, by the digest
/// that the document states for it. Priorities are their places among all that it states.
/// @return  Each base URL once; perhaps none. @thread Safe.
[[nodiscard]] std::vector<ListedMirror> mirrors_of(const Metalink& metalink);

}  // namespace heliograph::mirror
