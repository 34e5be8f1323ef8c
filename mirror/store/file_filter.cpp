// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_filter.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::PageFile;

constexpr std::array<std::pair<LeaveReason, std::string_view>, 8> reason_words{
    {{LeaveReason::lock, "lock"},
     {LeaveReason::specifier, "specifier"},
     {LeaveReason::file_type, "file-type"},
     {LeaveReason::platform, "platform"},
     {LeaveReason::python, "python"},
     {LeaveReason::size, "size"},
     {LeaveReason::age, "age"},
     {LeaveReason::latest, "latest"}}};

bool matches_any(const std::vector<TagPattern>& patterns, std::string_view tag) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const TagPattern& pattern) {
        return pattern.matches(tag);
    });
}

bool fits_platform(const FileFilter& filter, const PageFile& file) {
    const auto& tags = file.name.tags();
    return filter.platforms.empty() || tags.empty() ||
           std::any_of(tags.begin(), tags.end(), [&](const verify::WheelTag& tag) {
               return tag.platform == "any" || matches_any(filter.platforms, tag.platform);
           });
}

bool fits_python(const FileFilter& filter, const PageFile& file) {
    const auto& tags = file.name.tags();
    return filter.pythons.empty() || tags.empty() ||
           std::any_of(tags.begin(), tags.end(), [&](const verify::WheelTag& tag) {
               return matches_any(filter.pythons, tag.python) ||
                      matches_any(filter.pythons, tag.python + "-" + tag.abi);
           });
}

FileDecision leave(LeaveReason reason) {
    return {.left_out = reason, .ripe = std::nullopt};
}

FileDecision decide_age(std::chrono::seconds least, const PageFile& file, Instant now) {
    if (!file.upload_time) {
        return leave(LeaveReason::age);
    }
    const auto ripe = *file.upload_time + least;
    return ripe <= now ? FileDecision{} : FileDecision{LeaveReason::age, ripe};
}

// None: nothing is said of this project.
std::optional<bool> accepts_version(const WantedVersions& wanted, const PageFile& file) {
    const auto sets = wanted.find(file.name.project());
    if (sets == wanted.end()) {
        return std::nullopt;
    }
    return std::any_of(
        sets->second.begin(),
        sets->second.end(),
        [&](const verify::SpecifierSet& set) { return set.accepts(file.name.version()); }
    );
}

bool fits_lock(const FileFilter& filter, const PageFile& file) {
    const auto files = filter.locked.find(file.name.project());
    const auto of_version = accepts_version(filter.locked_versions, file);
    if (files == filter.locked.end()) {
        return of_version.value_or(true);
    }
    return of_version.value_or(false) ||
           std::binary_search(files->second.begin(), files->second.end(), file.sha256);
}

// All conditions but the one that looks at the other files of the page.
FileDecision decide_alone(const FileFilter& filter, const PageFile& file, Instant now) {
    if (!fits_lock(filter, file)) {
        return leave(LeaveReason::lock);
    }
    if (!accepts_version(filter.specifiers, file).value_or(true)) {
        return leave(LeaveReason::specifier);
    }
    if (filter.kind && *filter.kind != file.name.kind()) {
        return leave(LeaveReason::file_type);
    }
    if (!fits_platform(filter, file)) {
        return leave(LeaveReason::platform);
    }
    if (!fits_python(filter, file)) {
        return leave(LeaveReason::python);
    }
    if (filter.most_bytes && (!file.size_bytes || *file.size_bytes > *filter.most_bytes)) {
        return leave(LeaveReason::size);
    }
    return filter.least_age ? decide_age(*filter.least_age, file, now) : FileDecision{};
}

// As installers choose: final releases, and pre-releases where there is nothing else (PEP 440).
class Releases {
  public:
    void add(const verify::Version& version) {
        m_all.insert(version);
        if (!version.is_prerelease()) {
            m_finals.insert(version);
        }
    }
    [[nodiscard]] bool empty() const { return m_all.empty(); }
    [[nodiscard]] const std::set<verify::Version>& countable() const {
        return m_finals.empty() ? m_all : m_finals;
    }

  private:
    std::set<verify::Version> m_finals;
    std::set<verify::Version> m_all;
};

void keep_latest(
    std::uint32_t latest, const verify::ProjectPage& page, std::vector<FileDecision>& decisions
) {
    Releases offered;
    Releases all;
    for (std::size_t at = 0; at < decisions.size(); ++at) {
        const auto& file = page.files[at];
        if (decisions[at].left_out) {
            continue;
        }
        all.add(file.name.version());
        if (!file.yanked) {
            offered.add(file.name.version());
        }
    }
    const auto& counted = (offered.empty() ? all : offered).countable();
    std::set<verify::Version> wanted;
    for (auto one = counted.rbegin(); one != counted.rend() && wanted.size() < latest; ++one) {
        wanted.insert(*one);
    }
    for (std::size_t at = 0; at < decisions.size(); ++at) {
        if (!decisions[at].left_out && !wanted.contains(page.files[at].name.version())) {
            decisions[at] = leave(LeaveReason::latest);
        }
    }
}

}  // namespace

std::string_view leave_reason_name(LeaveReason reason) {
    const auto* const found =
        std::find_if(reason_words.begin(), reason_words.end(), [&](const auto& entry) {
            return entry.first == reason;
        });
    HG_ASSERT(found != reason_words.end());
    return found->second;
}

Result<LeaveReason> parse_leave_reason(std::string_view word) {
    const auto* const found =
        std::find_if(reason_words.begin(), reason_words.end(), [&](const auto& entry) {
            return entry.second == word;
        });
    if (found == reason_words.end()) {
        return Error(
            ErrorCode::malformed,
            "expected a reason for which a file is left out, saw '" + verify::printable(word) + "'"
        );
    }
    return found->first;
}

bool TagPattern::matches(std::string_view tag) const {
    const std::string_view pattern = m_text;
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    std::size_t seen = 0;
    while (seen < tag.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = seen;
        } else if (at < pattern.size() && pattern[at] == tag[seen]) {
            ++at;
            ++seen;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            seen = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

Result<TagPattern> parse_tag_pattern(std::string_view text) {
    if (text.size() > file_filter_limits::pattern_chars) {
        return Error(ErrorCode::too_large, "expected a pattern of tags of at most 64 characters");
    }
    std::string pattern;
    for (const char letter : text) {
        const bool upper = letter >= 'A' && letter <= 'Z';
        pattern += upper ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    const bool sound =
        !pattern.empty() && std::all_of(pattern.begin(), pattern.end(), [](char one) {
            return (one >= 'a' && one <= 'z') || (one >= '0' && one <= '9') || one == '_' ||
                   one == '.' || one == '-' || one == '*';
        });
    if (!sound) {
        return Error(
            ErrorCode::malformed,
            "expected a wheel tag, perhaps with *, as manylinux*_x86_64, saw '" +
                verify::printable(text) + "'"
        );
    }
    return TagPattern(std::move(pattern));
}

bool FileFilter::is_everything() const {
    return locked.empty() && locked_versions.empty() && specifiers.empty() && !kind &&
           platforms.empty() && pythons.empty() && !most_bytes && !least_age && !latest;
}

std::vector<FileDecision> decide_files(
    const FileFilter& filter, const verify::ProjectPage& page, Instant now
) {
    std::vector<FileDecision> decisions;
    decisions.reserve(page.files.size());
    for (const auto& file : page.files) {
        decisions.push_back(decide_alone(filter, file, now));
    }
    if (filter.latest) {
        keep_latest(*filter.latest, page, decisions);
    }
    return decisions;
}

LeftOutFile left_out_by(const FileDecision& decision, const verify::PageFile& file) {
    HG_ASSERT(decision.left_out.has_value());
    return {
        .path = file.path(),
        .size_bytes = file.size_bytes.value_or(0),
        .reason = *decision.left_out,
        .ripe = decision.ripe};
}

std::vector<LeftOutFile> left_out_of(
    const FileFilter& filter, const verify::ProjectPage& page, Instant now
) {
    std::vector<LeftOutFile> left_out;
    const auto decisions = decide_files(filter, page, now);
    for (std::size_t at = 0; at < decisions.size(); ++at) {
        if (decisions[at].left_out) {
            left_out.push_back(left_out_by(decisions[at], page.files[at]));
        }
    }
    return left_out;
}

}  // namespace heliograph::mirror
