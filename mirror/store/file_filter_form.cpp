// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_filter_form.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view wheel_word = "wheel";
constexpr std::string_view sdist_word = "sdist";

Error malformed(const std::string& expected) {
    return {ErrorCode::malformed, "expected " + expected + " in the filter of files"};
}

JsonArray texts_of(const std::vector<TagPattern>& patterns) {
    JsonArray texts;
    for (const auto& pattern : patterns) {
        texts.emplace_back(pattern.text());
    }
    return texts;
}

JsonObject json_of_versions(const WantedVersions& versions) {
    JsonObject by_project;
    for (const auto& [project, sets] : versions) {
        JsonArray texts;
        for (const auto& set : sets) {
            texts.emplace_back(set.text());
        }
        by_project.emplace_back(project.text(), std::move(texts));
    }
    return by_project;
}

Result<const std::string*> text_of_value(const JsonValue& value) {
    if (value.if_text() == nullptr) {
        return malformed("a text");
    }
    return value.if_text();
}

Result<std::vector<TagPattern>> read_patterns(const JsonValue& value) {
    if (value.if_array() == nullptr) {
        return malformed("patterns of tags as a list");
    }
    std::vector<TagPattern> patterns;
    for (const auto& one : *value.if_array()) {
        HG_TRY(const auto* const text, text_of_value(one));
        HG_TRY(auto pattern, parse_tag_pattern(*text));
        patterns.push_back(std::move(pattern));
    }
    return patterns;
}

Result<std::vector<pki::Sha256>> read_digests(const JsonValue& value) {
    if (value.if_array() == nullptr) {
        return malformed("digests as a list");
    }
    std::vector<pki::Sha256> digests;
    for (const auto& one : *value.if_array()) {
        HG_TRY(const auto* const text, text_of_value(one));
        HG_TRY(const auto digest, pki::Sha256::parse_hex(*text));
        digests.push_back(digest);
    }
    std::sort(digests.begin(), digests.end());
    digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
    return digests;
}

Result<std::uint64_t> read_number(const JsonValue& value) {
    if (value.if_integer() == nullptr || *value.if_integer() < 0) {
        return malformed("a number");
    }
    return static_cast<std::uint64_t>(*value.if_integer());
}

Outcome read_locked(const JsonValue& value, FileFilter& filter) {
    if (value.if_object() == nullptr) {
        return malformed("locked files by project");
    }
    for (const auto& [name, digests] : *value.if_object()) {
        HG_TRY(auto project, verify::parse_normalised_name(name));
        HG_TRY(auto read, read_digests(digests));
        filter.locked.emplace(std::move(project), std::move(read));
    }
    return {};
}

Result<WantedVersions> read_versions(const JsonValue& value) {
    if (value.if_object() == nullptr) {
        return malformed("specifiers by project");
    }
    WantedVersions versions;
    for (const auto& [name, clauses] : *value.if_object()) {
        HG_TRY(auto project, verify::parse_normalised_name(name));
        if (clauses.if_array() == nullptr) {
            return malformed("specifiers as a list");
        }
        auto& sets = versions[std::move(project)];
        for (const auto& one : *clauses.if_array()) {
            HG_TRY(const auto* const text, text_of_value(one));
            HG_TRY(auto set, verify::parse_specifier_set(*text));
            sets.push_back(std::move(set));
        }
    }
    return versions;
}

Outcome read_kind(const JsonValue& value, FileFilter& filter) {
    HG_TRY(const auto* const word, text_of_value(value));
    if (*word != wheel_word && *word != sdist_word) {
        return malformed("wheel or sdist");
    }
    filter.kind = *word == wheel_word ? verify::FileKind::wheel : verify::FileKind::sdist;
    return {};
}

Outcome read_bound(std::string_view name, const JsonValue& value, FileFilter& filter) {
    HG_TRY(const auto number, read_number(value));
    if (name == "most-bytes") {
        filter.most_bytes = number;
    } else if (name == "least-age-seconds") {
        filter.least_age = std::chrono::seconds(
            std::min<std::uint64_t>(number, file_filter_limits::age.count() + 1)
        );
    } else {
        filter.latest = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(number, file_filter_limits::latest + 1)
        );
    }
    return {};
}

Outcome read_member(const JsonMember& member, FileFilter& filter) {
    const auto& [name, value] = member;
    if (name == "locked") {
        return read_locked(value, filter);
    }
    if (name == "locked-versions") {
        HG_TRY(filter.locked_versions, read_versions(value));
        return {};
    }
    if (name == "specifiers") {
        HG_TRY(filter.specifiers, read_versions(value));
        return {};
    }
    if (name == "file-type") {
        return read_kind(value, filter);
    }
    if (name == "platforms") {
        HG_TRY(filter.platforms, read_patterns(value));
        return {};
    }
    if (name == "python-tags") {
        HG_TRY(filter.pythons, read_patterns(value));
        return {};
    }
    if (name == "most-bytes" || name == "least-age-seconds" || name == "latest") {
        return read_bound(name, value, filter);
    }
    return Error(
        ErrorCode::unsupported,
        "expected a filter of files as this release knows it, saw the member '" +
            verify::printable(name) + "'; use the release that made it"
    );
}

bool are_too_many(const WantedVersions& versions) {
    std::size_t sets = 0;
    for (const auto& [project, of_project] : versions) {
        sets += of_project.size();
    }
    return std::max(sets, versions.size()) > file_filter_limits::projects;
}

}  // namespace

JsonObject json_of_file_filter(const FileFilter& filter) {
    JsonObject document;
    if (!filter.locked.empty()) {
        JsonObject locked;
        for (const auto& [project, digests] : filter.locked) {
            JsonArray texts;
            for (const auto& digest : digests) {
                texts.emplace_back(digest.to_hex());
            }
            locked.emplace_back(project.text(), std::move(texts));
        }
        document.emplace_back("locked", std::move(locked));
    }
    if (!filter.locked_versions.empty()) {
        document.emplace_back("locked-versions", json_of_versions(filter.locked_versions));
    }
    if (!filter.specifiers.empty()) {
        document.emplace_back("specifiers", json_of_versions(filter.specifiers));
    }
    if (filter.kind) {
        const bool wheels = *filter.kind == verify::FileKind::wheel;
        document.emplace_back("file-type", wheels ? wheel_word : sdist_word);
    }
    if (!filter.platforms.empty()) {
        document.emplace_back("platforms", texts_of(filter.platforms));
    }
    if (!filter.pythons.empty()) {
        document.emplace_back("python-tags", texts_of(filter.pythons));
    }
    if (filter.most_bytes) {
        document.emplace_back("most-bytes", *filter.most_bytes);
    }
    if (filter.least_age) {
        document.emplace_back("least-age-seconds", filter.least_age->count());
    }
    if (filter.latest) {
        document.emplace_back("latest", *filter.latest);
    }
    return document;
}

Outcome check_file_filter(const FileFilter& filter) {
    std::size_t locked = 0;
    for (const auto& [project, digests] : filter.locked) {
        locked += digests.size();
    }
    if (filter.locked.size() > file_filter_limits::projects ||
        are_too_many(filter.locked_versions) || are_too_many(filter.specifiers) ||
        locked > file_filter_limits::locked_files ||
        filter.platforms.size() > file_filter_limits::patterns ||
        filter.pythons.size() > file_filter_limits::patterns) {
        return Error(
            ErrorCode::too_large,
            "expected at most 100000 projects, 200000 locked files and 100 patterns of each kind "
            "in "
            "the filter of files"
        );
    }
    if ((filter.least_age && *filter.least_age > file_filter_limits::age) ||
        (filter.latest && (*filter.latest == 0 || *filter.latest > file_filter_limits::latest))) {
        return malformed("an age of at most ten years and 1 to 100000 newest releases");
    }
    return {};
}

Result<FileFilter> parse_file_filter(const JsonValue& document) {
    if (document.if_object() == nullptr) {
        return malformed("members");
    }
    FileFilter filter;
    for (const auto& member : *document.if_object()) {
        HG_CHECK(read_member(member, filter));
    }
    HG_CHECK(check_file_filter(filter));
    return filter;
}

std::string mark_of(const FileFilter& filter) {
    if (filter.is_everything()) {
        return {};
    }
    return pki::sha256(bytes_of(render_json(json_of_file_filter(filter)))).to_hex();
}

}  // namespace heliograph::mirror
