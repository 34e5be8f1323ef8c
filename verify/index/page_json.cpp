// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::verify {

namespace {

constexpr JsonLimits json_limits{
    .text_bytes = limits::page_bytes, .depth = 16, .values = 40 * limits::page_files};

Error wrong_kind(std::string_view member, std::string_view expected) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " as '" + std::string(member) +
            "' in the JSON page, saw another kind"};
}

JsonValue digest_object(const pki::Sha256& digest) {
    return JsonObject{{"sha256", digest.to_hex()}};
}

JsonValue file_object(const PageFile& file) {
    JsonObject object{
        {"filename", file.name.text()},
        {"url", file.path().relative_to_page()},
        {"hashes", digest_object(file.sha256)},
    };
    if (file.size_bytes) {
        object.emplace_back("size", static_cast<std::int64_t>(*file.size_bytes));
    }
    if (file.upload_time) {
        object.emplace_back("upload-time", format_rfc3339(*file.upload_time));
    }
    if (file.requires_python) {
        object.emplace_back("requires-python", page_text::plain(*file.requires_python));
    }
    // PEP 691: a reason is a string that is not empty; without one the mark is `true`.
    if (file.yanked && !file.yanked->empty()) {
        object.emplace_back("yanked", page_text::plain(*file.yanked));
    } else {
        object.emplace_back("yanked", file.yanked.has_value());
    }
    if (file.core_metadata) {
        object.emplace_back("core-metadata", digest_object(*file.core_metadata));
    }
    return object;
}

Result<std::optional<std::string>> optional_text(const JsonValue& object, std::string_view member) {
    const JsonValue* value = object.find(member);
    if (value == nullptr || value->is_null()) {
        return std::optional<std::string>{};
    }
    if (const std::string* text = value->if_text()) {
        return std::optional<std::string>(*text);
    }
    return wrong_kind(member, "a text");
}

Result<std::optional<std::string>> read_yanked(const JsonValue& object) {
    const JsonValue* value = object.find("yanked");
    if (value == nullptr) {
        return std::optional<std::string>{};
    }
    if (const bool* yanked = value->if_boolean()) {
        return *yanked ? std::optional<std::string>("") : std::nullopt;
    }
    return optional_text(object, "yanked");
}

/// `true` says that metadata exist without saying their digest, which is no evidence: read as
/// absent.
Result<std::optional<std::string>> read_core_metadata(const JsonValue& object) {
    const JsonValue* value = object.find("core-metadata");
    if (value == nullptr || value->is_null() || value->if_boolean() != nullptr) {
        return std::optional<std::string>{};
    }
    HG_TRY(auto digest, value->text_member("sha256"));
    return std::optional<std::string>(std::move(digest));
}

Result<PageFile> read_file_object(const JsonValue& object, const ProjectName& project) {
    page_text::FileTexts texts;
    HG_TRY(texts.name, object.text_member("filename"));
    HG_TRY(texts.link, object.text_member("url"));
    const JsonValue* hashes = object.find("hashes");
    if (hashes == nullptr) {
        return wrong_kind("hashes", "an object");
    }
    HG_TRY(texts.sha256, hashes->text_member("sha256"));
    HG_TRY(texts.requires_python, optional_text(object, "requires-python"));
    HG_TRY(texts.yanked, read_yanked(object));
    HG_TRY(texts.core_metadata, read_core_metadata(object));
    HG_TRY(auto file, page_text::make_page_file(texts, project));
    if (object.find("size") != nullptr) {
        HG_TRY(auto size, object.integer_member("size"));
        if (size < 0) {
            return Error(
                ErrorCode::malformed,
                "expected a size of zero or more bytes, saw " + std::to_string(size)
            );
        }
        file.size_bytes = static_cast<std::uint64_t>(size);
    }
    HG_TRY(auto upload_time, optional_text(object, "upload-time"));
    if (upload_time) {
        HG_TRY(file.upload_time, parse_rfc3339(*upload_time));
    }
    return file;
}

Outcome check_versions_member(const JsonValue& document) {
    HG_TRY(auto versions, document.array_member("versions"));
    for (const JsonValue& version : *versions) {
        if (version.if_text() == nullptr) {
            return wrong_kind("versions", "an array of texts");
        }
    }
    return {};
}

}  // namespace

std::string render_page_json(const ProjectPage& page) {
    JsonArray versions;
    for (std::string& version : page.versions()) {
        versions.emplace_back(std::move(version));
    }
    JsonArray files;
    files.reserve(page.files.size());
    for (const PageFile& file : page.files) {
        files.push_back(file_object(file));
    }
    return render_json(JsonObject{
        {"meta",
         JsonObject{
             {"api-version", "1.1"},
             {"_last-serial", static_cast<std::int64_t>(page.serial.value)}}},
        {"name", page.name.text()},
        {"versions", std::move(versions)},
        {"files", std::move(files)},
    });
}

Result<ProjectPage> parse_page_json(std::string_view text) {
    HG_TRY(auto document, parse_json(text, json_limits));
    const JsonValue* meta = document.find("meta");
    if (meta == nullptr) {
        return wrong_kind("meta", "an object");
    }
    HG_TRY(auto version, meta->text_member("api-version"));
    HG_CHECK(page_text::check_repository_version(version));
    HG_TRY(auto serial, meta->integer_member("_last-serial"));
    if (serial < 0 || Serial{static_cast<std::uint64_t>(serial)} > max_serial) {
        return Error(
            ErrorCode::malformed,
            "expected a serial between 0 and 2^53 - 1, saw " + std::to_string(serial)
        );
    }
    HG_TRY(auto project, document.text_member("name"));
    HG_TRY(auto name, parse_normalised_name(project));
    HG_CHECK(check_versions_member(document));
    HG_TRY(auto files, document.array_member("files"));
    if (files->size() > limits::page_files) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(limits::page_files) + " files on a page, saw " +
                std::to_string(files->size())
        );
    }
    ProjectPage page{
        .name = std::move(name), .serial = Serial{static_cast<std::uint64_t>(serial)}, .files = {}};
    page.files.reserve(files->size());
    for (const JsonValue& object : *files) {
        HG_TRY(auto file, read_file_object(object, page.name));
        page.files.push_back(std::move(file));
    }
    HG_CHECK(page_text::sort_files(page.files));
    return page;
}

std::string render_page(const ProjectPage& page, PageForm form) {
    return form == PageForm::json ? render_page_json(page) : render_page_html(page);
}

Result<ProjectPage> parse_page(std::string_view text, PageForm form) {
    return form == PageForm::json ? parse_page_json(text) : parse_page_html(text);
}

}  // namespace heliograph::verify
