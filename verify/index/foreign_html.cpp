// SPDX-License-Identifier: Apache-2.0
// PEP 503: the oldest form, which every index speaks. One link a file, or a project.
#include <verify/index/ascii.hpp>
#include <verify/index/foreign_text.hpp>
#include <verify/index/html_guard.hpp>
#include <verify/index/html_tree.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify::foreign_text {

namespace {

constexpr std::string_view sha256_prefix = "sha256=";

Result<html_tree::Tree> read_tree(std::string_view text) {
    if (text.size() > limits::page_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected an HTML page of at most " + std::to_string(limits::page_bytes) + " bytes"
        );
    }
    if (!page_text::is_utf8(text)) {
        return Error(ErrorCode::malformed, "expected UTF-8 text as HTML page, saw other bytes");
    }
    HG_CHECK(guard_html(text));
    auto tree = html_tree::read(text);
    if (!tree) {
        return Error(ErrorCode::internal, "expected the HTML library to give a tree, saw none");
    }
    return tree;
}

std::optional<std::string> meta_of(const html_tree::Elements& elements, std::string_view name) {
    const auto found =
        std::find_if(elements.metas.begin(), elements.metas.end(), [&](const GumboNode* meta) {
            return html_tree::attribute(*meta, "name") == name;
        });
    return found == elements.metas.end() ? std::nullopt : html_tree::attribute(**found, "content");
}

Outcome check_version(const html_tree::Elements& elements) {
    const auto version = meta_of(elements, "pypi:repository-version");
    return version ? page_text::check_repository_version(*version) : Outcome();
}

// `sha256=<hex>`; none for another algorithm, which is no evidence here.
std::optional<std::string> sha256_in(std::string_view text) {
    return text.starts_with(sha256_prefix)
               ? std::optional(std::string(text.substr(sha256_prefix.size())))
               : std::nullopt;
}

std::string trimmed(std::string text) {
    const auto is_blank = [](char c) { return ascii::is_space(c); };
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_blank));
    while (!text.empty() && is_blank(text.back())) {
        text.pop_back();
    }
    return text;
}

FileTexts texts_of(const GumboNode& link, const std::string& href) {
    const std::size_t hash = href.find('#');
    FileTexts texts{
        .name = trimmed(html_tree::text_of(link)),
        .url = href.substr(0, hash),
        .sha256 = hash == std::string::npos ? std::nullopt
                                            : sha256_in(std::string_view(href).substr(hash + 1)),
        .requires_python = html_tree::attribute(link, "data-requires-python"),
        .yanked = html_tree::attribute(link, "data-yanked"),
        .core_metadata = html_tree::attribute(link, "data-core-metadata")};
    if (!texts.core_metadata) {
        texts.core_metadata = html_tree::attribute(link, "data-dist-info-metadata");
    }
    if (texts.core_metadata) {
        texts.core_metadata = sha256_in(*texts.core_metadata);
    }
    return texts;
}

}  // namespace

Result<ForeignPage> parse_page_html(const ProjectName& project, std::string_view text) {
    HG_TRY(const auto tree, read_tree(text));
    const auto elements = html_tree::collect(tree);
    HG_CHECK(check_version(elements));
    ForeignPage page;
    HG_TRY(
        page.mark,
        make_mark(
            meta_of(elements, "pypi:project-status"),
            meta_of(elements, "pypi:project-status-reason")
        )
    );
    for (const GumboNode* link : elements.links) {
        const auto href = html_tree::attribute(*link, "href");
        if (href) {
            HG_TRY(
                [[maybe_unused]] const auto* const put,
                put_file(page, project, texts_of(*link, *href))
            );
        }
    }
    HG_CHECK(finish(page));
    return page;
}

Result<ForeignList> parse_list_html(std::string_view text) {
    HG_TRY(const auto tree, read_tree(text));
    const auto elements = html_tree::collect(tree);
    HG_CHECK(check_version(elements));
    ForeignList list;
    for (const GumboNode* link : elements.links) {
        if (html_tree::attribute(*link, "href")) {
            HG_CHECK(put_entry(list, trimmed(html_tree::text_of(*link)), std::nullopt));
        }
    }
    finish(list);
    return list;
}

}  // namespace heliograph::verify::foreign_text
