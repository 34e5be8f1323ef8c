// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>

#include <string>

namespace heliograph::pki {

Error openssl_error(ErrorCode code, std::string_view action) {
    // The oldest entry is the cause; what follows it are consequences.
    const unsigned long first = ERR_get_error();
    drain_openssl_errors();
    const char* reason = first == 0 ? nullptr : ERR_reason_error_string(first);
    std::string message = "could not ";
    message.append(action).append(": OpenSSL says ");
    message.append(reason == nullptr ? "nothing more" : reason);
    return {code, std::move(message)};
}

Outcome check(int answer, std::string_view action) {
    if (answer == 1) {
        return {};
    }
    return openssl_error(ErrorCode::crypto, action);
}

void drain_openssl_errors() {
    ERR_clear_error();
}

}  // namespace heliograph::pki
