// SPDX-License-Identifier: Apache-2.0
// A page with every kind of file, for tests of both forms.
#pragma once

#include <verify/index/project_page.hpp>

#include <string>
#include <string_view>

namespace heliograph::verify::test_pages {

inline PageFile sample_file(std::string_view name) {
    return {
        .name = parse_dist_file_name(name).value(),
        .sha256 = pki::sha256(bytes_of(name)),
        .size_bytes = name.size(),
        .upload_time = parse_rfc3339("2026-01-02T03:04:05Z").value(),
        .requires_python = std::nullopt,
        .yanked = std::nullopt,
        .core_metadata = std::nullopt,
    };
}

inline ProjectPage sample_page() {
    ProjectPage page{.name = parse_project_name("demo").value(), .serial = Serial{42}, .files = {}};
    PageFile wheel = sample_file("demo-1.10-py3-none-any.whl");
    wheel.requires_python = ">=3.7,<4";
    wheel.core_metadata = pki::sha256(bytes_of("metadata"));
    PageFile yanked = sample_file("demo-1.9.tar.gz");
    yanked.provenance = pki::sha256(bytes_of("provenance"));
    yanked.yanked = "broken: \"<&>\" 'x' \xc3\xa9";
    PageFile plain_yanked = sample_file("demo-1.9-py3-none-any.whl");
    plain_yanked.yanked = "";
    add_file(page, wheel);
    add_file(page, yanked);
    add_file(page, plain_yanked);
    page.mark = {.status = ProjectStatus::archived, .reason = "done: \"<&>\""};
    return page;
}

}  // namespace heliograph::verify::test_pages
