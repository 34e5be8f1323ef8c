// SPDX-License-Identifier: Apache-2.0
// Private: the folders below the root of a blob store, and which of them have no durable name yet.
#pragma once

#include <pki/base/result.hpp>

#include <filesystem>
#include <mutex>
#include <set>

namespace heliograph::mirror {

/// Folders are made without a sync, so that one sync of the root serves all that a batch makes. A
/// second writer that finds such a folder has to sync the root as well: the first one may not have
/// come to it yet.
/// @thread Safe. Other processes are kept out by the folder's lock; what they left behind when they
/// were killed is synced by the sweep.
class BlobFolders {
  public:
    enum class Name { durable, fresh };

    /// Makes a folder that is not there. @return Whether its name is durable. @errors io, denied.
    [[nodiscard]] Result<Name> ensure(const std::filesystem::path& folder);

    /// The root was synced after ensure() gave these.
    void settle(const std::set<std::filesystem::path>& folders);

  private:
    std::mutex m_mutex;
    std::set<std::filesystem::path> m_fresh;
};

}  // namespace heliograph::mirror
