// SPDX-License-Identifier: Apache-2.0
// The packages of a verified index for the resolver: which versions have a file for the target, and
// what each of them needs there.
#pragma once

#include <mirror/fetch/file_choice.hpp>
#include <mirror/fetch/project_desk.hpp>
#include <mirror/fetch/search_budget.hpp>
#include <mirror/fetch/version_metadata.hpp>
#include <verify/resolve/resolution.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// For whom everything is resolved.
struct ResolutionTarget {
    ChoiceTarget choice;  ///< With tags (asserted).
    MarkerEnvironment markers;
};

/// What no mirror could give, and what each did instead.
struct MissingEvidence {
    std::string subject;  ///< `page of project wheel`.
    std::vector<MirrorFailure> failures;
};

/// One package of a solution.
struct ResolvedFile {
    verify::PageFile file;
    std::shared_ptr<const PageOutcome> page;
    std::vector<verify::ProjectName> extras;
    std::vector<verify::ProjectName> unknown_extras;  ///< Of these, what it does not offer.
    std::vector<verify::ProjectName> needs;           ///< Projects, in order, each once.
};

/// Why a solution has an older version of a project than the index offers.
struct PassedOver {
    verify::ProjectName project;
    std::string taken;
    std::string newest;      ///< Of those that cannot be taken.
    std::string why;         ///< The newest cannot, as the rest of a sentence.
    std::size_t others = 0;  ///< More versions between the two that cannot either.
};

/// Rules of choice, as pip has them:
/// - the newest version first; pre-releases only where the user or the requirement itself names
/// one, or no final version will do for it. Stricter than pip: what one package names opens no
/// pre-releases to another;
/// - a yanked version only when the user pins it: stricter than pip, which takes one for any
/// package that pins it;
/// - of a version, the file that choose_file() would take;
/// - a version whose metadata cannot be understood, that needs a file from a URL, or more than
/// version_requirements, is passed over: see passed_over(). Metadata that no mirror gives ends the
/// search: a mirror must not be able to choose an older version by keeping it back. Nor by saying
/// that a project does not exist, which nobody signs: see absent().
/// @thread One thread at a time.
class IndexSource final : public verify::PackageSource {
  public:
    /// @param wanted  What the user asks for; markers have been looked at.
    /// @param limits  Of what it may cost besides what resolve() counts; then the search ends.
    IndexSource(
        ProjectDesk& desk,
        ResolutionTarget target,
        std::vector<Requirement> wanted,
        const SearchLimits& limits = {}
    );

    [[nodiscard]] verify::PackageId root() const { return {0}; }
    [[nodiscard]] std::string name(verify::PackageId package) const override;
    [[nodiscard]] std::size_t versions(verify::PackageId package) const override;
    [[nodiscard]] std::string version_name(verify::PackageId package, std::size_t place)
        const override;
    [[nodiscard]] std::size_t choose(verify::PackageId package, const verify::VersionSet& allowed)
        override;
    /// @errors not_found (evidence that no mirror gives: see missing()), too_large (a limit of
    /// the search is crossed), faults of this machine.
    [[nodiscard]] Result<verify::VersionNeeds> needs(verify::PackageId package, std::size_t place)
        override;

    /// Why needs() ended the search.
    [[nodiscard]] const std::optional<MissingEvidence>& missing() const { return m_missing; }
    /// Projects that something needs and that no mirror has, by its word alone. A solution that
    /// was found in spite of them may be one of older versions, which that word chose: it is not to
    /// be believed. That there is none may be told.
    [[nodiscard]] const std::vector<MissingEvidence>& absent() const { return m_absent; }
    /// What mirrors did wrong while another one gave what was wanted. That one is not asked any
    /// more stands there once.
    [[nodiscard]] const std::vector<MirrorFailure>& detours() const { return m_detours; }

    /// One file for each project of a solution, by name.
    [[nodiscard]] std::vector<ResolvedFile> files_of(const verify::Solution& solution) const;
    /// Where it has an older version than all that is in the solution would take, since newer ones
    /// are not usable.
    [[nodiscard]] std::vector<PassedOver> passed_over(const verify::Solution& solution) const;

  private:
    struct Candidate {
        verify::Version version;
        const verify::PageFile* file = nullptr;        ///< The best one for the target.
        std::optional<MetadataReading> metadata = {};  ///< Once it was asked for.
    };
    /// What specifiers leave of the candidates.
    struct Fitting {
        verify::VersionSet versions;
        std::string why_none;  ///< When there is none, what there is instead.
    };
    struct Project {
        std::shared_ptr<const PageOutcome> page;  ///< Without a page: no mirror has one.
        std::vector<Candidate> candidates;        ///< Ascending.
        std::map<std::string, Fitting> fitting;   ///< By the text of the specifiers.
    };
    struct Package {
        verify::ProjectName project;
        std::optional<verify::ProjectName> extra;
    };
    /// What one version needs, each need once.
    struct NeedList {
        std::vector<verify::PackageNeed> needs;
        std::set<std::string> texts;
    };

    [[nodiscard]] const Package& package_of(verify::PackageId id) const;
    [[nodiscard]] verify::PackageId id_of(const Package& package);
    [[nodiscard]] Result<Project*> project(const verify::ProjectName& name);
    [[nodiscard]] Project read_project(std::shared_ptr<const PageOutcome> page) const;
    [[nodiscard]] bool is_pinned(const verify::ProjectName& name, const verify::Version& version)
        const;
    [[nodiscard]] bool names_prerelease(const verify::ProjectName& name) const;
    [[nodiscard]] Fitting look_for(const Requirement& requirement, const Project& known) const;
    /// The same, looked for once. @errors too_large.
    [[nodiscard]] Result<const Fitting*> fitting(const Requirement& requirement);
    /// @errors too_large.
    [[nodiscard]] Outcome add_need(const Package& package, const Requirement& from, NeedList& list);
    [[nodiscard]] Outcome add_needs(const Requirement& requirement, NeedList& list);
    [[nodiscard]] Result<verify::VersionNeeds> needs_of_all(
        const std::vector<Requirement>& requirements, std::vector<verify::PackageNeed> needs
    );
    /// @param at  Whose it is. @errors too_large.
    [[nodiscard]] Outcome read_metadata(Candidate& candidate, const std::string& at);
    /// What each project may be for all that is in a solution.
    [[nodiscard]] std::map<verify::ProjectName, verify::VersionSet> accepted_by(
        const verify::Solution& solution
    ) const;
    /// @param candidate  Whose metadata was read.
    [[nodiscard]] RequirementsThere requirements_for(
        const Candidate& candidate, const std::optional<verify::ProjectName>& extra
    ) const;
    void note_detours(const std::vector<MirrorFailure>& failures);
    void look_ahead(const std::vector<verify::PackageNeed>& needs);

    ProjectDesk& m_desk;
    ResolutionTarget m_target;
    std::vector<Requirement> m_wanted;
    std::vector<Package> m_packages;  ///< From the id 1 on.
    std::map<std::pair<verify::ProjectName, std::string>, verify::PackageId> m_ids;
    std::map<verify::ProjectName, Project> m_projects;
    std::map<std::pair<verify::ProjectName, std::size_t>, std::string> m_unusable;  ///< And why.
    std::set<verify::ProjectName> m_prereleases;  ///< Projects of which the user names one.
    SearchBudget m_budget;
    std::optional<MissingEvidence> m_missing;
    std::vector<MissingEvidence> m_absent;
    std::vector<MirrorFailure> m_detours;
};

}  // namespace heliograph::mirror
