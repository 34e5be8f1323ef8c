// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/index_source.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <set>

namespace heliograph::mirror {

namespace {

using verify::PackageId;
using verify::PackageNeed;
using verify::UnusableVersion;
using verify::VersionNeeds;
using verify::VersionSet;

constexpr std::size_t versions_shown = 6;

// All of them say that there is no such thing, and nothing worse.
bool all_say_not_found(const std::vector<MirrorFailure>& failures) {
    return !failures.empty() &&
           std::all_of(failures.begin(), failures.end(), [](const MirrorFailure& failure) {
               return !failure.error && !failure.findings.empty() &&
                      std::all_of(
                          failure.findings.begin(),
                          failure.findings.end(),
                          [](const verify::Finding& finding) {
                              return finding.severity != verify::Severity::error ||
                                     finding.cause == verify::Cause::not_found;
                          }
                      );
           });
}

std::string versions_of(const verify::ProjectPage& page) {
    const auto all = page.versions();
    std::string text;
    const auto shown = std::min(all.size(), versions_shown);
    for (std::size_t i = all.size() - shown; i < all.size(); ++i) {
        text += (text.empty() ? "" : ", ") + all[i];
    }
    return (all.size() > shown ? "..., " : "") + text;
}

// What stands on the page although nothing there can be taken.
std::string emptiness_of(const verify::ProjectPage& page) {
    if (page.mark.status == verify::ProjectStatus::quarantined) {
        return page.name.text() + " is quarantined";
    }
    return page.files.empty() ? "the index has no file of it"
                              : "none of its files is for this Python: " + versions_of(page);
}

}  // namespace

IndexSource::IndexSource(
    ProjectDesk& desk, ResolutionTarget target, std::vector<Requirement> wanted
)
    : m_desk(desk), m_target(std::move(target)), m_wanted(std::move(wanted)) {
    HG_ASSERT(m_target.choice.tags != nullptr);
}

const IndexSource::Package& IndexSource::package_of(PackageId id) const {
    return m_packages.at(id.value - 1);
}

PackageId IndexSource::id_of(const Package& package) {
    const std::pair key(package.project, package.extra ? package.extra->text() : "");
    const auto [found, is_new] = m_ids.emplace(key, PackageId{m_packages.size() + 1});
    if (is_new) {
        m_packages.push_back(package);
    }
    return found->second;
}

std::string IndexSource::name(PackageId package) const {
    if (package == root()) {
        return "";
    }
    const auto& [project, extra] = package_of(package);
    return project.text() + (extra ? "[" + extra->text() + "]" : "");
}

std::size_t IndexSource::versions(PackageId package) const {
    return package == root() ? 1 : m_projects.at(package_of(package).project).candidates.size();
}

std::string IndexSource::version_name(PackageId package, std::size_t place) const {
    return package == root()
               ? ""
               : m_projects.at(package_of(package).project).candidates.at(place).version.text();
}

bool IndexSource::is_pinned(const verify::ProjectName& name, const verify::Version& version) const {
    return std::any_of(m_wanted.begin(), m_wanted.end(), [&](const Requirement& wanted) {
        return wanted.project == name && wanted.versions.pins_exact_version() &&
               wanted.versions.accepts(version);
    });
}

bool IndexSource::names_prerelease(const verify::ProjectName& name) const {
    return std::any_of(m_wanted.begin(), m_wanted.end(), [&](const Requirement& wanted) {
        return wanted.project == name && wanted.versions.names_prerelease();
    });
}

std::size_t IndexSource::choose(PackageId package, const VersionSet& allowed) {
    const auto places = allowed.places();
    HG_ASSERT(!places.empty());
    if (package == root() || names_prerelease(package_of(package).project)) {
        return places.back();
    }
    const auto& candidates = m_projects.at(package_of(package).project).candidates;
    const auto newest_final = std::find_if(places.rbegin(), places.rend(), [&](std::size_t place) {
        return !candidates[place].version.is_prerelease();
    });
    return newest_final == places.rend() ? places.back() : *newest_final;
}

IndexSource::Project IndexSource::read_project(std::shared_ptr<const PageOutcome> page) const {
    Project project{std::move(page), {}, {}};
    const auto& listed = project.page->page->page;
    // Files stand by version, ascending.
    std::vector<const verify::PageFile*> group;
    const auto close_group = [&] {
        if (!group.empty()) {
            const auto* best = &preferred_file(group, m_target.choice);
            project.candidates.push_back({best->name.version(), best});
            group.clear();
        }
    };
    for (const auto& file : listed.files) {
        if (!group.empty() && group.front()->name.version() != file.name.version()) {
            close_group();
        }
        const bool offered = !file.yanked || is_pinned(listed.name, file.name.version());
        if (offered && may_use(file, m_target.choice)) {
            group.push_back(&file);
        }
    }
    close_group();
    project.emptiness =
        project.candidates.empty() ? emptiness_of(listed) : "the index has " + versions_of(listed);
    return project;
}

Result<IndexSource::Project*> IndexSource::project(const verify::ProjectName& name) {
    if (const auto found = m_projects.find(name); found != m_projects.end()) {
        return &found->second;
    }
    HG_TRY(auto answer, m_desk.page(name));
    if (answer->page) {
        note_detours(answer->failures);
    } else {
        if (!all_say_not_found(answer->failures)) {
            m_missing = {"page of project " + name.text(), answer->failures};
            return Error(ErrorCode::not_found, "no mirror gives the page of " + name.text());
        }
        return &m_projects.emplace(name, Project{answer, {}, "the index has no such project"})
                    .first->second;
    }
    return &m_projects.emplace(name, read_project(std::move(answer))).first->second;
}

void IndexSource::note_detours(const std::vector<MirrorFailure>& failures) {
    m_detours.insert(m_detours.end(), failures.begin(), failures.end());
}

Outcome IndexSource::add_needs(const Requirement& requirement, std::vector<PackageNeed>& needs) {
    HG_TRY(const auto* known, project(requirement.project));
    auto set = VersionSet::none(known->candidates.size());
    for (std::size_t place = 0; place < known->candidates.size(); ++place) {
        if (requirement.versions.accepts(known->candidates[place].version)) {
            set.add(place);
        }
    }
    const std::string why_none = set.is_empty() ? known->emptiness : "";
    if (requirement.extras.empty()) {
        const auto id = id_of({requirement.project, std::nullopt});
        needs.push_back(
            {id, set, requirement.project.text() + requirement.versions.text(), why_none}
        );
    }
    for (const auto& extra : requirement.extras) {
        const auto id = id_of({requirement.project, extra});
        needs.push_back({id, set, name(id) + requirement.versions.text(), why_none});
    }
    return {};
}

Result<VersionNeeds> IndexSource::needs_of_all(
    const std::vector<Requirement>& requirements, std::vector<PackageNeed> needs
) {
    for (const auto& requirement : requirements) {
        m_desk.expect_page(requirement.project);
    }
    for (const auto& requirement : requirements) {
        HG_CHECK(add_needs(requirement, needs));
    }
    look_ahead(needs);
    return VersionNeeds(std::move(needs));
}

// The search will most likely want these next: while it looks at one, the others come.
void IndexSource::look_ahead(const std::vector<PackageNeed>& needs) {
    for (const auto& need : needs) {
        if (!need.versions.is_empty()) {
            const auto& candidates = m_projects.at(package_of(need.package).project).candidates;
            m_desk.expect_metadata(*candidates[choose(need.package, need.versions)].file);
        }
    }
}

Result<std::optional<UnusableVersion>> IndexSource::read_metadata(Candidate& candidate) {
    if (candidate.metadata) {
        return std::optional<UnusableVersion>();
    }
    const auto& file = *candidate.file;
    auto answer = m_desk.metadata(file);
    if (!answer) {
        const auto code = answer.error().code();
        // The bytes are what the signed page says: what is wrong with them is the publisher's.
        if (code == ErrorCode::malformed || code == ErrorCode::unsupported ||
            code == ErrorCode::too_large) {
            return std::optional(UnusableVersion{
                "cannot be read: " + verify::printable(answer.error().describe())});
        }
        return std::move(answer).error();
    }
    if (!(*answer)->text) {
        m_missing = {"metadata of file " + file.name.text(), (*answer)->failures};
        return Error(ErrorCode::not_found, "no mirror gives the metadata of " + file.name.text());
    }
    note_detours((*answer)->failures);
    auto metadata = verify::parse_dependency_metadata(*(*answer)->text, file.name);
    if (!metadata) {
        return std::optional(UnusableVersion{
            "has metadata that cannot be read: " + verify::printable(metadata.error().describe())});
    }
    if (metadata->standing == verify::DependencyStanding::decided_by_build) {
        return std::optional(UnusableVersion{
            "is there as a source archive alone, and only building it would tell what it needs"});
    }
    for (const auto& line : metadata->requires_dist) {
        auto dependency = parse_dependency(line);
        if (!dependency) {
            return std::optional(UnusableVersion{
                "has a dependency that cannot be read: " +
                verify::printable(dependency.error().describe())});
        }
        candidate.dependencies.push_back(*std::move(dependency));
    }
    candidate.metadata = *std::move(metadata);
    return std::optional<UnusableVersion>();
}

std::variant<std::vector<Requirement>, UnusableVersion> IndexSource::requirements_for(
    const Candidate& candidate, const std::optional<verify::ProjectName>& extra
) const {
    std::vector<Requirement> requirements;
    for (const auto& [requirement, url] : candidate.dependencies) {
        const auto& marker = requirement.marker;
        if (marker) {
            const auto answer = marker->evaluate(m_target.markers, extra ? extra->text() : "");
            if (!answer) {
                return UnusableVersion{
                    "has a marker that means nothing: " +
                    verify::printable(answer.error().describe())};
            }
            if (*answer != MarkerAnswer::applies) {
                continue;
            }
        }
        if (url) {
            return UnusableVersion{
                "needs " + requirement.project.text() + " from " + verify::printable(*url) +
                ", and files come from the signed index alone"};
        }
        requirements.push_back(requirement);
    }
    return requirements;
}

Result<VersionNeeds> IndexSource::needs(PackageId package, std::size_t place) {
    if (package == root()) {
        return needs_of_all(m_wanted, {});
    }
    // Copied: more packages become known on the way.
    const Package self = package_of(package);
    auto& candidate = m_projects.at(self.project).candidates.at(place);
    HG_TRY(auto unusable, read_metadata(candidate));
    if (unusable) {
        return VersionNeeds(*std::move(unusable));
    }
    auto requirements = requirements_for(candidate, self.extra);
    if (auto* reason = std::get_if<UnusableVersion>(&requirements)) {
        return VersionNeeds(std::move(*reason));
    }
    std::vector<PackageNeed> needs;
    if (self.extra) {
        const auto& offered = candidate.metadata->extras;
        const bool exists = std::any_of(offered.begin(), offered.end(), [&](const auto& text) {
            const auto offer = verify::parse_project_name(text);
            return offer && *offer == *self.extra;
        });
        if (!exists) {
            m_warnings.push_back(
                self.project.text() + " " + candidate.version.text() + " has no extra '" +
                self.extra->text() + "'"
            );
        }
        auto same = VersionSet::none(versions(package));
        same.add(place);
        needs.push_back(
            {id_of({self.project, std::nullopt}),
             std::move(same),
             self.project.text() + "==" + candidate.version.text(),
             {}}
        );
    }
    return needs_of_all(std::get<std::vector<Requirement>>(requirements), std::move(needs));
}

std::vector<ResolvedFile> IndexSource::files_of(const verify::Solution& solution) const {
    std::map<verify::ProjectName, ResolvedFile> files;
    std::map<verify::ProjectName, std::set<verify::ProjectName>> needs;
    for (const auto& [package, place] : solution) {
        if (package == root()) {
            continue;
        }
        const auto& [name_of_project, extra] = package_of(package);
        const auto& known = m_projects.at(name_of_project);
        const auto& candidate = known.candidates.at(place);
        auto& resolved =
            files.try_emplace(
                     name_of_project, ResolvedFile{*candidate.file, known.page, {}, {}}
            ).first->second;
        if (extra) {
            resolved.extras.push_back(*extra);
        }
        const auto requirements = requirements_for(candidate, extra);
        for (const auto& requirement : std::get<std::vector<Requirement>>(requirements)) {
            if (requirement.project != name_of_project) {
                needs[name_of_project].insert(requirement.project);
            }
        }
    }
    std::vector<ResolvedFile> all;
    for (auto& [project_name, resolved] : files) {
        const auto& needed = needs[project_name];
        std::sort(resolved.extras.begin(), resolved.extras.end());
        resolved.needs.assign(needed.begin(), needed.end());
        all.push_back(std::move(resolved));
    }
    return all;
}

}  // namespace heliograph::mirror
