// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/list_merge.hpp>
#include <verify/verdict/limits.hpp>

#include <map>
#include <set>
#include <utility>

namespace heliograph::mirror {

Result<MergedList> merge_lists(ListSources sources) {
    std::map<std::string, ListedMirror> signed_ones;
    if (sources.decided) {
        for (const auto& mirror : *sources.decided) {
            signed_ones.emplace(mirror.url.to_string(), mirror);
        }
    }
    MergedList merged;
    std::set<std::string> known;
    const auto add = [&](const ListedMirror& mirror) {
        const auto url = mirror.url.to_string();
        if (known.insert(url).second) {
            const auto decided = signed_ones.find(url);
            merged.list.mirrors.push_back(decided == signed_ones.end() ? mirror : decided->second);
        }
    };
    for (const auto& mirror : sources.own) {
        add(mirror);
    }
    if (sources.decided) {
        for (const auto& mirror : *sources.decided) {
            add(mirror);
        }
    }
    for (const auto& mirror : sources.proposed) {
        if (!sources.decided || signed_ones.count(mirror.url.to_string()) != 0) {
            add(mirror);
        } else {
            merged.left_out.push_back(mirror.url);
        }
    }
    if (merged.list.mirrors.empty()) {
        return Error(
            ErrorCode::not_found, "expected at least one mirror from the sources named, saw none"
        );
    }
    if (merged.list.mirrors.size() > verify::limits::mirrors) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(verify::limits::mirrors) +
                " mirrors from all sources together, saw " +
                std::to_string(merged.list.mirrors.size())
        );
    }
    return merged;
}

}  // namespace heliograph::mirror
