// SPDX-License-Identifier: Apache-2.0
// How a program that uses libcrypto ends.
#pragma once

namespace heliograph::pki {

/// Leaves what libcrypto holds to the end of the process, in place of giving it back piece by
/// piece: a twentieth of the time of a short command. Keys are wiped by their owners, before.
/// @pre Nothing of libcrypto was used: the first word of main(). @thread The first one.
/// @source OPENSSL_init_crypto(3), OPENSSL_INIT_NO_ATEXIT.
void skip_library_cleanup();

}  // namespace heliograph::pki
