// SPDX-License-Identifier: Apache-2.0
// Private: how strictly documents are read.
#pragma once

namespace heliograph::pki {

/// `strict`: DER as the standard has it and nothing else; whatever is trusted is read so.
/// `for_lint`: where only the form is wrong and the meaning is plain, reading goes on and the
/// fields say what was wrong, so that one fault does not hide all others.
enum class ReadingMode { strict, for_lint };

}  // namespace heliograph::pki
