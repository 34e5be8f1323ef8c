// SPDX-License-Identifier: Apache-2.0
// For which Python on which machine a file is: which wheels run there, in which order of
// preference, and what markers say there. PEP 425, 508.
#pragma once

#include <mirror/requirement/marker.hpp>
#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace heliograph::mirror {

/// One Python.
struct PythonTarget {
    verify::Version version;                 ///< Full: 3.11.2. requires-python looks at all of it.
    std::string implementation = "cpython";  ///< `cpython`, `pypy`...
    std::vector<std::string> abis;           ///< `cp311`; best first.
    std::vector<std::string> platforms;      ///< Best first.
    MarkerEnvironment markers;
};

/// A CPython of that version: its ABI, and markers that follow from the version. Those of the
/// machine are as far as the first platform tells (Linux, macOS, Windows).
/// @thread Safe.
[[nodiscard]] PythonTarget cpython_target(
    const verify::Version& version, std::vector<std::string> platforms
);

/// All tags that run there, best first.
/// @thread Safe. @cost Their number: some hundreds to some thousands.
/// @source PEP 425, "Use"; PEP 600; order as the packaging library gives it.
[[nodiscard]] std::vector<verify::WheelTag> supported_tags(const PythonTarget& target);

/// The tags of a target, for looking up.
/// @thread Safe to read.
class TagRanks {
  public:
    explicit TagRanks(const std::vector<verify::WheelTag>& best_first);

    /// The best rank of any tag of the file, 0 the best; none when it does not run there.
    [[nodiscard]] std::optional<std::size_t> rank_of(const verify::DistFileName& wheel) const;

  private:
    std::unordered_map<std::string, std::size_t> m_ranks;
};

/// What an interpreter is to be run with, as `-c` text: prints one JSON object about itself.
[[nodiscard]] std::string_view interpreter_question();

/// Reads that object.
/// @param text  At most 64 KiB.
/// @errors malformed, too_large. @thread Safe.
[[nodiscard]] Result<PythonTarget> parse_interpreter_answer(std::string_view text);

}  // namespace heliograph::mirror
