// SPDX-License-Identifier: Apache-2.0
// Private: the links of one archive, judged when all its members are known (threat T16). A path
// that passes through a link leads elsewhere than its text says, so none may.
#pragma once

#include <pki/base/result.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace heliograph::mirror {

/// Plain paths of members, and whether they are folders.
using ArchiveMembers = std::map<std::string, bool>;

class ArchiveLinks {
  public:
    void add_symbolic(std::string plain_path) { m_symbolic.insert(std::move(plain_path)); }
    void add_hard(std::string plain_target) { m_hard_targets.insert(std::move(plain_target)); }

    /// Checks that no member lies behind a symbolic link, wherever in the archive the two stand,
    /// and that no hard link leads to a symbolic one or behind it: it would be the same text at
    /// another depth.
    /// @errors malformed.
    /// @cost   Some look-ups for each link.
    [[nodiscard]] Outcome check(const ArchiveMembers& members) const;

  private:
    std::set<std::string> m_symbolic;
    std::set<std::string> m_hard_targets;
};

}  // namespace heliograph::mirror
