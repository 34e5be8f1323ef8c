// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/proxy_path.hpp>
#include <pki/base/bytes.hpp>
#include <verify/index/project_page.hpp>

namespace heliograph::mirror {

namespace {

constexpr std::string_view metadata_end = ".metadata";
constexpr std::string_view provenance_end = "/provenance";

ProxyPath parse_page_path(std::string_view rest) {
    const bool slash = rest.ends_with('/');
    const std::string_view spelling = slash ? rest.substr(0, rest.size() - 1) : rest;
    auto project = verify::parse_project_name(spelling);
    if (!project) {
        return NothingOfThatKind{};
    }
    if (!slash || project->text() != spelling) {
        return PageMoved{(slash ? "../" : "") + project->text() + "/"};
    }
    return PageAsked{*std::move(project)};
}

ProxyPath parse_package_path(std::string_view path) {
    const bool metadata = path.ends_with(metadata_end);
    if (metadata) {
        path.remove_suffix(metadata_end.size());
    }
    auto place = verify::parse_file_path(path);
    if (!place) {
        return NothingOfThatKind{};
    }
    return metadata ? ProxyPath(MetadataAsked{*std::move(place)})
                    : ProxyPath(FileAsked{*std::move(place)});
}

ProxyPath parse_provenance_path(std::string_view path) {
    if (!path.ends_with(provenance_end)) {
        return NothingOfThatKind{};
    }
    const auto before = path.substr(0, path.size() - provenance_end.size());
    auto file = verify::parse_dist_file_name(before.substr(before.rfind('/') + 1));
    if (!file || verify::provenance_place(*file) != path) {
        return NothingOfThatKind{};
    }
    return ProvenanceAsked{*std::move(file)};
}

}  // namespace

std::optional<std::string_view> path_behind_token(std::string_view path, std::string_view token) {
    if (path.size() < token.size() + 2 || path[token.size() + 1] != '/') {
        return std::nullopt;
    }
    if (!equal_in_constant_time(bytes_of(path.substr(1, token.size())), bytes_of(token))) {
        return std::nullopt;
    }
    return path.substr(token.size() + 1);
}

ProxyPath parse_proxy_path(std::string_view path) {
    constexpr std::string_view pages = "/simple/";
    if (path == pages) {
        return RootListAsked{};
    }
    if (path.starts_with(pages)) {
        return parse_page_path(path.substr(pages.size()));
    }
    if (path.starts_with("/packages/")) {
        return parse_package_path(path);
    }
    if (path.starts_with("/integrity/")) {
        return parse_provenance_path(path);
    }
    if (path == "/metrics") {
        return MetricsAsked{};
    }
    return path == "/verdict" ? ProxyPath(VerdictAsked{}) : ProxyPath(NothingOfThatKind{});
}

}  // namespace heliograph::mirror
