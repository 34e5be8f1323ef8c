// SPDX-License-Identifier: Apache-2.0
// Private: the pages that one transaction changes, from the stored ones to rendered, signed and
// journalled new ones.
#pragma once

#include <mirror/store/catalog.hpp>
#include <pki/base/clock.hpp>
#include <pki/x509/credential.hpp>
#include <verify/index/project_page.hpp>

#include <map>
#include <vector>

namespace heliograph::mirror {

/// @thread One thread.
class PageWriter {
  public:
    /// All must outlive the writer.
    struct Parts {
        const Catalog& catalog;
        const pki::Credential& signer;
        Instant now;
    };

    PageWriter(const Parts& parts, CatalogTransaction& transaction)
        : m_parts(parts), m_transaction(transaction) {}

    /// The page to change: the stored one, or an empty one for a new project. Valid until finish().
    /// @errors malformed (the stored page is damaged: it is not signed again), io.
    [[nodiscard]] Result<verify::ProjectPage*> page_of(const verify::ProjectName& project);

    /// Takes a serial for one change of a page asked for before; the page carries its newest one.
    [[nodiscard]] Result<verify::Serial> note(
        JournalAction action, const verify::DistFileName& file
    );

    [[nodiscard]] bool changed() const { return !m_changes.empty(); }

    /// Renders and signs each changed page once, and puts pages and journal rows into the
    /// transaction.
    Outcome finish();

  private:
    struct Change {
        verify::Serial serial;
        JournalAction action;
        verify::DistFileName file;
    };

    Parts m_parts;
    CatalogTransaction& m_transaction;
    std::map<verify::ProjectName, verify::ProjectPage> m_pages;
    std::vector<Change> m_changes;
};

}  // namespace heliograph::mirror
