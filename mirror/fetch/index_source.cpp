// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/index_source.hpp>
#include <mirror/fetch/why_none.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

using verify::PackageId;
using verify::PackageNeed;
using verify::UnusableVersion;
using verify::VersionNeeds;
using verify::VersionSet;

// What a set costs that is remembered, of however few versions.
constexpr std::uint64_t effort_of_a_set = 64;
// What the resolver does with one more need.
constexpr std::uint64_t effort_of_a_need = 64;
// A request each. A whole file is to be unpacked too, and a search that reads thousands of them
// would end on no day that anybody waits for.
constexpr std::uint64_t effort_of_a_reading = 512;
constexpr std::uint64_t effort_of_a_whole_file = 50'000;
// What keys and nodes take that are kept with something.
constexpr std::uint64_t node_bytes = 256;
// Pages that are asked for before those that came first were looked at.
constexpr std::size_t pages_ahead = 16;

// About what its files and candidates take in memory.
std::uint64_t size_of_page(const verify::ProjectPage& page, std::uint64_t candidate_bytes) {
    std::uint64_t bytes = node_bytes;
    for (const auto& file : page.files) {
        bytes += sizeof(file) + candidate_bytes + 2 * file.name.text().size() +
                 (file.yanked ? file.yanked->size() : 0) +
                 (file.requires_python ? file.requires_python->size() : 0);
    }
    return bytes;
}

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

bool is_distrust(const MirrorFailure& failure) {
    return !failure.findings.empty() && failure.findings.front().id == "mirror-distrusted";
}

}  // namespace

IndexSource::IndexSource(
    ProjectDesk& desk,
    ResolutionTarget target,
    std::vector<Requirement> wanted,
    const SearchLimits& limits
)
    : m_desk(desk), m_target(std::move(target)), m_wanted(std::move(wanted)), m_budget(limits) {
    HG_ASSERT(m_target.choice.tags != nullptr);
    for (const auto& requirement : m_wanted) {
        if (requirement.versions.names_prerelease()) {
            m_prereleases.insert(requirement.project);
        }
    }
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
    return m_prereleases.count(name) == 1;
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
    Project project{.page = std::move(page), .candidates = {}, .fitting = {}};
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
    return project;
}

Result<IndexSource::Project*> IndexSource::project(const verify::ProjectName& name) {
    if (const auto found = m_projects.find(name); found != m_projects.end()) {
        return &found->second;
    }
    HG_TRY(auto answer, m_desk.page(name));
    if (answer->page) {
        note_detours(answer->failures);
        HG_CHECK(m_budget.keep(size_of_page(answer->page->page, sizeof(Candidate)), name.text()));
    } else {
        if (!all_say_not_found(answer->failures)) {
            m_missing = {"page of project " + name.text(), answer->failures};
            return Error(ErrorCode::not_found, "no mirror gives the page of " + name.text());
        }
        m_absent.push_back({"page of project " + name.text(), answer->failures});
        return &m_projects.emplace(
                              name, Project{.page = answer, .candidates = {}, .fitting = {}}
        ).first->second;
    }
    return &m_projects.emplace(name, read_project(std::move(answer))).first->second;
}

void IndexSource::note_detours(const std::vector<MirrorFailure>& failures) {
    for (const auto& failure : failures) {
        // Every page that comes after says it again.
        const bool is_known =
            is_distrust(failure) &&
            std::any_of(m_detours.begin(), m_detours.end(), [&](const MirrorFailure& known) {
                return is_distrust(known) && known.mirror == failure.mirror;
            });
        if (!is_known) {
            m_detours.push_back(failure);
        }
    }
}

IndexSource::Fitting IndexSource::look_for(const Requirement& requirement, const Project& known)
    const {
    const auto& candidates = known.candidates;
    auto all = VersionSet::none(candidates.size());
    auto finals = all;
    for (std::size_t place = 0; place < candidates.size(); ++place) {
        const auto& version = candidates[place].version;
        if (requirement.versions.accepts(version)) {
            all.add(place);
            if (!version.is_prerelease()) {
                finals.add(place);
            }
        }
    }
    if (all.is_empty()) {
        return {
            all,
            known.page->page
                ? why_none_fits(known.page->page->page, requirement.versions, m_target.choice)
                : "the index has no such project"};
    }
    const bool only_finals = !finals.is_empty() && !requirement.versions.names_prerelease() &&
                             !names_prerelease(requirement.project);
    return {only_finals ? std::move(finals) : std::move(all), {}};
}

Result<const IndexSource::Fitting*> IndexSource::fitting(const Requirement& requirement) {
    HG_TRY(auto* known, project(requirement.project));
    const auto text = requirement.versions.text();
    if (const auto found = known->fitting.find(text); found != known->fitting.end()) {
        return &found->second;
    }
    const auto files = known->page->page ? known->page->page->page.files.size() : 0;
    const auto effort = (files + effort_of_a_set) * (requirement.versions.clauses().size() + 1);
    HG_CHECK(m_budget.spend(effort, requirement.text()));
    auto fits = look_for(requirement, *known);
    HG_CHECK(m_budget.keep(
        node_bytes + files / 8 + text.size() + fits.why_none.size(), requirement.text()
    ));
    return &known->fitting.emplace(text, std::move(fits)).first->second;
}

Outcome IndexSource::add_need(const Package& package, const Requirement& from, NeedList& list) {
    HG_TRY(const auto* fits, fitting(from));
    const auto id = id_of(package);
    auto text = name(id) + from.versions.text();
    if (!list.texts.insert(text).second) {
        return {};
    }
    HG_CHECK(m_budget.spend(effort_of_a_need + text.size() + fits->versions.versions() / 64, text));
    list.needs.push_back({id, fits->versions, std::move(text), fits->why_none});
    return {};
}

Outcome IndexSource::add_needs(const Requirement& requirement, NeedList& list) {
    if (requirement.extras.empty()) {
        return add_need({requirement.project, std::nullopt}, requirement, list);
    }
    for (const auto& extra : requirement.extras) {
        HG_CHECK(add_need({requirement.project, extra}, requirement, list));
    }
    return {};
}

Result<VersionNeeds> IndexSource::needs_of_all(
    const std::vector<Requirement>& requirements, std::vector<PackageNeed> needs
) {
    NeedList list{std::move(needs), {}};
    std::size_t asked = 0;
    for (std::size_t i = 0; i < requirements.size(); ++i) {
        for (; asked < requirements.size() && asked <= i + pages_ahead; ++asked) {
            m_desk.expect_page(requirements[asked].project);
        }
        HG_CHECK(add_needs(requirements[i], list));
    }
    look_ahead(list.needs);
    return VersionNeeds(std::move(list.needs));
}

// The search will most likely want these next: while it looks at one, the others come. What is to
// be read out of a whole file is not fetched on such a guess.
void IndexSource::look_ahead(const std::vector<PackageNeed>& needs) {
    for (const auto& need : needs) {
        if (need.versions.is_empty()) {
            continue;
        }
        const auto& candidates = m_projects.at(package_of(need.package).project).candidates;
        const auto& candidate = candidates[choose(need.package, need.versions)];
        if (!candidate.metadata && candidate.file->core_metadata) {
            m_desk.expect_metadata(*candidate.file);
        }
    }
}

Outcome IndexSource::read_metadata(Candidate& candidate, const std::string& at) {
    if (candidate.metadata) {
        return {};
    }
    const auto& file = *candidate.file;
    const bool is_named = file.core_metadata.has_value();
    const auto stated_bytes = is_named ? 0 : file.size_bytes.value_or(0);
    HG_CHECK(m_budget.spend(is_named ? effort_of_a_reading : effort_of_a_whole_file, at));
    HG_CHECK(m_budget.fetch(stated_bytes, at));
    HG_TRY(const auto answer, m_desk.take_metadata(file));
    if (!answer->reading) {
        m_missing = {"metadata of file " + file.name.text(), answer->failures};
        return Error(ErrorCode::not_found, "no mirror gives the metadata of " + file.name.text());
    }
    note_detours(answer->failures);
    // What cannot be understood was fetched and read all the same.
    HG_CHECK(
        m_budget.fetch(answer->fetched_bytes - std::min(answer->fetched_bytes, stated_bytes), at)
    );
    HG_CHECK(m_budget.keep(node_bytes + size_of(*answer->reading), at));
    candidate.metadata = answer->reading;
    return {};
}

RequirementsThere IndexSource::requirements_for(
    const Candidate& candidate, const std::optional<verify::ProjectName>& extra
) const {
    if (const auto* unusable = std::get_if<UnusableVersion>(&*candidate.metadata)) {
        return *unusable;
    }
    return requirements_there(
        std::get<VersionMetadata>(*candidate.metadata), m_target.markers, extra
    );
}

Result<VersionNeeds> IndexSource::needs(PackageId package, std::size_t place) {
    if (package == root()) {
        return needs_of_all(m_wanted, {});
    }
    // Copied: more packages become known on the way.
    const Package self = package_of(package);
    auto& candidate = m_projects.at(self.project).candidates.at(place);
    const auto at = self.project.text() + " " + candidate.version.text();
    HG_CHECK(read_metadata(candidate, at));
    if (const auto* read = std::get_if<VersionMetadata>(&*candidate.metadata)) {
        HG_CHECK(m_budget.spend(read->chars, at));
    }
    auto requirements = requirements_for(candidate, self.extra);
    if (auto* unusable = std::get_if<UnusableVersion>(&requirements)) {
        HG_CHECK(m_budget.keep(node_bytes + unusable->why.size(), at));
        m_unusable.emplace(std::pair(self.project, place), unusable->why);
        return VersionNeeds(std::move(*unusable));
    }
    std::vector<PackageNeed> needs;
    if (self.extra) {
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

std::map<verify::ProjectName, VersionSet> IndexSource::accepted_by(const verify::Solution& solution
) const {
    std::map<verify::ProjectName, VersionSet> accepted;
    const auto narrow = [&](const std::vector<Requirement>& requirements) {
        for (const auto& requirement : requirements) {
            const auto& fits =
                m_projects.at(requirement.project).fitting.at(requirement.versions.text()).versions;
            const auto [found, is_new] = accepted.emplace(requirement.project, fits);
            if (!is_new) {
                found->second = found->second & fits;
            }
        }
    };
    for (const auto& [package, place] : solution) {
        if (package == root()) {
            narrow(m_wanted);
            continue;
        }
        const auto& self = package_of(package);
        const auto& candidate = m_projects.at(self.project).candidates.at(place);
        narrow(std::get<std::vector<Requirement>>(requirements_for(candidate, self.extra)));
    }
    return accepted;
}

std::vector<PassedOver> IndexSource::passed_over(const verify::Solution& solution) const {
    std::vector<PassedOver> all;
    const auto accepted = accepted_by(solution);
    for (const auto& [package, place] : solution) {
        // A package with an extra stands beside the plain one, in the same version.
        if (package == root() || package_of(package).extra) {
            continue;
        }
        const auto& name_of_project = package_of(package).project;
        const auto& candidates = m_projects.at(name_of_project).candidates;
        std::size_t count = 0;
        auto newest = m_unusable.end();
        for (auto at = m_unusable.upper_bound({name_of_project, place});
             at != m_unusable.end() && at->first.first == name_of_project;
             ++at) {
            // One that something else excludes would not be taken if it could be.
            if (accepted.at(name_of_project).holds(at->first.second)) {
                newest = at;
                ++count;
            }
        }
        if (count > 0) {
            all.push_back(
                {name_of_project,
                 candidates[place].version.text(),
                 candidates[newest->first.second].version.text(),
                 newest->second,
                 count - 1}
            );
        }
    }
    return all;
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
            files
                .try_emplace(name_of_project, ResolvedFile{*candidate.file, known.page, {}, {}, {}})
                .first->second;
        if (extra) {
            resolved.extras.push_back(*extra);
            const auto& offered = std::get<VersionMetadata>(*candidate.metadata).extras;
            if (std::find(offered.begin(), offered.end(), *extra) == offered.end()) {
                resolved.unknown_extras.push_back(*extra);
            }
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
