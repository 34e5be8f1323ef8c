// SPDX-License-Identifier: Apache-2.0
#include <verify/index/foreign_text.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify::foreign_text {

namespace {

Result<std::optional<pki::Sha256>> digest_of(
    const std::optional<std::string>& hexadecimal, std::string_view file
) {
    if (!hexadecimal) {
        return std::optional<pki::Sha256>();
    }
    auto digest = pki::Sha256::parse_hex(*hexadecimal);
    if (!digest) {
        return std::move(digest).error().at(printable(file));
    }
    return std::optional(*digest);
}

// Free text as our own pages carry it, whatever the other server let through.
Result<std::optional<std::string>> plain_text(
    const std::optional<std::string>& text, std::string_view what
) {
    if (!text) {
        return std::optional<std::string>();
    }
    auto plain = page_text::plain(*text);
    HG_CHECK(page_text::check_free_text(plain, limits::yank_reason_bytes, what));
    return std::optional(std::move(plain));
}

}  // namespace

Result<ForeignFile*> put_file(
    ForeignPage& page, const ProjectName& project, const FileTexts& texts
) {
    auto name = parse_dist_file_name(texts.name);
    if (!name || name->project() != project) {
        page.left_out.push_back(texts.name);
        return nullptr;
    }
    if (page.files.size() == limits::page_files) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(limits::page_files) + " files on a page, saw more"
        );
    }
    ForeignFile file{.name = *std::move(name), .url = texts.url, .sha256 = {}};
    HG_TRY(file.sha256, digest_of(texts.sha256, texts.name));
    HG_TRY(file.core_metadata, digest_of(texts.core_metadata, texts.name));
    HG_TRY(file.requires_python, plain_text(texts.requires_python, "requires-python"));
    HG_TRY(file.yanked, plain_text(texts.yanked, "the reason of a yank"));
    page.files.push_back(std::move(file));
    return &page.files.back();
}

Result<StatusMark> make_mark(
    const std::optional<std::string>& status, const std::optional<std::string>& reason
) {
    HG_TRY(
        auto mark,
        page_text::make_status_mark(
            status, reason ? std::optional(page_text::plain(*reason)) : std::nullopt
        )
    );
    return mark;
}

Outcome finish(ForeignPage& page) {
    const auto stands_before = [](const ForeignFile& left, const ForeignFile& right) {
        const auto order = left.name.version() <=> right.name.version();
        return order != 0 ? order < 0 : left.name < right.name;
    };
    std::stable_sort(page.files.begin(), page.files.end(), stands_before);
    const auto twice = std::adjacent_find(
        page.files.begin(),
        page.files.end(),
        [](const ForeignFile& left, const ForeignFile& right) { return left.name == right.name; }
    );
    if (twice != page.files.end()) {
        return Error(
            ErrorCode::malformed,
            "expected every file once on the page, saw " + twice->name.text() + " twice"
        );
    }
    if (page.mark.status == ProjectStatus::quarantined) {
        page.files.clear();
    }
    return {};
}

Outcome put_entry(ForeignList& list, std::string_view name, std::optional<Serial> serial) {
    auto project = parse_project_name(name);
    if (!project) {
        return {};
    }
    if (list.projects.size() == limits::root_projects) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(limits::root_projects) +
                " projects in the list, saw more"
        );
    }
    list.projects.push_back({.name = *std::move(project), .serial = serial});
    return {};
}

void finish(ForeignList& list) {
    std::sort(
        list.projects.begin(),
        list.projects.end(),
        [](const ForeignEntry& left, const ForeignEntry& right) {
            return left.name != right.name ? left.name < right.name : left.serial > right.serial;
        }
    );
    const auto same = [](const ForeignEntry& left, const ForeignEntry& right) {
        return left.name == right.name;
    };
    list.projects.erase(
        std::unique(list.projects.begin(), list.projects.end(), same), list.projects.end()
    );
}

}  // namespace heliograph::verify::foreign_text
