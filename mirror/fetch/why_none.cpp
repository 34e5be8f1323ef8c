// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/why_none.hpp>

#include <algorithm>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::size_t versions_shown = 6;

std::string shown(const std::vector<std::string>& versions) {
    std::string text;
    const auto count = std::min(versions.size(), versions_shown);
    for (std::size_t i = versions.size() - count; i < versions.size(); ++i) {
        text += (text.empty() ? "" : ", ") + versions[i];
    }
    return (versions.size() > count ? "..., " : "") + text;
}

// Files stand by version.
void add_once(std::vector<std::string>& versions, const std::string& version) {
    if (versions.empty() || versions.back() != version) {
        versions.push_back(version);
    }
}

}  // namespace

std::string why_none_fits(
    const verify::ProjectPage& page,
    const verify::SpecifierSet& versions,
    const ChoiceTarget& target
) {
    if (page.mark.status == verify::ProjectStatus::quarantined) {
        return page.name.text() + " is quarantined";
    }
    if (page.files.empty()) {
        return "the index has no file of it";
    }
    std::vector<std::string> yanked;
    std::vector<std::string> foreign;
    for (const auto& file : page.files) {
        const auto& version = file.name.version();
        if (versions.accepts(version)) {
            add_once(may_use(file, target) ? yanked : foreign, version.text());
        }
    }
    if (!yanked.empty()) {
        // Pinned by another package they are not taken.
        return "of what the index has, " + shown(yanked) +
               (yanked.size() == 1 ? " is yanked and taken only when you pin it yourself"
                                   : " are yanked and taken only when you pin them yourself");
    }
    if (!foreign.empty()) {
        return "of what the index has, " + shown(foreign) + (foreign.size() == 1 ? " is" : " are") +
               " for another Python, platform or format";
    }
    return "the index has " + shown(page.versions());
}

}  // namespace heliograph::mirror
