// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/dependency.hpp>
#include <mirror/sync/closure.hpp>
#include <verify/index/dependency_metadata.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

// What a system calls itself (PEP 508), and how platform tags of its wheels begin.
struct KnownSystem {
    std::string_view tag_prefix;
    std::string_view os_name;
    std::string_view sys_platform;
    std::string_view platform_system;
};

constexpr std::array<KnownSystem, 5> known_systems{
    {{"manylinux", "posix", "linux", "Linux"},
     {"musllinux", "posix", "linux", "Linux"},
     {"linux", "posix", "linux", "Linux"},
     {"macosx", "posix", "darwin", "Darwin"},
     {"win", "nt", "win32", "Windows"}}};

void add_value(MarkerWorld& world, MarkerVariable variable, std::string_view value) {
    auto& values = world.values.at(static_cast<std::size_t>(variable));
    if (std::find(values.begin(), values.end(), value) == values.end()) {
        values.emplace_back(value);
    }
}

// Nothing is said when one pattern may be of any system.
void say_systems(const std::vector<TagPattern>& platforms, MarkerWorld& world) {
    MarkerWorld said = world;
    for (const auto& pattern : platforms) {
        const auto* const system =
            std::find_if(known_systems.begin(), known_systems.end(), [&](const auto& one) {
                return pattern.text().starts_with(one.tag_prefix);
            });
        if (system == known_systems.end()) {
            return;
        }
        add_value(said, MarkerVariable::os_name, system->os_name);
        add_value(said, MarkerVariable::sys_platform, system->sys_platform);
        add_value(said, MarkerVariable::platform_system, system->platform_system);
    }
    world = std::move(said);
}

// `3.11` of `cp311`; empty for whatever does not name one version of CPython.
std::string python_of(std::string_view tag) {
    constexpr std::string_view prefix = "cp3";
    const auto minor = tag.substr(std::min(prefix.size(), tag.size()));
    const bool exact = tag.starts_with(prefix) && !minor.empty() &&
                       minor.find_first_not_of("0123456789") == std::string_view::npos;
    return exact ? "3." + std::string(minor) : std::string();
}

// `py3` runs on each of them, and says nothing beside one that names its version.
bool is_generic_python(std::string_view tag) {
    return tag == "py3" || tag == "py2" || tag == "py2.py3";
}

void say_pythons(const std::vector<TagPattern>& pythons, MarkerWorld& world) {
    MarkerWorld said = world;
    for (const auto& pattern : pythons) {
        const auto version = python_of(pattern.text());
        if (!version.empty()) {
            add_value(said, MarkerVariable::python_version, version);
        } else if (!is_generic_python(pattern.text())) {
            return;
        }
    }
    world = std::move(said);
}

using Extras = std::set<verify::ProjectName>;

// One project as far as the search has come.
struct NeededProject {
    std::map<std::string, verify::SpecifierSet> versions;
    bool any_version = false;
    Extras extras;
};

// The search: a project is looked at again when another of its extras is asked for.
class ClosureSearch {
  public:
    ClosureSearch(const Catalog& catalog, const BlobStore& blobs, const FileFilter& filter)
        : m_catalog(catalog), m_blobs(blobs), m_filter(filter), m_world(world_of(filter)) {}

    void begin_with(const ClosureRoots& roots) {
        for (const auto& root : roots.projects) {
            auto& needed = m_needed[root];
            needed.any_version = true;
            if (const auto extras = roots.extras.find(root); extras != roots.extras.end()) {
                needed.extras = extras->second;
            }
            m_open.push_back(root);
        }
    }

    Outcome run() {
        while (!m_open.empty()) {
            const auto project = std::move(m_open.front());
            m_open.pop_front();
            HG_TRY(const auto records, m_catalog.files(project));
            // Once for each text: the files of a release mostly have the same one.
            std::set<pki::Sha256> texts;
            for (const auto& record : records) {
                if (record.metadata && texts.insert(record.metadata->digest).second) {
                    HG_TRY(const auto* const lines, lines_of(record));
                    HG_CHECK(need(*lines, m_needed[project].extras));
                } else if (!record.metadata) {
                    m_silent.insert(record.path.name());
                }
            }
        }
        return {};
    }

    Closure take() {
        Closure closure{.projects = {}, .versions = {}, .silent_files = m_silent.size()};
        for (auto& [project, needed] : m_needed) {
            closure.projects.push_back(project);
            if (needed.any_version || is_bound(project)) {
                continue;
            }
            auto& sets = closure.versions[project];
            for (auto& [text, set] : needed.versions) {
                sets.push_back(std::move(set));
            }
        }
        return closure;
    }

  private:
    // By name, so that nobody's need changes it.
    [[nodiscard]] bool is_bound(const verify::ProjectName& project) const {
        return m_filter.locked.contains(project) || m_filter.locked_versions.contains(project) ||
               m_filter.specifiers.contains(project);
    }

    // The lines of a metadata text; none of one that cannot be read.
    Result<const std::vector<Dependency>*> lines_of(const FileRecord& record) {
        const auto [place, fresh] = m_lines.try_emplace(record.metadata->digest);
        if (!fresh) {
            return &place->second;
        }
        const auto text =
            read_blob(m_blobs, record.metadata->digest, verify::limits::core_metadata_bytes);
        if (!text && text.error().code() == ErrorCode::io) {
            return text.error();
        }
        const auto metadata =
            text ? verify::parse_dependency_metadata(text_of(*text), record.path.name())
                 : Result<verify::DependencyMetadata>(text.error());
        if (!metadata) {
            m_silent.insert(record.path.name());
            return &place->second;
        }
        for (const auto& line : metadata->requires_dist) {
            // What comes from a URL is none of the index's; what is no requirement asks for
            // nothing.
            if (auto dependency = parse_dependency(line); dependency && !dependency->url) {
                place->second.push_back(*std::move(dependency));
            }
        }
        return &place->second;
    }

    Outcome need(const std::vector<Dependency>& lines, const Extras& extras) {
        for (const auto& [requirement, url] : lines) {
            const auto& marker = requirement.marker;
            if (marker && !may_hold(*marker, extras)) {
                continue;
            }
            const auto [place, fresh] = m_needed.try_emplace(requirement.project);
            if (m_needed.size() > closure_limits::projects) {
                return Error(
                    ErrorCode::too_large,
                    "expected what is wanted to need at most 100000 projects, it needs more; name "
                    "fewer, or filter without --closure"
                );
            }
            auto& needed = place->second;
            allow(requirement.versions, needed);
            const auto before = needed.extras.size();
            needed.extras.insert(requirement.extras.begin(), requirement.extras.end());
            if (fresh || needed.extras.size() != before) {
                m_open.push_back(requirement.project);
            }
        }
        return {};
    }

    [[nodiscard]] bool may_hold(const Marker& marker, const Extras& extras) const {
        return marker.may_hold(m_world, "") ||
               std::any_of(extras.begin(), extras.end(), [&](const auto& extra) {
                   return marker.may_hold(m_world, extra.text());
               });
    }

    static void allow(const verify::SpecifierSet& versions, NeededProject& needed) {
        if (needed.any_version) {
            return;
        }
        needed.versions.emplace(versions.text(), versions);
        if (versions.empty() || needed.versions.size() > closure_limits::specifiers) {
            needed.any_version = true;
            needed.versions.clear();
        }
    }

    const Catalog& m_catalog;
    const BlobStore& m_blobs;
    const FileFilter& m_filter;
    MarkerWorld m_world;
    std::map<verify::ProjectName, NeededProject> m_needed;
    std::deque<verify::ProjectName> m_open;
    std::map<pki::Sha256, std::vector<Dependency>> m_lines;
    std::set<verify::DistFileName> m_silent;
};

}  // namespace

MarkerWorld world_of(const FileFilter& filter) {
    MarkerWorld world;
    say_systems(filter.platforms, world);
    say_pythons(filter.pythons, world);
    return world;
}

Result<Closure> closure_of(
    const Catalog& catalog,
    const BlobStore& blobs,
    const ClosureRoots& roots,
    const FileFilter& filter
) {
    ClosureSearch search(catalog, blobs, filter);
    search.begin_with(roots);
    HG_CHECK(search.run());
    return search.take();
}

}  // namespace heliograph::mirror
