// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/audited_page.hpp>
#include <pki/base/json.hpp>
#include <verify/index/foreign_page.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

// Any mirror may answer what it likes.
JsonLimits audited_limits(std::string_view text, std::uint64_t text_bytes) {
    constexpr std::size_t depth = 6;
    return {
        .text_bytes = text_bytes, .depth = depth, .values = verify::foreign_values_in(text.size())};
}

std::optional<verify::Serial> serial_in(const JsonValue& object) {
    const auto* const serial = object.find("_last-serial");
    if (serial == nullptr || serial->if_integer() == nullptr || *serial->if_integer() < 0) {
        return std::nullopt;
    }
    return verify::Serial{static_cast<std::uint64_t>(*serial->if_integer())};
}

std::optional<pki::Sha256> digest_in(const JsonValue* hashes) {
    if (hashes == nullptr) {
        return std::nullopt;
    }
    const auto text = hashes->text_member("sha256");
    const auto digest = text ? pki::Sha256::parse_hex(*text) : Result<pki::Sha256>(text.error());
    return digest ? std::optional(*digest) : std::nullopt;
}

// True, or a reason, or an object: everything but false, null and absence.
bool is_said(const JsonValue* value) {
    if (value == nullptr || value->is_null()) {
        return false;
    }
    return value->if_boolean() == nullptr || *value->if_boolean();
}

Result<AuditedFile> read_audited_file(const JsonValue& object) {
    AuditedFile file;
    HG_TRY(file.url, object.text_member("url"));
    file.sha256 = digest_in(object.find("hashes"));
    const auto size = object.integer_member("size");
    if (size && *size >= 0) {
        file.size_bytes = static_cast<std::uint64_t>(*size);
    }
    file.is_yanked = is_said(object.find("yanked"));
    const auto* metadata = object.find("core-metadata");
    if (metadata == nullptr) {
        metadata = object.find("data-dist-info-metadata");
    }
    file.has_metadata = is_said(metadata);
    file.metadata_sha256 = digest_in(metadata);
    return file;
}

}  // namespace

Result<AuditedPage> parse_audited_page(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, audited_limits(text, limits::page_bytes)));
    AuditedPage page;
    const auto* const meta = document.find("meta");
    if (meta == nullptr) {
        return Error(ErrorCode::malformed, "expected a page with a member meta, saw none");
    }
    HG_TRY(page.api_version, meta->text_member("api-version"));
    page.serial = serial_in(*meta);
    if (const auto* const status = document.find("project-status")) {
        page.status = status->text_member("status").value_or(page.status);
    }
    HG_TRY(const auto* const files, document.array_member("files"));
    for (const auto& object : *files) {
        HG_TRY(auto name, object.text_member("filename"));
        HG_TRY(auto file, read_audited_file(object));
        if (!page.files.emplace(std::move(name), std::move(file)).second) {
            return Error(ErrorCode::malformed, "expected each file once, saw one twice");
        }
    }
    return page;
}

Result<AuditedList> parse_audited_list(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, audited_limits(text, limits::root_list_bytes)));
    AuditedList list;
    if (const auto* const meta = document.find("meta")) {
        list.serial = serial_in(*meta);
    }
    HG_TRY(const auto* const projects, document.array_member("projects"));
    for (const auto& object : *projects) {
        HG_TRY(const auto text_name, object.text_member("name"));
        const auto name = verify::parse_project_name(text_name);
        if (name) {
            list.projects.emplace(*name, serial_in(object));
        }
    }
    return list;
}

}  // namespace heliograph::mirror
