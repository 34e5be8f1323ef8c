// SPDX-License-Identifier: Apache-2.0
// Private: the pages that one transaction changes, from the stored ones to rendered, signed and
// journalled new ones.
#pragma once

#include <mirror/publish/signing_pair.hpp>
#include <mirror/store/catalog.hpp>
#include <pki/base/clock.hpp>
#include <verify/index/project_page.hpp>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// What happened to a page: file or version are set as the action calls for.
struct PageChange {
    JournalAction action;
    verify::ProjectName project;
    std::optional<verify::DistFileName> file = std::nullopt;
    std::optional<verify::Version> version = std::nullopt;
    std::optional<std::string> reason = std::nullopt;  ///< Of a yank, an unyank or a status.
};

/// What is rendered of a page, and signed.
inline constexpr std::array both_forms{verify::PageForm::html, verify::PageForm::json};

/// The catalogue does not have the page of this project as it was signed: `expected ..., ` @p seen.
[[nodiscard]] Error damaged_page(const verify::ProjectName& project, const std::string& seen);

/// @thread One thread.
class PageWriter {
  public:
    /// All must outlive the writer.
    struct Parts {
        const Catalog& catalog;
        SigningKeys keys;
        Instant now;
    };

    PageWriter(const Parts& parts, CatalogTransaction& transaction)
        : m_parts(parts), m_transaction(transaction) {}

    /// The page to change: the stored one, or an empty one for a new project. That of a quarantined
    /// project has the files that are kept back. Valid until finish().
    /// @errors malformed (the stored page is damaged: it is not signed again), io.
    [[nodiscard]] Result<verify::ProjectPage*> page_of(const verify::ProjectName& project);

    /// The same of a project that is there already. @errors not_found, else as above.
    [[nodiscard]] Result<verify::ProjectPage*> known_page_of(const verify::ProjectName& project);

    /// Takes a serial for one change of a page asked for before; the page carries its newest one.
    [[nodiscard]] Result<verify::Serial> note(PageChange change);

    /// How people write the name of a project whose page is new.
    /// @param display_name  As core metadata say it.
    void name(const verify::ProjectName& project, std::string display_name) {
        m_display_names.insert_or_assign(project, std::move(display_name));
    }

    [[nodiscard]] bool changed() const { return !m_changes.empty(); }

    /// Renders each changed page once and signs it, during a rollover by both signers, on all
    /// cores, and puts pages and journal rows into the transaction. The files of a quarantined page
    /// go to its shelf.
    Outcome finish();

  private:
    struct Noted {
        verify::Serial serial;
        PageChange change;
    };

    [[nodiscard]] Result<std::vector<verify::PageFile>> shelved_files(
        const verify::ProjectName& project
    );
    struct Edition;
    [[nodiscard]] Result<Edition> edition_of(verify::ProjectPage& page);
    Outcome render(std::vector<Edition>& editions, const SigningPair& signers) const;
    Outcome put(const Edition& edition);

    Parts m_parts;
    CatalogTransaction& m_transaction;
    std::map<verify::ProjectName, verify::ProjectPage> m_pages;
    std::set<verify::ProjectName> m_shelved;  ///< Whose files are kept back before this.
    std::map<verify::ProjectName, std::string> m_display_names;  ///< Of new projects.
    std::vector<Noted> m_changes;
};

}  // namespace heliograph::mirror
