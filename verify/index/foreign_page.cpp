// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/index/foreign_page.hpp>
#include <verify/index/foreign_text.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::size_t foreign_depth = 6;

// A few bytes of text must not become a hundred of memory.
JsonLimits foreign_limits_of(std::string_view text, std::uint64_t text_bytes) {
    return {
        .text_bytes = text_bytes, .depth = foreign_depth, .values = foreign_values_in(text.size())};
}

Error bad_member(std::string_view member, std::string_view expected) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " as '" + std::string(member) +
            "' in the JSON of the index, saw another kind"};
}

Result<std::optional<std::string>> text_if_any(const JsonValue& object, std::string_view member) {
    const JsonValue* value = object.find(member);
    if (value == nullptr || value->is_null()) {
        return std::optional<std::string>();
    }
    if (const std::string* text = value->if_text()) {
        return std::optional(*text);
    }
    return bad_member(member, "a text");
}

Result<std::optional<Serial>> serial_if_any(const JsonValue& object) {
    const JsonValue* value = object.find("_last-serial");
    if (value == nullptr || value->is_null()) {
        return std::optional<Serial>();
    }
    const auto* const number = value->if_integer();
    if (number == nullptr || *number < 0 ||
        Serial{static_cast<std::uint64_t>(*number)} > max_serial) {
        return bad_member("_last-serial", "a serial between 0 and 2^53 - 1");
    }
    return std::optional(Serial{static_cast<std::uint64_t>(*number)});
}

// `true`, a reason, or neither.
Result<std::optional<std::string>> yank_if_any(const JsonValue& file) {
    const JsonValue* value = file.find("yanked");
    if (value != nullptr && value->if_boolean() != nullptr) {
        return *value->if_boolean() ? std::optional<std::string>("") : std::nullopt;
    }
    return text_if_any(file, "yanked");
}

// The newest name first; `true` states no digest, which is no evidence.
Result<std::optional<std::string>> metadata_digest_if_any(const JsonValue& file) {
    for (const std::string_view member :
         {"core-metadata", "data-dist-info-metadata", "dist-info-metadata"}) {
        const JsonValue* value = file.find(member);
        if (value != nullptr && value->if_object() != nullptr) {
            return text_if_any(*value, "sha256");
        }
    }
    return std::optional<std::string>();
}

Outcome read_foreign_file(const JsonValue& object, const ProjectName& project, ForeignPage& page) {
    foreign_text::FileTexts texts;
    HG_TRY(texts.name, object.text_member("filename"));
    HG_TRY(const auto url, object.text_member("url"));
    texts.url = url.substr(0, url.find('#'));
    if (const JsonValue* hashes = object.find("hashes")) {
        HG_TRY(texts.sha256, text_if_any(*hashes, "sha256"));
    }
    HG_TRY(texts.requires_python, text_if_any(object, "requires-python"));
    HG_TRY(texts.yanked, yank_if_any(object));
    HG_TRY(texts.core_metadata, metadata_digest_if_any(object));
    HG_TRY(auto* const file, foreign_text::put_file(page, project, texts));
    if (file == nullptr) {
        return {};
    }
    const JsonValue* size = object.find("size");
    if (size != nullptr && !size->is_null()) {
        if (size->if_integer() == nullptr || *size->if_integer() < 0) {
            return bad_member("size", "a number of bytes");
        }
        file->size_bytes = static_cast<std::uint64_t>(*size->if_integer());
    }
    HG_TRY(const auto time, text_if_any(object, "upload-time"));
    if (time) {
        HG_TRY(file->upload_time, parse_rfc3339(*time));
    }
    return {};
}

// @return `meta`, whose version was checked.
Result<const JsonValue*> meta_of_document(const JsonValue& document) {
    const JsonValue* meta = document.find("meta");
    if (meta == nullptr) {
        return bad_member("meta", "an object");
    }
    HG_TRY(const auto version, meta->text_member("api-version"));
    HG_CHECK(page_text::check_repository_version(version));
    return meta;
}

Outcome read_foreign_status(const JsonValue& document, ForeignPage& page) {
    const JsonValue* object = document.find("project-status");
    if (object == nullptr || object->if_object() == nullptr) {
        return {};
    }
    HG_TRY(auto status, text_if_any(*object, "status"));
    if (!status) {
        HG_TRY(status, text_if_any(*object, "state"));
    }
    HG_TRY(const auto reason, text_if_any(*object, "reason"));
    HG_TRY(page.mark, foreign_text::make_mark(status, reason));
    return {};
}

Result<ForeignPage> parse_foreign_page_json(const ProjectName& project, std::string_view text) {
    HG_TRY(const auto document, parse_json(text, foreign_limits_of(text, limits::page_bytes)));
    HG_TRY(const auto* const meta, meta_of_document(document));
    HG_TRY(const auto named, document.text_member("name"));
    HG_TRY(const auto name, parse_project_name(named));
    if (name != project) {
        return Error(
            ErrorCode::malformed,
            "expected the page of project " + project.text() + ", saw that of " + name.text()
        );
    }
    ForeignPage page;
    HG_TRY(page.serial, serial_if_any(*meta));
    HG_CHECK(read_foreign_status(document, page));
    HG_TRY(const auto* const files, document.array_member("files"));
    for (const auto& object : *files) {
        HG_CHECK(read_foreign_file(object, project, page));
    }
    HG_CHECK(foreign_text::finish(page));
    return page;
}

Result<ForeignList> parse_foreign_list_json(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, foreign_limits_of(text, limits::root_list_bytes)));
    HG_TRY(const auto* const meta, meta_of_document(document));
    ForeignList list;
    HG_TRY(list.serial, serial_if_any(*meta));
    HG_TRY(const auto* const projects, document.array_member("projects"));
    for (const auto& object : *projects) {
        HG_TRY(const auto name, object.text_member("name"));
        HG_TRY(const auto serial, serial_if_any(object));
        HG_CHECK(foreign_text::put_entry(list, name, serial));
    }
    foreign_text::finish(list);
    return list;
}

}  // namespace

Result<ForeignPage> parse_foreign_page(
    const ProjectName& project, std::string_view text, PageForm form
) {
    return form == PageForm::json ? parse_foreign_page_json(project, text)
                                  : foreign_text::parse_page_html(project, text);
}

Result<ForeignList> parse_foreign_list(std::string_view text, PageForm form) {
    return form == PageForm::json ? parse_foreign_list_json(text)
                                  : foreign_text::parse_list_html(text);
}

}  // namespace heliograph::verify
