// SPDX-License-Identifier: Apache-2.0
// The packages of a verified index for the resolver: which versions have a file for the target, and
// what each of them needs there.
#pragma once

#include <mirror/fetch/dependency.hpp>
#include <mirror/fetch/file_choice.hpp>
#include <mirror/fetch/project_desk.hpp>
#include <verify/resolve/resolution.hpp>

#include <map>
#include <memory>
#include <optional>
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
    std::vector<verify::ProjectName> needs;  ///< Projects, in order, each once.
};

/// Rules of choice, as pip has them:
/// - the newest version first, final ones before pre-releases, unless the user names one;
/// - a yanked version only when the user pins it;
/// - of a version, the file that choose_file() would take;
/// - a version whose metadata cannot be understood, or that needs a file from a URL, is passed
/// over. Metadata that no mirror gives ends the search: a mirror must not be able to choose an
/// older version by keeping it back.
/// @thread One thread at a time.
class IndexSource final : public verify::PackageSource {
  public:
    /// @param wanted  What the user asks for; markers have been looked at.
    IndexSource(ProjectDesk& desk, ResolutionTarget target, std::vector<Requirement> wanted);

    [[nodiscard]] verify::PackageId root() const { return {0}; }
    [[nodiscard]] std::string name(verify::PackageId package) const override;
    [[nodiscard]] std::size_t versions(verify::PackageId package) const override;
    [[nodiscard]] std::string version_name(verify::PackageId package, std::size_t place)
        const override;
    [[nodiscard]] std::size_t choose(verify::PackageId package, const verify::VersionSet& allowed)
        override;
    /// @errors not_found (evidence that no mirror gives: see missing()), faults of this machine.
    [[nodiscard]] Result<verify::VersionNeeds> needs(verify::PackageId package, std::size_t place)
        override;

    /// Why needs() ended the search.
    [[nodiscard]] const std::optional<MissingEvidence>& missing() const { return m_missing; }
    /// What mirrors did wrong while another one gave what was wanted.
    [[nodiscard]] const std::vector<MirrorFailure>& detours() const { return m_detours; }
    /// What users should know besides: extras that do not exist.
    [[nodiscard]] const std::vector<std::string>& warnings() const { return m_warnings; }

    /// One file for each project of a solution, by name.
    [[nodiscard]] std::vector<ResolvedFile> files_of(const verify::Solution& solution) const;

  private:
    struct Candidate {
        verify::Version version;
        const verify::PageFile* file = nullptr;  ///< The best one for the target.
        std::optional<verify::DependencyMetadata> metadata = {};
        std::vector<Dependency> dependencies = {};
    };
    struct Project {
        std::shared_ptr<const PageOutcome> page;
        std::vector<Candidate> candidates;  ///< Ascending.
        std::string emptiness;              ///< Why there are none, or which there are.
    };
    struct Package {
        verify::ProjectName project;
        std::optional<verify::ProjectName> extra;
    };

    [[nodiscard]] const Package& package_of(verify::PackageId id) const;
    [[nodiscard]] verify::PackageId id_of(const Package& package);
    [[nodiscard]] Result<Project*> project(const verify::ProjectName& name);
    [[nodiscard]] Project read_project(std::shared_ptr<const PageOutcome> page) const;
    [[nodiscard]] bool is_pinned(const verify::ProjectName& name, const verify::Version& version)
        const;
    [[nodiscard]] bool names_prerelease(const verify::ProjectName& name) const;
    [[nodiscard]] Outcome add_needs(
        const Requirement& requirement, std::vector<verify::PackageNeed>& needs
    );
    [[nodiscard]] Result<verify::VersionNeeds> needs_of_all(
        const std::vector<Requirement>& requirements, std::vector<verify::PackageNeed> needs
    );
    /// None when it is understood.
    [[nodiscard]] Result<std::optional<verify::UnusableVersion>> read_metadata(Candidate& candidate
    );
    [[nodiscard]] std::variant<std::vector<Requirement>, verify::UnusableVersion> requirements_for(
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
    std::optional<MissingEvidence> m_missing;
    std::vector<MirrorFailure> m_detours;
    std::vector<std::string> m_warnings;
};

}  // namespace heliograph::mirror
