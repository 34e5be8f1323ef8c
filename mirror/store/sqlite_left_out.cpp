// SPDX-License-Identifier: Apache-2.0
// What the catalogue knows of files that a filter left out.
#include <mirror/store/catalog_row.hpp>
#include <mirror/store/sqlite_catalog.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

Result<std::vector<LeftOutFile>> SqliteCatalog::left_out_files(const verify::ProjectName& project
) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, reason, ripe FROM left_out "
                          "WHERE project = ?1 ORDER BY name")
    );
    query->bind_all(std::string_view(project.text()));
    std::vector<LeftOutFile> files;
    while (true) {
        HG_TRY(const Step step, query->step());
        if (step == Step::done) {
            return files;
        }
        HG_TRY(auto file, read_left_out_row(*query));
        files.push_back(std::move(file));
    }
}

Result<std::optional<LeftOutFile>> SqliteCatalog::left_out(const verify::FilePath& path) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, reason, ripe FROM left_out "
                          "WHERE name = ?1 AND digest = ?2")
    );
    query->bind_all(std::string_view(path.name().text()), path.digest().span());
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return std::optional<LeftOutFile>();
    }
    HG_TRY(auto file, read_left_out_row(*query));
    return std::optional(std::move(file));
}

Result<std::optional<LeftOutFile>> SqliteCatalog::left_out_named(const verify::DistFileName& name
) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, reason, ripe FROM left_out WHERE name = ?1")
    );
    query->bind_all(std::string_view(name.text()));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return std::optional<LeftOutFile>();
    }
    HG_TRY(auto file, read_left_out_row(*query));
    return std::optional(std::move(file));
}

Result<std::vector<LeftOutCount>> SqliteCatalog::left_out_counts() const {
    HG_TRY(
        auto query,
        m_database->query("SELECT reason, count(*), sum(size >> 32), sum(size & 0xffffffff) "
                          "FROM left_out GROUP BY reason ORDER BY reason")
    );
    std::vector<LeftOutCount> counts;
    while (true) {
        HG_TRY(const Step step, query->step());
        if (step == Step::done) {
            return counts;
        }
        HG_TRY(const auto reason, parse_leave_reason(query->text(0)));
        LeftOutCount count{
            .reason = reason, .files = static_cast<std::uint64_t>(query->integer(1))};
        // Sizes are a page's word: summed as they are, they could overflow.
        const auto high = static_cast<std::uint64_t>(query->integer(2));
        constexpr std::uint64_t most_high = LeftOutCount::most_bytes >> 32U;
        count.add_bytes(std::min(high, most_high) << 32U);
        count.add_bytes(static_cast<std::uint64_t>(query->integer(3)));
        counts.push_back(count);
    }
}

Result<std::vector<verify::ProjectName>> SqliteCatalog::ripe_projects(Instant now) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT DISTINCT project FROM left_out "
                          "WHERE ripe IS NOT NULL AND ripe <= ?1 ORDER BY project")
    );
    query->bind_all(to_column(now));
    std::vector<verify::ProjectName> projects;
    while (true) {
        HG_TRY(const Step step, query->step());
        if (step == Step::done) {
            return projects;
        }
        HG_TRY(auto name, verify::parse_normalised_name(query->text(0)));
        projects.push_back(std::move(name));
    }
}

Result<std::optional<Instant>> SqliteCatalog::next_ripe() const {
    HG_TRY(
        auto query,
        m_database->query("SELECT ripe FROM left_out WHERE ripe IS NOT NULL AND "
                          "NOT EXISTS (SELECT 1 FROM pending WHERE "
                          "pending.project = left_out.project) ORDER BY ripe LIMIT 1")
    );
    HG_TRY(const Step step, query->step());
    return step == Step::row ? std::optional(instant_column(*query, 0)) : std::nullopt;
}

}  // namespace heliograph::mirror
