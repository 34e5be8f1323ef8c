// SPDX-License-Identifier: Apache-2.0
// Private: revocation lists of several answers as one text.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

namespace heliograph::mirror {

/// The lists of both texts, each once, the newest first, as many as one judgement may have. Lists
/// add to what is known: whoever is revoked by one of them is, and one that is unsound takes
/// nothing away.
/// @errors As verify::parse_server_revocation(). @thread Safe. @cost Linear.
[[nodiscard]] Result<Bytes> join_lists(ByteSpan one, ByteSpan other);

}  // namespace heliograph::mirror
