// SPDX-License-Identifier: Apache-2.0
// The closed set of reasons why something could not be done. "Checked and bad" is a Verdict, never
// an Error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heliograph {

/// Why an operation failed. Callers branch on the code; people read the message.
enum class ErrorCode {
    invalid_argument,  ///< The caller asked for something that cannot be meant.
    malformed,         ///< Bytes are not of the format they must have.
    too_large,         ///< A named limit was crossed.
    not_found,         ///< The named thing does not exist.
    exists,            ///< The named thing exists already and must not be replaced.
    denied,            ///< Permission, ownership or authorisation.
    io,                ///< Disk: read, write, sync, no space.
    network,           ///< Connection, TLS, DNS or an HTTP status that means failure.
    timeout,           ///< A deadline passed.
    cancelled,         ///< The caller asked to stop.
    unsupported,       ///< Known, but not offered here.
    stale,             ///< A certificate or its issuer has expired, or is not valid yet.
    refused,           ///< Evidence, or a simulation of what would follow, speaks against it.
    conflict,          ///< Another process holds it, or it changed underneath.
    crypto,            ///< A cryptographic library refused.
    internal,          ///< A third-party library failed in a way that should not happen.
};

/// The stable word of a code, as it stands in JSON output: `not_found`, `too_large`...
/// @thread Safe. @cost None.
[[nodiscard]] std::string_view error_code_name(ErrorCode code);

/// One failure: a code, one sentence, and where it happened (innermost first).
/// The sentence says what was expected, what was seen and what to do; it never holds a secret.
class Error {
  public:
    Error(ErrorCode code, std::string message);

    [[nodiscard]] ErrorCode code() const { return m_code; }
    [[nodiscard]] const std::string& message() const { return m_message; }
    [[nodiscard]] const std::vector<std::string>& trail() const { return m_trail; }

    /// Adds one place to the trail: a file, a URL without credentials, a JSON path. At most 8 are
    /// kept.
    [[nodiscard]] Error at(std::string place) &&;

    /// `message (in place, in outer place)`, for people.
    [[nodiscard]] std::string describe() const;

  private:
    ErrorCode m_code;
    std::string m_message;
    std::vector<std::string> m_trail;
};

/// An `io`, `denied`, `not_found` or `exists` error from an errno value.
/// @param action  What was tried, with its object: `write /srv/index/catalog.db`.
/// @thread Safe. @cost None.
[[nodiscard]] Error system_error(int error_number, std::string_view action);

}  // namespace heliograph
