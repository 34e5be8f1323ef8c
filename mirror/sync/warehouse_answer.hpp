// SPDX-License-Identifier: Apache-2.0
// The main index's three XML-RPC calls that mirrors use: what is asked, and what the answers say,
// strictly.
#pragma once

#include <mirror/sync/xml_rpc_value.hpp>
#include <pki/base/clock.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/root_list.hpp>
#include <verify/index/serial.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// The most rows that one answer of `changelog_since_serial` holds; whoever gets so many asks on.
inline constexpr std::size_t warehouse_rows = 50'000;

/// One row of `changelog_since_serial`.
struct WarehouseRow {
    /// None of a row that is about the whole index, or about a name that no project can have.
    std::optional<verify::ProjectName> project;
    Instant time;
    std::string action;
    verify::Serial serial;
};

/// What a row says of its project beyond that it changed. Actions that nobody knows mean a change.
enum class WarehouseChange {
    other,
    withdrawal,  ///< Something is no longer offered, or yanked.
    removal,     ///< The project went.
};

/// @source The action strings of the main index's journal. @thread Safe.
[[nodiscard]] WarehouseChange change_of(std::string_view action);

/// @param serial  The only parameter, if there is one. @thread Safe.
[[nodiscard]] std::string render_xml_rpc_call(
    std::string_view method, std::optional<verify::Serial> serial
);

/// Of `changelog_last_serial`. @errors malformed. @thread Safe.
[[nodiscard]] Result<verify::Serial> read_last_serial(const XmlRpcNode& answer);

/// Of `changelog_since_serial`.
/// @errors malformed (another kind of row, serials that do not ascend from @p since), too_large.
/// @thread Safe.
[[nodiscard]] Result<std::vector<WarehouseRow>> read_changelog_rows(
    const XmlRpcNode& answer, verify::Serial since
);

/// Of `list_packages_with_serial`: by name, ascending; of two spellings of one name the higher
/// serial.
/// @errors malformed. @thread Safe.
[[nodiscard]] Result<std::vector<verify::RootEntry>> read_package_serials(const XmlRpcNode& answer);

}  // namespace heliograph::mirror
