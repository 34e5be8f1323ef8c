// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_links.hpp>
#include <verify/verdict/finding.hpp>

namespace heliograph::mirror {

Outcome ArchiveLinks::check(const ArchiveMembers& members) const {
    for (const std::string& link : m_symbolic) {
        const std::string behind = link + "/";
        const auto member = members.lower_bound(behind);
        if (member != members.end() && member->first.starts_with(behind)) {
            return Error(
                ErrorCode::malformed,
                "expected folders above every member, saw '" + verify::printable(member->first) +
                    "' behind the link '" + verify::printable(link) + "'"
            );
        }
        const auto target = m_hard_targets.lower_bound(behind);
        if (m_hard_targets.contains(link) ||
            (target != m_hard_targets.end() && target->starts_with(behind))) {
            return Error(
                ErrorCode::malformed,
                "expected hard links to lead to files, saw one lead to the link '" +
                    verify::printable(link) + "' or behind it"
            );
        }
    }
    return {};
}

}  // namespace heliograph::mirror
