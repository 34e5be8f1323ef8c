// SPDX-License-Identifier: Apache-2.0
// The list of all projects, rendered once for each state of the catalogue and kept ready for all
// threads of a server. A change costs what it changed and one copy of the whole, however many
// projects there are. That takes longer than a loop may wait, so that the loops only take what is
// at hand, and a thread of its own renders (call_worker.hpp).
#pragma once

#include <mirror/serve/negotiation.hpp>
#include <mirror/serve/prepared.hpp>
#include <mirror/store/catalog.hpp>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Follows one catalogue by the revisions of its projects.
/// @thread Safe.
class RootIndex {
  public:
    /// The list as it stands in the catalogue now, as one type.
    /// @param catalog  Always the same one, through the calling thread's own object.
    /// @errors io, malformed (the catalogue is damaged).
    /// @cost When nothing changed, two indexed reads. After a change one read for each changed
    /// project, a part of the list rendered again for each, and the copy and digest of the whole.
    [[nodiscard]] Result<std::shared_ptr<const Prepared>> prepared(
        const Catalog& catalog, PageType type
    );

    /// The same if nothing is to be rendered for it; else null, also while another thread renders.
    /// @errors As above. @cost Three indexed reads; waits for nobody.
    [[nodiscard]] Result<std::shared_ptr<const Prepared>> at_hand(
        const Catalog& catalog, PageType type
    );

  private:
    /// Neighbouring entries with their text in both forms; an empty text is to be rendered.
    struct Part {
        std::vector<verify::RootEntry> entries;
        std::array<std::string, 2> texts;
    };

    /// Takes in what changed. @return Whether anything did.
    Result<bool> follow(const Catalog& catalog);
    void apply(const ProjectState& state);
    void put(Part& part, const verify::RootEntry& entry);
    void split(std::size_t index);
    [[nodiscard]] std::size_t part_for(const verify::ProjectName& name) const;
    [[nodiscard]] std::string join(verify::PageForm form);

    std::mutex m_mutex;
    std::vector<Part> m_parts;  ///< Ascending; none empty.
    std::uint64_t m_revision = 0;
    verify::Serial m_serial;
    std::map<PageType, std::shared_ptr<const Prepared>> m_ready;
};

}  // namespace heliograph::mirror
