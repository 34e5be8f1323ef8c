// SPDX-License-Identifier: Apache-2.0
// What an XML-RPC call was answered with, in the kinds of value that indexes answer with, under
// limits.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace heliograph::mirror {

namespace xml_rpc_answer_limits {
inline constexpr std::size_t text_bytes = 160U * 1024U * 1024U;
inline constexpr std::size_t values = 4'000'000;
inline constexpr std::size_t depth = 24;
inline constexpr std::size_t value_bytes = 4096;
}  // namespace xml_rpc_answer_limits

struct XmlRpcNode;
struct XmlRpcMember;

struct XmlRpcNil {};
struct XmlRpcArray {
    std::vector<XmlRpcNode> items;
};
struct XmlRpcStruct {
    std::vector<XmlRpcMember> members;  ///< In their order; a name may come twice.
};

/// One value.
struct XmlRpcNode {
    std::variant<std::string, std::int64_t, XmlRpcNil, XmlRpcArray, XmlRpcStruct> value;
};

struct XmlRpcMember {
    std::string name;
    XmlRpcNode value;
};

/// What the server says that it could not do.
struct XmlRpcFailure {
    std::int64_t code = 0;
    std::string text;
};

/// @param text  At most xml_rpc_answer_limits::text_bytes.
/// @errors malformed (no XML, a document type, another document, a value of another kind, an
/// integer that is none), too_large.
/// @thread Safe. @cost One pass.
/// @source The XML-RPC specification, "Response format", "Fault example"; `nil` and `i8` as
/// extensions.
[[nodiscard]] Result<std::variant<XmlRpcNode, XmlRpcFailure>> parse_xml_rpc_answer(
    std::string_view text
);

}  // namespace heliograph::mirror
