// SPDX-License-Identifier: Apache-2.0
// The smallest HTTP client that can read an honest server: one GET a connection, TLS without any
// check. Independent of heliograph's own client, so that a test can see what really is on the wire.
#pragma once

#include <tests/support/scripted_server.hpp>

#include <string>
#include <string_view>

namespace heliograph::test_support {

/// Certificate and key to show to a server that asks for one; empty for none.
using ClientIdentity = TlsIdentity;

/// Gets @p target from a server on this machine.
/// @param base_url  `http://127.0.0.1:PORT/` or https.
/// @param target    Path and query, sent as they are, starting with a slash.
/// @return          The reply as received; chunked bodies are joined.
/// @errors          std::runtime_error when the server cannot be reached or ends the reply early.
[[nodiscard]] Reply plain_get(
    std::string_view base_url,
    const std::string& target,
    const Headers& headers = {},
    const ClientIdentity& identity = {}
);

/// Sends @p bytes on a fresh connection and returns everything the server says until it closes.
[[nodiscard]] std::string plain_exchange(
    std::string_view base_url, std::string_view bytes, const ClientIdentity& identity = {}
);

}  // namespace heliograph::test_support
