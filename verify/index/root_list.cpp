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

std::vector<ProjectName> names_of(RootList list) {
    std::vector<ProjectName> names;
    names.reserve(list.projects.size());
    for (auto& entry : list.projects) {
        names.push_back(std::move(entry.name));
    }
    return names;
}

std::string render_root_part(std::span<const RootEntry> entries, PageForm form) {
    std::string part;
    for (const RootEntry& entry : entries) {
        const std::string& name = entry.name.text();
        if (form == PageForm::html) {
            part += "<a href=\"";
            part += name;
            part += "/\">";
            part += name;
            part += "</a><br>\n";
            continue;
        }
        part += part.empty() ? "{\"name\":\"" : ",{\"name\":\"";
        part += name;
        part += "\",\"_last-serial\":";
        part += std::to_string(entry.serial.value);
        part += '}';
    }
    return part;
}

std::string join_root(Serial serial, PageForm form, const std::vector<std::string_view>& parts) {
    const bool html = form == PageForm::html;
    const std::string number = std::to_string(serial.value);
    std::string root =
        html ? "<!DOCTYPE html>\n<html>\n<head>\n"
               "<meta name=\"pypi:repository-version\" content=\"1.4\">\n"
               "<title>Simple index</title>\n</head>\n<body>\n"
             : "{\"meta\":{\"api-version\":\"1.4\",\"_last-serial\":" + number + "},\"projects\":[";
    std::size_t size_bytes = root.size() + 64 + parts.size();
    for (const std::string_view part : parts) {
        size_bytes += part.size();
    }
    root.reserve(size_bytes);
    std::string_view comma;
    for (const std::string_view part : parts) {
        root += comma;
        root += part;
        comma = html ? "" : ",";
    }
    root += html ? "</body>\n</html>\n<!--SERIAL " + number + "-->" : "]}";
    return root;
}

std::string render_root(const RootList& list, PageForm form) {
    const std::string part = render_root_part(list.projects, form);
    return join_root(
        list.serial,
        form,
        part.empty() ? std::vector<std::string_view>() : std::vector<std::string_view>{part}
    );
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
