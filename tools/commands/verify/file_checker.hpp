// SPDX-License-Identifier: Apache-2.0
// Files on disk against the signed pages of an index.
#pragma once

#include <mirror/proxy/proxy_policy.hpp>
#include <tools/commands/verify/page_finder.hpp>

#include <filesystem>

namespace heliograph::tools::verify_commands {

struct LocalFile {
    std::filesystem::path path;
    verify::DistFileName name;
};

/// @thread One thread.
class FileChecker {
  public:
    /// All outlive it.
    FileChecker(IndexView& index, const mirror::ProxyPolicy& policy, Console& console)
        : m_index(index), m_policy(policy), m_finder(index, console) {}

    /// @return Also for a file that cannot be opened. @errors Those of IndexView::ask(); io.
    [[nodiscard]] Result<verify::CheckedItem> check(const LocalFile& file);

  private:
    [[nodiscard]] Result<verify::CheckedItem> judge(
        const LocalFile& file, const MirrorAnswer& answer
    ) const;

    IndexView& m_index;
    const mirror::ProxyPolicy& m_policy;
    PageFinder m_finder;
};

}  // namespace heliograph::tools::verify_commands
