// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/place.hpp>

#include <map>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

fs::path without_final_slash(const fs::path& path) {
    return path.has_filename() ? path : path.parent_path();
}

}  // namespace

fs::path delivery_path(const fs::path& target) {
    std::error_code failure;
    const fs::path path = fs::weakly_canonical(target, failure);
    // What cannot be looked at is refused by whoever opens it.
    return without_final_slash(
        failure || !path.is_absolute() ? fs::absolute(target).lexically_normal() : path
    );
}

std::vector<fs::path> places_of(
    const AuthorityPaths& paths, std::span<const IssueRequest> requests
) {
    std::vector<fs::path> places;
    places.reserve(requests.size());
    std::map<fs::path, fs::path> parents;
    for (const IssueRequest& request : requests) {
        const fs::path wanted =
            without_final_slash(request.folder.value_or(paths.issued() / request.name));
        const fs::path last = wanted.filename();
        std::error_code ignored;
        // In DIR/issued nobody puts links; one that stands there is in the way.
        const bool linked = request.folder && fs::is_symlink(wanted, ignored);
        if (last.empty() || last == "." || last == ".." || linked) {
            places.push_back(delivery_path(wanted));
            continue;
        }
        const fs::path above = wanted.parent_path();
        auto known = parents.find(above);
        if (known == parents.end()) {
            known = parents.emplace(above, delivery_path(above.empty() ? "." : above)).first;
        }
        places.push_back(known->second / last);
    }
    return places;
}

fs::path place_in_words(const std::string& kept) {
    return without_final_slash(fs::path(kept).lexically_normal());
}

fs::path place_of(const AuthorityPaths& paths, const LedgerEntry& entry) {
    return entry.folder ? place_in_words(*entry.folder) : paths.issued() / entry.name;
}

std::optional<std::string> kept_folder(const IssueRequest& request, const fs::path& place) {
    return request.folder ? std::optional(place.string()) : std::nullopt;
}

}  // namespace heliograph::pki
