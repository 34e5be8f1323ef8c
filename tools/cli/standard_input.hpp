// SPDX-License-Identifier: Apache-2.0
// What is piped into a command.
#pragma once

#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <cstddef>

namespace heliograph::tools {

/// Reads standard input to its end; it may hold a secret.
/// @param limit_bytes  One byte more is refused. @errors too_large, io. @thread One thread.
[[nodiscard]] Result<SecretBytes> read_standard_input(std::size_t limit_bytes);

}  // namespace heliograph::tools
