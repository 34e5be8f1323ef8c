// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/index/page_canonical.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
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

// A text of JSON. Few texts need the escapes that the writer of values knows.
void append_text(std::string& json, std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
    });
    if (!plain) {
        json += render_json(page_text::plain(text));
        return;
    }
    json += '"';
    json += text;
    json += '"';
}

void append_digest_object(std::string& json, const pki::Sha256& digest) {
    json += "{\"sha256\":\"";
    page_text::append_hex(json, digest);
    json += "\"}";
}

// PEP 691: a reason is a string that is not empty; without one the mark is `true`.
void append_yanked(std::string& json, const std::optional<std::string>& yanked) {
    json += ",\"yanked\":";
    if (yanked && !yanked->empty()) {
        append_text(json, *yanked);
    } else {
        json += yanked ? "true" : "false";
    }
}

void append_file_object(std::string& json, const PageFile& file) {
    json += "{\"filename\":\"";
    json += file.name.text();
    json += "\",\"url\":\"";
    page_text::append_link(json, file);
    json += "\",\"hashes\":";
    append_digest_object(json, file.sha256);
    if (file.size_bytes) {
        json += ",\"size\":";
        json += std::to_string(*file.size_bytes);
    }
    if (file.upload_time) {
        json += ",\"upload-time\":\"";
        json += format_rfc3339(*file.upload_time);
        json += '"';
    }
    if (file.requires_python) {
        json += ",\"requires-python\":";
        append_text(json, *file.requires_python);
    }
    append_yanked(json, file.yanked);
    if (file.core_metadata) {
        json += ",\"core-metadata\":";
        append_digest_object(json, *file.core_metadata);
    }
    if (file.provenance) {
        json += ",\"provenance\":\"";
        page_text::append_provenance(json, file);
        json += '"';
    }
    json += '}';
}

void append_status(std::string& json, const StatusMark& mark) {
    json += ",\"project-status\":{\"status\":\"";
    json += project_status_name(mark.status);
    json += '"';
    if (!mark.reason.empty()) {
        json += ",\"reason\":";
        append_text(json, mark.reason);
    }
    json += '}';
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
    HG_TRY(texts.provenance, optional_text(object, "provenance"));
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

// The prose of PEP 792 says `state` where its example and the main index say `status`: both are
// read.
Result<StatusMark> read_status(const JsonValue& document) {
    const JsonValue* object = document.find("project-status");
    if (object == nullptr || object->is_null()) {
        return StatusMark{};
    }
    if (object->if_object() == nullptr) {
        return wrong_kind("project-status", "an object");
    }
    HG_TRY(auto status, optional_text(*object, "status"));
    if (!status) {
        HG_TRY(status, optional_text(*object, "state"));
    }
    HG_TRY(const auto reason, optional_text(*object, "reason"));
    return page_text::make_status_mark(status, reason);
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
    HG_ASSERT(page_text::check_offer(page).has_value());
    std::string json;
    // A wheel's object has some 450 bytes.
    json.reserve(1024 + 576 * page.files.size());
    json += "{\"meta\":{\"api-version\":\"1.4\",\"_last-serial\":";
    json += std::to_string(page.serial.value);
    json += "},\"name\":\"";
    json += page.name.text();
    json += '"';
    append_status(json, page.mark);
    json += ",\"versions\":[";
    std::string_view comma;
    for (const std::string& version : page.versions()) {
        json += comma;
        append_text(json, version);
        comma = ",";
    }
    json += "],\"files\":[";
    comma = "";
    for (const PageFile& file : page.files) {
        json += comma;
        append_file_object(json, file);
        comma = ",";
    }
    json += "]}";
    return json;
}

Result<ProjectPage> parse_page_json(std::string_view text) {
    if (auto own = read_canonical_page(text)) {
        return *std::move(own);
    }
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
    HG_TRY(page.mark, read_status(document));
    page.files.reserve(files->size());
    for (const JsonValue& object : *files) {
        HG_TRY(auto file, read_file_object(object, page.name));
        page.files.push_back(std::move(file));
    }
    HG_CHECK(page_text::sort_files(page.files));
    HG_CHECK(page_text::check_offer(page));
    return page;
}

std::string render_page(const ProjectPage& page, PageForm form) {
    return form == PageForm::json ? render_page_json(page) : render_page_html(page);
}

Result<ProjectPage> parse_page(std::string_view text, PageForm form) {
    return form == PageForm::json ? parse_page_json(text) : parse_page_html(text);
}

}  // namespace heliograph::verify
