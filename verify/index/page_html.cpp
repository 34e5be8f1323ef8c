// SPDX-License-Identifier: Apache-2.0
#include <verify/index/html_guard.hpp>
#include <verify/index/html_tree.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>
#include <vector>

namespace heliograph::verify {

namespace {

constexpr std::string_view serial_open = "<!--SERIAL ";
constexpr std::string_view serial_close = "-->";
constexpr std::string_view digest_prefix = "sha256=";

Error malformed(std::string_view expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in the HTML page, saw '" + printable(seen) + "'"};
}

/// The content of the one meta element of that name; none when there is no such element.
Result<std::optional<std::string>> optional_content(
    const std::vector<const GumboNode*>& metas, std::string_view name
) {
    std::optional<std::string> content;
    for (const GumboNode* meta : metas) {
        if (html_tree::attribute(*meta, "name") != name) {
            continue;
        }
        if (content) {
            return malformed("one meta element " + std::string(name), "two");
        }
        content = html_tree::attribute(*meta, "content").value_or("");
    }
    return content;
}

Result<std::string> meta_content(
    const std::vector<const GumboNode*>& metas, std::string_view name
) {
    HG_TRY(auto content, optional_content(metas, name));
    if (!content) {
        return malformed("a meta element " + std::string(name), "none");
    }
    return *std::move(content);
}

Result<PageFile> read_link(const GumboNode& link, const ProjectName& project) {
    const std::string href = html_tree::attribute(link, "href").value_or("");
    const std::size_t hash = href.find('#');
    const std::string_view fragment =
        hash == std::string::npos ? std::string_view{} : std::string_view(href).substr(hash + 1);
    if (!fragment.starts_with(digest_prefix)) {
        return malformed("a link with #sha256=", href);
    }
    page_text::FileTexts texts{
        .name = html_tree::text_of(link),
        .link = href.substr(0, hash),
        .sha256 = std::string(fragment.substr(digest_prefix.size())),
        .requires_python = html_tree::attribute(link, "data-requires-python"),
        .yanked = html_tree::attribute(link, "data-yanked"),
        .core_metadata = html_tree::attribute(link, "data-core-metadata"),
        .provenance = html_tree::attribute(link, "data-provenance"),
    };
    if (texts.core_metadata) {
        if (!texts.core_metadata->starts_with(digest_prefix)) {
            return malformed("data-core-metadata with sha256=", *texts.core_metadata);
        }
        texts.core_metadata->erase(0, digest_prefix.size());
    }
    return page_text::make_page_file(texts, project);
}

void append_file_line(std::string& html, const PageFile& file) {
    html += "<a href=\"";
    page_text::append_link(html, file);
    html += "#sha256=";
    page_text::append_hex(html, file.sha256);
    html += '"';
    if (file.requires_python) {
        html += " data-requires-python=\"";
        html += page_text::escape_html(page_text::plain(*file.requires_python));
        html += '"';
    }
    if (file.yanked) {
        html += " data-yanked=\"";
        html += page_text::escape_html(page_text::plain(*file.yanked));
        html += '"';
    }
    if (file.core_metadata) {
        html += " data-core-metadata=\"sha256=";
        page_text::append_hex(html, *file.core_metadata);
        html += '"';
    }
    if (file.provenance) {
        html += " data-provenance=\"";
        page_text::append_provenance(html, file);
        html += '"';
    }
    html += '>';
    html += file.name.text();
    html += "</a><br>\n";
}

/// The page ends with its serial, so that a cut page is not taken for a whole one.
Result<Serial> read_serial(std::string_view text) {
    const std::size_t begin = text.rfind(serial_open);
    if (begin == std::string_view::npos || !text.ends_with(serial_close)) {
        return malformed(
            "<!--SERIAL n--> as the last thing",
            text.substr(text.size() - std::min<std::size_t>(text.size(), 40))
        );
    }
    text.remove_prefix(begin + serial_open.size());
    if (text.size() < serial_close.size()) {
        return malformed("<!--SERIAL n--> as the last thing", text);
    }
    text.remove_suffix(serial_close.size());
    return page_text::parse_serial(text);
}

}  // namespace

std::string render_page_html(const ProjectPage& page) {
    HG_ASSERT(page_text::check_offer(page).has_value());
    const std::string& name = page.name.text();
    std::string html;
    // A wheel's line has some 350 bytes.
    html.reserve(1024 + 448 * page.files.size());
    html +=
        "<!DOCTYPE html>\n<html>\n<head>\n"
        "<meta name=\"pypi:repository-version\" content=\"1.4\">\n"
        "<meta name=\"pypi:project-status\" content=\"";
    html += project_status_name(page.mark.status);
    html += "\">\n";
    if (!page.mark.reason.empty()) {
        html += "<meta name=\"pypi:project-status-reason\" content=\"";
        html += page_text::escape_html(page_text::plain(page.mark.reason));
        html += "\">\n";
    }
    html += "<meta name=\"heliograph:project\" content=\"" + name + "\">\n<title>Links for " +
            name + "</title>\n</head>\n<body>\n<h1>Links for " + name + "</h1>\n";
    for (const PageFile& file : page.files) {
        append_file_line(html, file);
    }
    html += "</body>\n</html>\n";
    html += serial_open;
    html += std::to_string(page.serial.value);
    html += serial_close;
    return html;
}

Result<ProjectPage> parse_page_html(std::string_view text) {
    if (text.size() > limits::page_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a page of at most " + std::to_string(limits::page_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    if (!page_text::is_utf8(text)) {
        return malformed("UTF-8 text", text);
    }
    HG_CHECK(guard_html(text));
    HG_TRY(auto serial, read_serial(text));
    const auto tree = html_tree::read(text);
    if (!tree) {
        return Error(ErrorCode::internal, "expected the HTML library to give a tree, saw none");
    }
    const auto elements = html_tree::collect(tree);
    HG_TRY(auto version, meta_content(elements.metas, "pypi:repository-version"));
    HG_CHECK(page_text::check_repository_version(version));
    HG_TRY(auto project, meta_content(elements.metas, "heliograph:project"));
    HG_TRY(auto name, parse_normalised_name(project));
    if (elements.links.size() > limits::page_files) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(limits::page_files) + " files on a page, saw " +
                std::to_string(elements.links.size())
        );
    }
    ProjectPage page{.name = std::move(name), .serial = serial, .files = {}};
    HG_TRY(const auto status, optional_content(elements.metas, "pypi:project-status"));
    HG_TRY(const auto reason, optional_content(elements.metas, "pypi:project-status-reason"));
    HG_TRY(page.mark, page_text::make_status_mark(status, reason));
    page.files.reserve(elements.links.size());
    for (const GumboNode* link : elements.links) {
        HG_TRY(auto file, read_link(*link, page.name));
        page.files.push_back(std::move(file));
    }
    HG_CHECK(page_text::sort_files(page.files));
    HG_CHECK(page_text::check_offer(page));
    return page;
}

Result<ProjectPage> parse_page_html(std::string_view text, const ProjectPage& json) {
    if (text.size() > limits::page_bytes || render_page_html(json) != text) {
        return parse_page_html(text);
    }
    ProjectPage page = json;
    for (PageFile& file : page.files) {
        file.size_bytes.reset();
        file.upload_time.reset();
    }
    return page;
}

}  // namespace heliograph::verify
