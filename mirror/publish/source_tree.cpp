// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/source_tree.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/limits.hpp>

#include <array>
#include <string>
#include <system_error>

namespace heliograph::mirror {

namespace {

bool is_folder(const std::filesystem::path& path) {
    std::error_code absent;
    return std::filesystem::is_directory(path, absent);
}

bool is_filled(const std::filesystem::path& folder) {
    std::error_code absent;
    return std::filesystem::directory_iterator(folder, absent) !=
           std::filesystem::directory_iterator();
}

// `simple/demo/index.v1_json`, or a folder deeper. One that cannot be read whole may hold some.
bool holds_json_page(const std::filesystem::path& simple) {
    std::error_code failure;
    std::filesystem::recursive_directory_iterator entry(simple, failure);
    for (const std::filesystem::recursive_directory_iterator end; !failure && entry != end;
         entry.increment(failure)) {
        if (entry->path().filename() == "index.v1_json") {
            return true;
        }
        constexpr int deepest = 2;
        if (entry.depth() >= deepest) {
            entry.disable_recursion_pending();
        }
    }
    return bool(failure);
}

}  // namespace

SourceTree::SourceTree(const std::filesystem::path& tree) : m_packages(tree) {
    for (const auto& web : {tree / "web", tree}) {
        if (is_folder(web / "packages") && is_folder(web / "simple")) {
            m_packages = web / "packages";
            m_web = web;
            return;
        }
    }
}

Result<std::optional<StatedFacts>> SourceTree::facts_of(const FileRecord& file) {
    const auto& name = file.path.name();
    if (!m_web) {
        return std::optional<StatedFacts>();
    }
    if (!m_last || m_last->first != name.project()) {
        m_last.emplace(name.project(), read_pages(name.project()));
    }
    if (!m_last->second) {
        return m_last->second.error();
    }
    const auto& pages = *m_last->second;  // Pages may be large, and every file asks.
    if (!pages && !has_pages()) {
        return std::optional<StatedFacts>();
    }
    if (!pages) {
        return Error(
            ErrorCode::refused,
            "expected a page of " + name.project().text() + " in " + m_web->string() +
                ", as other projects have, there is none: it was removed there; to publish " +
                name.text() + " all the same: mirror add"
        );
    }
    const auto listed = pages->find(name);
    if (listed == pages->end()) {
        return Error(
            ErrorCode::refused,
            "expected the pages of " + m_web->string() + " to list " + name.text() +
                ", they do not: it was removed there; to publish it all the same: mirror add"
        );
    }
    const auto& [digest, facts] = listed->second;
    if (!digest || *digest != file.path.digest()) {
        return Error(
            ErrorCode::refused,
            "expected " + name.text() + " with the content that the pages of " + m_web->string() +
                " speak of (sha256 " + (digest ? digest->to_hex() : "not said") +
                "), saw other content (sha256 " + file.path.digest().to_hex() +
                "): get it there anew"
        );
    }
    return std::optional(facts);
}

// Whether the folder keeps JSON pages at all: then a project without one was removed.
bool SourceTree::has_pages() {
    if (!m_has_pages) {
        m_has_pages = is_filled(*m_web / "json") || holds_json_page(*m_web / "simple");
    }
    return *m_has_pages;
}

// `simple/d/demo` where the index of names is split by their first letters. The older document has
// reasons of yanks, which some versions of bandersnatch leave out of the page.
Result<std::optional<SourcePage>> SourceTree::read_pages(const verify::ProjectName& project) const {
    const auto& name = project.text();
    const std::array<std::filesystem::path, 3> places{
        *m_web / "simple" / name / "index.v1_json",
        *m_web / "simple" / name.substr(0, 1) / name / "index.v1_json",
        *m_web / "json" / name};
    std::optional<SourcePage> pages;
    for (const auto& place : places) {
        const auto text = read_file(place, verify::limits::page_bytes);
        if (!text && text.error().code() == ErrorCode::not_found) {
            continue;
        }
        HG_CHECK(text);
        auto page = parse_source_page(text_of(*text));
        if (!page) {
            return std::move(page).error().at(place.string());
        }
        if (!pages) {
            pages = *std::move(page);
            continue;
        }
        HG_CHECK(merge_source_page(*pages, *page));
    }
    return pages;
}

}  // namespace heliograph::mirror
