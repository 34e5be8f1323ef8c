// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/warehouse_answer.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::array<std::string_view, 5> withdrawing_actions{
    "remove file ", "remove release", "yank release", "project quarantined", "release quarantined"};

Error no_rows(std::string_view what) {
    return {
        ErrorCode::malformed,
        "expected rows of a changelog: name, version, time, action and serial; " +
            std::string(what)};
}

Result<verify::Serial> serial_of_node(const XmlRpcNode& node) {
    const auto* const number = std::get_if<std::int64_t>(&node.value);
    if (number == nullptr || *number < 0 || std::cmp_greater(*number, verify::max_serial.value)) {
        return Error(ErrorCode::malformed, "expected a serial, saw another value");
    }
    return verify::Serial{static_cast<std::uint64_t>(*number)};
}

Result<WarehouseRow> read_row(const XmlRpcNode& node) {
    constexpr std::size_t columns = 5;
    const auto* const array = std::get_if<XmlRpcArray>(&node.value);
    if (array == nullptr || array->items.size() != columns) {
        return no_rows("saw a row of another shape");
    }
    const auto& items = array->items;
    const auto* const name = std::get_if<std::string>(&items[0].value);
    const bool has_version = std::holds_alternative<std::string>(items[1].value) ||
                             std::holds_alternative<XmlRpcNil>(items[1].value);
    const auto* const time = std::get_if<std::int64_t>(&items[2].value);
    const auto* const action = std::get_if<std::string>(&items[3].value);
    if (name == nullptr || !has_version || time == nullptr || action == nullptr) {
        return no_rows("saw other kinds of values");
    }
    constexpr std::int64_t end_of_9999 = 253'402'300'799;
    if (*time < 0 || *time > end_of_9999) {
        return no_rows("saw a time that is none");
    }
    HG_TRY(const auto serial, serial_of_node(items[4]));
    WarehouseRow row{
        .project = std::nullopt,
        .time = Instant(std::chrono::seconds(*time)),
        .action = *action,
        .serial = serial};
    if (auto project = verify::parse_project_name(*name)) {
        row.project = *std::move(project);
    }
    return row;
}

}  // namespace

WarehouseChange change_of(std::string_view action) {
    if (action == "remove project") {
        return WarehouseChange::removal;
    }
    const bool withdraws = std::any_of(
        withdrawing_actions.begin(),
        withdrawing_actions.end(),
        [&](std::string_view one) { return action.starts_with(one); }
    );
    return withdraws ? WarehouseChange::withdrawal : WarehouseChange::other;
}

std::string render_xml_rpc_call(std::string_view method, std::optional<verify::Serial> serial) {
    std::string xml = "<?xml version='1.0'?>\n<methodCall><methodName>";
    xml += method;
    xml += "</methodName><params>";
    if (serial) {
        // i4 for what it can hold: the main index reads both, older servers that one.
        constexpr std::uint64_t most_of_i4 = 0x7fffffff;
        const std::string type = serial->value <= most_of_i4 ? "int" : "i8";
        xml += "<param><value><" + type + ">" + std::to_string(serial->value) + "</" + type +
               "></value></param>";
    }
    return xml + "</params></methodCall>\n";
}

Result<verify::Serial> read_last_serial(const XmlRpcNode& answer) {
    return serial_of_node(answer);
}

Result<std::vector<WarehouseRow>> read_changelog_rows(
    const XmlRpcNode& answer, verify::Serial since
) {
    const auto* const array = std::get_if<XmlRpcArray>(&answer.value);
    if (array == nullptr) {
        return no_rows("saw no array");
    }
    if (array->items.size() > warehouse_rows) {
        return Error(ErrorCode::too_large, "expected at most 50000 rows of a changelog, saw more");
    }
    std::vector<WarehouseRow> rows;
    rows.reserve(array->items.size());
    for (const auto& item : array->items) {
        HG_TRY(auto row, read_row(item));
        if (row.serial <= since) {
            return no_rows("saw serials that do not ascend");
        }
        since = row.serial;
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<std::vector<verify::RootEntry>> read_package_serials(const XmlRpcNode& answer) {
    const auto* const members = std::get_if<XmlRpcStruct>(&answer.value);
    if (members == nullptr || members->members.size() > verify::limits::root_projects) {
        return Error(ErrorCode::malformed, "expected names of projects with their serials");
    }
    std::map<verify::ProjectName, verify::Serial> serials;
    for (const auto& [name, value] : members->members) {
        HG_TRY(auto project, verify::parse_project_name(name));
        HG_TRY(const auto serial, serial_of_node(value));
        auto& known = serials[std::move(project)];
        known = std::max(known, serial);
    }
    std::vector<verify::RootEntry> entries;
    entries.reserve(serials.size());
    for (const auto& [project, serial] : serials) {
        entries.push_back({.name = project, .serial = serial});
    }
    return entries;
}

}  // namespace heliograph::mirror
