// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/index/ascii.hpp>
#include <verify/index/legacy_json.hpp>
#include <verify/index/metadata_fields.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace heliograph::verify {

namespace {

// Fields of which `info` has one text, by their name there and in the metadata.
constexpr std::array<std::pair<const char*, std::string_view>, 12> single_fields{{
    {"author", "author"},
    {"author_email", "author-email"},
    {"description_content_type", "description-content-type"},
    {"download_url", "download-url"},
    {"home_page", "home-page"},
    {"keywords", "keywords"},
    {"license", "license"},
    {"license_expression", "license-expression"},
    {"maintainer", "maintainer"},
    {"maintainer_email", "maintainer-email"},
    {"requires_python", "requires-python"},
    {"summary", "summary"},
}};

constexpr std::array<std::pair<const char*, std::string_view>, 5> list_fields{{
    {"classifiers", "classifier"},
    {"dynamic", "dynamic"},
    {"license_files", "license-file"},
    {"provides_extra", "provides-extra"},
    {"requires_dist", "requires-dist"},
}};

JsonValue first_of(const MetadataFields& fields, std::string_view name) {
    for (const auto& [field, value] : fields.headers) {
        if (field == name) {
            return value;
        }
    }
    return {};
}

JsonArray all_of(const MetadataFields& fields, std::string_view name) {
    JsonArray all;
    for (const auto& [field, value] : fields.headers) {
        if (field == name) {
            all.emplace_back(value);
        }
    }
    return all;
}

// `Project-URL: Label, URL`; the first of a label wins, since names of members are unique.
JsonValue project_urls(const MetadataFields& fields) {
    JsonObject urls;
    std::set<std::string> seen;
    for (const auto& [field, value] : fields.headers) {
        const std::size_t comma = field == "project-url" ? value.find(',') : std::string::npos;
        if (comma == std::string::npos) {
            continue;
        }
        std::string label(ascii::trim(value.substr(0, comma)));
        if (seen.insert(label).second) {
            urls.emplace_back(std::move(label), std::string(ascii::trim(value.substr(comma + 1))));
        }
    }
    return urls.empty() ? JsonValue() : JsonValue(std::move(urls));
}

JsonValue info_of(const ProjectPage& page, const PageFile& subject, const MetadataFields& fields) {
    const JsonValue name = first_of(fields, "name");
    JsonObject info{
        {"name", name.is_null() ? JsonValue(page.name.text()) : name},
        {"version", subject.name.version().text()},
        {"yanked", subject.yanked.has_value()},
        {"yanked_reason",
         subject.yanked && !subject.yanked->empty() ? JsonValue(*subject.yanked) : JsonValue()},
        {"description",
         fields.description.empty() ? first_of(fields, "description")
                                    : JsonValue(fields.description)},
        {"project_urls", project_urls(fields)},
    };
    for (const auto& [member, field] : single_fields) {
        info.emplace_back(member, first_of(fields, field));
    }
    for (const auto& [member, field] : list_fields) {
        JsonArray all = all_of(fields, field);
        const bool may_be_null = std::string_view(member) != "classifiers";
        info.emplace_back(
            member, all.empty() && may_be_null ? JsonValue() : JsonValue(std::move(all))
        );
    }
    return info;
}

std::string python_version_of(const DistFileName& name) {
    if (name.kind() == FileKind::sdist) {
        return "source";
    }
    std::string pythons;
    std::string_view last;
    for (const WheelTag& tag : name.tags()) {
        if (tag.python != last) {
            pythons += (pythons.empty() ? "" : ".") + tag.python;
            last = tag.python;
        }
    }
    return pythons;
}

JsonValue text_or_null(const std::optional<std::string>& text) {
    return text ? JsonValue(*text) : JsonValue();
}

JsonValue legacy_file(const PageFile& file) {
    const bool wheel = file.name.kind() == FileKind::wheel;
    JsonObject object{
        {"filename", file.name.text()},
        {"url", file.path().absolute()},
        {"size", file.size_bytes ? JsonValue(*file.size_bytes) : JsonValue()},
        {"packagetype", wheel ? "bdist_wheel" : "sdist"},
        {"python_version", python_version_of(file.name)},
        {"requires_python", text_or_null(file.requires_python)},
        {"yanked", file.yanked.has_value()},
        {"yanked_reason",
         file.yanked && !file.yanked->empty() ? JsonValue(*file.yanked) : JsonValue()},
        {"digests", JsonObject{{"sha256", file.sha256.to_hex()}}},
        {"core-metadata",
         file.core_metadata ? JsonValue(JsonObject{{"sha256", file.core_metadata->to_hex()}})
                            : JsonValue(false)},
        {"comment_text", ""},
        {"has_sig", false},
        {"downloads", -1},
    };
    if (file.upload_time) {
        std::string time = format_rfc3339(*file.upload_time);
        object.emplace_back("upload_time_iso_8601", time);
        time.pop_back();
        object.emplace_back("upload_time", std::move(time));
    }
    return object;
}

}  // namespace

const PageFile* legacy_subject(const ProjectPage& page, const std::optional<Version>& version) {
    const PageFile* best = nullptr;
    const auto rank = [](const PageFile& file) {
        return std::pair(!file.yanked.has_value(), !file.name.version().is_prerelease());
    };
    for (const PageFile& file : page.files) {
        if (version && file.name.version() != *version) {
            continue;
        }
        if (best == nullptr || rank(file) > rank(*best)) {
            best = &file;
            continue;
        }
        const auto order = file.name.version() <=> best->name.version();
        const bool wheel_instead = order == 0 && best->name.kind() == FileKind::sdist;
        if (rank(file) == rank(*best) && (order > 0 || wheel_instead)) {
            best = &file;
        }
    }
    return best;
}

Result<std::string> render_legacy_json(
    const ProjectPage& page, const PageFile& subject, std::string_view metadata, LegacyScope scope
) {
    HG_TRY(const auto fields, read_metadata_fields(metadata));
    JsonArray urls;
    JsonObject releases;
    JsonArray files;
    const Version* release = nullptr;
    for (const PageFile& file : page.files) {
        const Version& version = file.name.version();
        if (version == subject.name.version()) {
            urls.push_back(legacy_file(file));
        }
        if (scope == LegacyScope::release) {
            continue;
        }
        // Files stand in the order of their versions.
        if (release != nullptr && *release != version) {
            releases.emplace_back(release->text(), std::exchange(files, {}));
        }
        release = &version;
        files.push_back(legacy_file(file));
    }
    if (release != nullptr) {
        releases.emplace_back(release->text(), std::move(files));
    }
    JsonObject document{
        {"info", info_of(page, subject, fields)}, {"last_serial", page.serial.value}};
    if (scope == LegacyScope::project) {
        document.emplace_back("releases", std::move(releases));
    }
    document.emplace_back("urls", std::move(urls));
    document.emplace_back("vulnerabilities", JsonArray());
    return render_json(document);
}

}  // namespace heliograph::verify
