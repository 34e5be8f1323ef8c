// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/index/page_text.hpp>
#include <verify/index/root_list.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr JsonLimits json_limits{
    .text_bytes = limits::root_list_bytes, .depth = 8, .values = 6 * limits::root_projects};

Result<Serial> read_serial(const JsonValue& object) {
    HG_TRY(auto value, object.integer_member("_last-serial"));
    if (value < 0 || Serial{static_cast<std::uint64_t>(value)} > max_serial) {
        return Error(
            ErrorCode::malformed,
            "expected a serial between 0 and 2^53 - 1, saw " + std::to_string(value)
        );
    }
    return Serial{static_cast<std::uint64_t>(value)};
}

Result<RootEntry> read_entry(const JsonValue& object) {
    HG_TRY(auto text, object.text_member("name"));
    HG_TRY(auto name, parse_normalised_name(text));
    HG_TRY(auto serial, read_serial(object));
    return RootEntry{.name = std::move(name), .serial = serial};
}

}  // namespace

std::string render_root_html(const RootList& list) {
    std::string html =
        "<!DOCTYPE html>\n<html>\n<head>\n"
        "<meta name=\"pypi:repository-version\" content=\"1.1\">\n"
        "<title>Simple index</title>\n</head>\n<body>\n";
    for (const RootEntry& entry : list.projects) {
        html += "<a href=\"" + entry.name.text() + "/\">" + entry.name.text() + "</a><br>\n";
    }
    html += "</body>\n</html>\n<!--SERIAL " + std::to_string(list.serial.value) + "-->";
    return html;
}

std::string render_root_json(const RootList& list) {
    JsonArray projects;
    projects.reserve(list.projects.size());
    for (const RootEntry& entry : list.projects) {
        projects.emplace_back(JsonObject{
            {"name", entry.name.text()},
            {"_last-serial", static_cast<std::int64_t>(entry.serial.value)},
        });
    }
    return render_json(JsonObject{
        {"meta",
         JsonObject{
             {"api-version", "1.1"},
             {"_last-serial", static_cast<std::int64_t>(list.serial.value)}}},
        {"projects", std::move(projects)},
    });
}

Result<RootList> parse_root_json(std::string_view text) {
    HG_TRY(auto document, parse_json(text, json_limits));
    const JsonValue* meta = document.find("meta");
    if (meta == nullptr) {
        return Error(ErrorCode::malformed, "expected the object 'meta' in the root list, saw none");
    }
    HG_TRY(auto version, meta->text_member("api-version"));
    HG_CHECK(page_text::check_repository_version(version));
    RootList list;
    HG_TRY(list.serial, read_serial(*meta));
    HG_TRY(auto projects, document.array_member("projects"));
    list.projects.reserve(projects->size());
    for (const JsonValue& object : *projects) {
        HG_TRY(auto entry, read_entry(object));
        if (!list.projects.empty() && !(list.projects.back().name < entry.name)) {
            return Error(
                ErrorCode::malformed,
                "expected the root list in ascending order, saw '" + entry.name.text() +
                    "' after '" + list.projects.back().name.text() + "'"
            );
        }
        list.projects.push_back(std::move(entry));
    }
    return list;
}

}  // namespace heliograph::verify
