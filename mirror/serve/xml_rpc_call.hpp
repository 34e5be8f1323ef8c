// SPDX-License-Identifier: Apache-2.0
// One XML-RPC call, read by expat under limits: no document type, hence no entities, little depth.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace heliograph::mirror {

namespace xml_rpc_limits {
inline constexpr std::size_t text_bytes = 16'384;
inline constexpr std::size_t depth = 16;
inline constexpr std::size_t parameters = 16;
inline constexpr std::size_t value_bytes = 1024;
}  // namespace xml_rpc_limits

/// A value of a kind that no call of ours takes: boolean, double, array...
struct OtherValue {
    friend bool operator==(const OtherValue&, const OtherValue&) = default;
};

using XmlRpcValue = std::variant<std::int64_t, std::string, OtherValue>;

struct XmlRpcCall {
    std::string method;
    std::vector<XmlRpcValue> parameters;

    friend bool operator==(const XmlRpcCall&, const XmlRpcCall&) = default;
};

/// @param text  At most xml_rpc_limits::text_bytes.
/// @errors malformed (no XML, a document type, another document than a call, an integer that is
/// none), too_large.
/// @thread Safe. @cost One pass. @source The XML-RPC specification, "Request format".
[[nodiscard]] Result<XmlRpcCall> parse_xml_rpc_call(std::string_view text);

}  // namespace heliograph::mirror
