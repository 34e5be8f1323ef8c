// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/project_filter.hpp>
#include <pki/base/blank.hpp>
#include <pki/crypto/digest.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

void sort_names(std::vector<verify::ProjectName>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

ProjectFilter::ProjectFilter(std::vector<verify::ProjectName> projects)
    : m_projects(std::move(projects)) {
    sort_names(*m_projects);
}

bool ProjectFilter::wants(const verify::ProjectName& project) const {
    return !m_projects || std::binary_search(m_projects->begin(), m_projects->end(), project);
}

const std::vector<verify::ProjectName>& ProjectFilter::names() const {
    HG_ASSERT(m_projects.has_value());
    return *m_projects;
}

std::string ProjectFilter::mark() const {
    if (!m_projects) {
        return {};
    }
    pki::Sha256Hasher hasher;
    for (const auto& project : *m_projects) {
        hasher.update(bytes_of(project.text()));
        hasher.update(bytes_of("\n"));
    }
    return hasher.finish().to_hex();
}

Result<std::vector<verify::ProjectName>> parse_project_list(std::string_view text) {
    if (text.size() > project_filter_limits::list_bytes) {
        return Error(ErrorCode::too_large, "expected a list of projects of at most 16 MiB");
    }
    std::vector<verify::ProjectName> names;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        line = trim_blanks(line.substr(0, line.find('#')));
        if (line.empty()) {
            continue;
        }
        auto name = verify::parse_project_name(line);
        if (!name) {
            return std::move(name).error().at("line " + std::to_string(number));
        }
        if (names.size() == project_filter_limits::projects) {
            return Error(ErrorCode::too_large, "expected at most 100000 projects in the list");
        }
        names.push_back(*std::move(name));
    }
    if (names.empty()) {
        return Error(ErrorCode::malformed, "expected at least one project in the list, saw none");
    }
    sort_names(names);
    return names;
}

}  // namespace heliograph::mirror
