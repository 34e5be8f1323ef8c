// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/tree_place.hpp>
#include <pki/crypto/digest.hpp>

#include <algorithm>
#include <array>

namespace heliograph::mirror {

namespace {

constexpr std::string_view left_out_folder = "left-out/";

bool take_begin(std::string_view& text, std::string_view begin) {
    const bool has = text.starts_with(begin);
    text.remove_prefix(has ? begin.size() : 0);
    return has;
}

bool take_end(std::string_view& text, std::string_view end) {
    const bool has = text.ends_with(end);
    text.remove_suffix(has ? end.size() : 0);
    return has;
}

// During a signer's rollover: `.<64 hex digits>`, the key that made the signature.
void take_key(std::string_view& place) {
    const auto dot = place.rfind('.');
    if (dot != std::string_view::npos && pki::Sha256::parse_hex(place.substr(dot + 1))) {
        place = place.substr(0, dot);
    }
}

bool is_project(std::string_view text) {
    return verify::parse_normalised_name(text).has_value();
}

bool is_document(std::string_view place) {
    static constexpr std::array<std::string_view, 9> documents{
        tree_marker_place,
        "simple/index.html",
        "simple/index.json",
        signer_chain_path,
        revocation_lists_path,
        mirrors_document_path,
        mirrors_signature_path,
        "serverkey",
        "last-modified"};
    if (std::find(documents.begin(), documents.end(), place) != documents.end()) {
        return true;
    }
    if (take_begin(place, "simple/")) {
        return (take_end(place, "/index.html") || take_end(place, "/index.json")) &&
               is_project(place);
    }
    if (take_begin(place, "serversig/")) {
        take_key(place);
        take_end(place, ".json");
        return is_project(place);
    }
    if (take_begin(place, left_out_folder)) {
        return take_end(place, ".json") && is_project(place);
    }
    return take_begin(place, "changelog/since-") && take_end(place, ".json") && !place.empty() &&
           place.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_promised(std::string_view place) {
    if (place.starts_with("packages/")) {
        take_end(place, ".metadata");
        return verify::parse_file_path("/" + std::string(place)).has_value();
    }
    std::string_view rest = place;
    if (!take_begin(rest, "integrity/") || !take_end(rest, "/provenance")) {
        return false;
    }
    const auto name = verify::parse_dist_file_name(rest.substr(rest.rfind('/') + 1));
    return name && provenance_path(*name) == place;
}

}  // namespace

TreePlace tree_place_of(std::string_view place) {
    if (is_document(place)) {
        return TreePlace::document;
    }
    return is_promised(place) ? TreePlace::promised : TreePlace::foreign;
}

std::string left_out_place(const verify::ProjectName& project) {
    return std::string(left_out_folder) + project.text() + ".json";
}

}  // namespace heliograph::mirror
