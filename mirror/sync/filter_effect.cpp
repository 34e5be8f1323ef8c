// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/filter_effect.hpp>
#include <verify/index/page_json.hpp>

#include <map>
#include <utility>

namespace heliograph::mirror {

Result<FilterEffect> effect_of_filter(
    const Catalog& catalog,
    const verify::ProjectName& project,
    const FileFilter& filter,
    Instant now
) {
    HG_TRY(const auto stored, catalog.page(project, verify::PageForm::json));
    HG_TRY(const auto page, verify::parse_page_json(text_of(stored.body)));
    HG_TRY(const auto records, catalog.files(project));
    std::map<verify::DistFileName, const FileRecord*> here;
    for (const auto& record : records) {
        here.emplace(record.path.name(), &record);
    }
    FilterEffect effect{.project = project, .left_out = left_out_of(filter, page, now)};
    std::map<verify::DistFileName, const LeftOutFile*> unwanted;
    for (const auto& file : effect.left_out) {
        unwanted.emplace(file.path.name(), &file);
    }
    for (const auto& file : page.files) {
        const auto record = here.find(file.name);
        if (!unwanted.contains(file.name)) {
            if (record == here.end()) {
                effect.missing.push_back(file);
            }
        } else if (record != here.end()) {
            effect.dropped.push_back(*record->second);
        }
    }
    return effect;
}

}  // namespace heliograph::mirror
