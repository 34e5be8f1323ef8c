// SPDX-License-Identifier: Apache-2.0
// One line of a statistics file, and the file's text: heliograph-access-1, see FORMAT.md.
// PEP 381, "Statistics page"; RFC 4180.
#pragma once

#include <pki/base/result.hpp>

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace heliograph::mirror {

namespace statistics_limits {
inline constexpr std::uint64_t text_bytes = 512ULL << 20U;   ///< Of one file, unpacked.
inline constexpr std::uint64_t packed_bytes = 64ULL << 20U;  ///< Of one file, as it is served.
inline constexpr std::size_t rows = 4'000'000;               ///< Of one file.
inline constexpr std::uint64_t count = 1ULL << 53U;          ///< Of one row; sums stop there.
}  // namespace statistics_limits

/// What is counted apart.
struct AccessKey {
    std::string package;   ///< Normalised project name.
    std::string filename;  ///< Printable ASCII without a slash, at most 255 bytes.
    std::string agent;     ///< As agent_name() gives it.

    friend auto operator<=>(const AccessKey&, const AccessKey&) = default;
};

/// Sorted, which is the order of lines.
using AccessTable = std::map<AccessKey, std::uint64_t>;

/// Adds, and stops at statistics_limits::count. @thread Safe.
[[nodiscard]] std::uint64_t add_counts(std::uint64_t left, std::uint64_t right);

/// The first line, with its line feed.
[[nodiscard]] std::string_view access_header();

/// A line with its line feed. @thread Safe.
[[nodiscard]] std::string render_access_row(const AccessKey& key, std::uint64_t count);

/// Reads a file of ours or of another mirror: with or without header, lines ended by LF or CRLF,
/// fields quoted or not. A user agent in full is reduced to its name; equal keys are added up.
/// @param text  At most statistics_limits::text_bytes.
/// @errors malformed (a line that has not four fields, a name that is none, a count that is none),
/// too_large. @thread Safe. @cost One pass.
[[nodiscard]] Result<AccessTable> parse_access_table(std::string_view text);

using AccessVisitor = std::function<Outcome(AccessKey key, std::uint64_t count)>;

/// The same, row by row: equal keys come as often as they stand there, and nothing is kept.
/// @errors As above, and those of @p visitor.
[[nodiscard]] Outcome for_each_access(std::string_view text, const AccessVisitor& visitor);

/// Header and rows. @thread Safe. @cost One pass.
[[nodiscard]] std::string render_access_table(const AccessTable& table);

}  // namespace heliograph::mirror
