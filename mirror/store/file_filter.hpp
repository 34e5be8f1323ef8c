// SPDX-License-Identifier: Apache-2.0
// Which files of a page a mirror keeps: a pure function of the page, the filter and the time. The
// page itself stays as it was signed and names them all.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/specifier.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

namespace file_filter_limits {
inline constexpr std::size_t projects = 100'000;  ///< With specifiers, or with locked files.
inline constexpr std::size_t locked_files = 200'000;
inline constexpr std::size_t patterns = 100;  ///< Of platforms, and of Pythons.
inline constexpr std::size_t pattern_chars = 64;
inline constexpr std::uint32_t latest = 100'000;
inline constexpr std::chrono::seconds age = std::chrono::hours(24 * 3650);
}  // namespace file_filter_limits

/// Why a file is left out; the first of these that holds is told.
enum class LeaveReason {
    lock,       ///< The lock file names other files, or versions, of this project.
    specifier,  ///< Its version is not among those that were asked for.
    file_type,  ///< A wheel where source archives are wanted, or the other way round.
    platform,   ///< A wheel for other platforms.
    python,     ///< A wheel for other Pythons.
    size,       ///< Larger than may be, or of a size that its page does not state.
    age,        ///< Younger than may be, or of an age that its page does not state.
    latest,     ///< Of a release older than the newest that are wanted.
};

/// The stable word: `lock`, `specifier`, `file-type`... @thread Safe. @cost None.
[[nodiscard]] std::string_view leave_reason_name(LeaveReason reason);
/// @errors malformed (no such word). @thread Safe.
[[nodiscard]] Result<LeaveReason> parse_leave_reason(std::string_view word);

/// A wheel tag in which `*` stands for any characters: `manylinux*_x86_64`, `cp31*`.
/// @thread Safe, a value.
class TagPattern {
  public:
    [[nodiscard]] const std::string& text() const { return m_text; }
    /// @cost The product of both lengths, at the worst.
    [[nodiscard]] bool matches(std::string_view tag) const;

    friend bool operator==(const TagPattern&, const TagPattern&) = default;

  private:
    friend Result<TagPattern> parse_tag_pattern(std::string_view text);
    explicit TagPattern(std::string text) : m_text(std::move(text)) {}

    std::string m_text;
};

/// @param text  1 .. file_filter_limits::pattern_chars of `a-z 0-9 _ . - *`; upper case becomes
/// lower.
/// @errors malformed, too_large. @thread Safe.
[[nodiscard]] Result<TagPattern> parse_tag_pattern(std::string_view text);

/// Versions of projects: any of those of its project.
using WantedVersions = std::map<verify::ProjectName, std::vector<verify::SpecifierSet>>;

/// Conditions, all of which a file must meet. A project that a lock file does not name, or of which
/// no versions were asked for, is bound by the others alone.
struct FileFilter {
    /// What a lock file names: of each project these files, or files of these versions where it
    /// states no hashes. Each ascending.
    std::map<verify::ProjectName, std::vector<pki::Sha256>> locked = {};
    WantedVersions locked_versions = {};
    WantedVersions specifiers = {};
    std::optional<verify::FileKind> kind = std::nullopt;
    /// Wheels for any of these; `any` always does. Empty: all. Source archives have no platform.
    std::vector<TagPattern> platforms = {};
    /// Wheels for any of these, each compared with `cp311` and with `cp311-abi3`; empty: all.
    std::vector<TagPattern> pythons = {};
    std::optional<std::uint64_t> most_bytes = std::nullopt;
    std::optional<std::chrono::seconds> least_age = std::nullopt;  ///< A cool-down.
    /// So many newest releases of which anything is left by the others. Pre-releases count only
    /// where there is nothing else, and releases that are yanked whole (PEP 592) only where
    /// everything is.
    std::optional<std::uint32_t> latest = std::nullopt;

    [[nodiscard]] bool is_everything() const;
};

/// What becomes of one file.
struct FileDecision {
    std::optional<LeaveReason> left_out;  ///< None: it is kept.
    std::optional<Instant> ripe;          ///< When it is old enough, if it is its age.
};

/// @return One decision for each file of the page, in its order.
/// @thread Safe, pure. @cost Linear in the files, times patterns and clauses.
[[nodiscard]] std::vector<FileDecision> decide_files(
    const FileFilter& filter, const verify::ProjectPage& page, Instant now
);

/// A file that a page names and this mirror left out.
struct LeftOutFile {
    verify::FilePath path;
    std::uint64_t size_bytes = 0;  ///< As the page states it; 0 where it does not.
    LeaveReason reason = LeaveReason::lock;
    std::optional<Instant> ripe = std::nullopt;

    friend bool operator==(const LeftOutFile&, const LeftOutFile&) = default;
};

/// What is known of a file by the decision that leaves it out (asserted). @thread Safe, pure.
[[nodiscard]] LeftOutFile left_out_by(const FileDecision& decision, const verify::PageFile& file);

/// Those of a page that the filter leaves out, in its order.
/// @thread Safe, pure. @cost As decide_files().
[[nodiscard]] std::vector<LeftOutFile> left_out_of(
    const FileFilter& filter, const verify::ProjectPage& page, Instant now
);

/// How many files are left out for one reason.
struct LeftOutCount {
    /// Pages state what they like; a sum never goes beyond this.
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 62U;

    LeaveReason reason = LeaveReason::lock;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;  ///< At most `most_bytes`.

    /// @cost None.
    void add_bytes(std::uint64_t more) {
        bytes = more < most_bytes - bytes ? bytes + more : most_bytes;
    }

    friend bool operator==(const LeftOutCount&, const LeftOutCount&) = default;
};

}  // namespace heliograph::mirror
