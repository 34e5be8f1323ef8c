// SPDX-License-Identifier: Apache-2.0
// What XML-RPC calls are answered with. Private to this room.
#pragma once

#include <mirror/journal/warehouse_event.hpp>
#include <mirror/net/http_message.hpp>
#include <verify/index/serial.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// A fault's number, as the main index uses them.
enum class XmlRpcFault {
    parse = -32700,
    method_not_found = -32601,
    invalid_parameters = -32602,
    wrapped = -32500,      ///< The text begins with the class of the failure.
    unavailable = -32403,  ///< Of this server: ask again later.
};

/// The answer with this document: 200 for faults, too, since a caller's library reads the document
/// of no other status.
[[nodiscard]] HttpReply xml_reply(const std::string& xml);

/// Of a call that the server cannot answer now.
[[nodiscard]] HttpReply unavailable_reply();

/// Of a call beyond a client's share.
[[nodiscard]] HttpReply too_many_calls_reply();

[[nodiscard]] std::string render_fault(XmlRpcFault fault, std::string_view text);
[[nodiscard]] std::string render_serial(verify::Serial serial);
/// An array of arrays: name, version or nil, seconds since 1970, action, serial.
[[nodiscard]] std::string render_events(const std::vector<WarehouseEvent>& events);
/// A struct: name as people write it to serial.
[[nodiscard]] std::string render_packages(const std::map<std::string, verify::Serial>& packages);

}  // namespace heliograph::mirror
