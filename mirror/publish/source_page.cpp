// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/source_page.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr JsonLimits source_limits{
    .text_bytes = verify::limits::page_bytes,
    .depth = 24,
    .values = 64 * verify::limits::page_files};

// The two documents say the same under other names.
struct Dialect {
    std::string_view digests;
    std::string_view upload_time;
};
constexpr Dialect simple_api{.digests = "hashes", .upload_time = "upload-time"};
constexpr Dialect older_api{.digests = "digests", .upload_time = "upload_time_iso_8601"};

Error bad_source(std::string_view member, std::string_view expected) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " as '" + std::string(member) +
            "' in the source's page, saw something else"};
}

// Absent, null and empty are the same: one tool writes this, another that.
Result<std::string> text_or_empty(const JsonValue& object, std::string_view member) {
    const JsonValue* value = object.find(member);
    if (value == nullptr || value->is_null()) {
        return std::string();
    }
    if (const std::string* text = value->if_text()) {
        return *text;
    }
    return bad_source(member, "a text");
}

Result<std::optional<pki::Sha256>> read_digest(const JsonValue& file, std::string_view member) {
    const JsonValue* digests = file.find(member);
    if (digests == nullptr || digests->if_object() == nullptr) {
        return bad_source(member, "an object of digests");
    }
    HG_TRY(const auto hex, text_or_empty(*digests, "sha256"));
    if (hex.empty()) {
        return std::optional<pki::Sha256>();
    }
    HG_TRY(auto digest, pki::Sha256::parse_hex(hex));
    return std::optional(digest);
}

// A text is the reason, as the simple API has it; `yanked_reason` stands beside a boolean in the
// older one.
Result<std::optional<std::string>> read_yank(const JsonValue& file) {
    const JsonValue* yanked = file.find("yanked");
    if (yanked == nullptr || yanked->is_null()) {
        return std::optional<std::string>();
    }
    std::string reason;
    if (const bool* mark = yanked->if_boolean()) {
        if (!*mark) {
            return std::optional<std::string>();
        }
        HG_TRY(reason, text_or_empty(file, "yanked_reason"));
    } else if (const std::string* text = yanked->if_text()) {
        reason = *text;
    } else {
        return bad_source("yanked", "a boolean or a text");
    }
    if (reason.size() > verify::limits::yank_reason_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a yank's reason of at most " +
                std::to_string(verify::limits::yank_reason_bytes) +
                " bytes in the source's page, saw " + std::to_string(reason.size())
        );
    }
    // One line, as pages have it.
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' '
    );
    return std::optional(std::move(reason));
}

Result<SourceFile> read_source_file(const JsonValue& file, const Dialect& dialect) {
    SourceFile source;
    HG_TRY(source.sha256, read_digest(file, dialect.digests));
    HG_TRY(source.facts.yanked, read_yank(file));
    HG_TRY(const auto time, text_or_empty(file, dialect.upload_time));
    if (!time.empty()) {
        HG_TRY(source.facts.upload_time, parse_rfc3339(time));
    }
    return source;
}

Outcome read_source_files(const JsonValue& files, const Dialect& dialect, SourcePage& page) {
    const JsonArray* array = files.if_array();
    if (array == nullptr) {
        return bad_source("files", "an array");
    }
    for (const JsonValue& file : *array) {
        HG_TRY(const auto text, file.text_member("filename"));
        const auto name = verify::parse_dist_file_name(text);
        if (!name) {
            continue;  // An egg, an installer: nothing that is imported.
        }
        auto source = read_source_file(file, dialect);
        if (!source) {
            return std::move(source).error().at(verify::printable(text));
        }
        if (!page.emplace(*name, *std::move(source)).second) {
            return Error(
                ErrorCode::malformed,
                "expected every file once in the source's page, saw " + name->text() + " twice"
            );
        }
    }
    return {};
}

}  // namespace

Result<SourcePage> parse_source_page(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, source_limits));
    SourcePage page;
    if (const JsonValue* files = document.find("files")) {
        HG_CHECK(read_source_files(*files, simple_api, page));
        return page;
    }
    const JsonValue* releases = document.find("releases");
    if (releases == nullptr || releases->if_object() == nullptr) {
        return bad_source("files", "an array (or 'releases', an object)");
    }
    for (const auto& [version, files] : *releases->if_object()) {
        HG_CHECK(read_source_files(files, older_api, page));
    }
    return page;
}

Outcome merge_source_page(SourcePage& page, const SourcePage& other) {
    for (const auto& [name, added] : other) {
        const auto [known, is_new] = page.emplace(name, added);
        if (is_new) {
            continue;
        }
        auto& [digest, facts] = known->second;
        if (digest && added.sha256 && *digest != *added.sha256) {
            return Error(
                ErrorCode::conflict,
                "expected the source's pages to agree on " + name.text() + ", one says sha256 " +
                    digest->to_hex() + ", another " + added.sha256->to_hex()
            );
        }
        digest = digest ? digest : added.sha256;
        const auto& yanked = added.facts.yanked;
        if (yanked && (!facts.yanked || facts.yanked->size() < yanked->size())) {
            facts.yanked = yanked;
        }
        facts.upload_time = facts.upload_time ? facts.upload_time : added.facts.upload_time;
    }
    return {};
}

}  // namespace heliograph::mirror
