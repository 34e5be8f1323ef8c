// SPDX-License-Identifier: Apache-2.0
// Private: walks from one certificate up to trusted ones, depth first, within the budgets.
#pragma once

#include <pki/x509/chain_evidence.hpp>

#include <functional>

namespace heliograph::pki {

/// Which links may be walked: `good` for paths that could hold, `loose` to tell why none does.
enum class WalkedLinks { good, loose };

/// Shows each path that ends in a trusted certificate. @return True to end the search.
using PathVisitor = std::function<Result<bool>(const CertificatePath& path)>;

/// @return The longest path that was walked, trusted or not. @errors crypto, and the visitor's own.
[[nodiscard]] Result<CertificatePath> search_paths(
    ChainEvidence& evidence, std::size_t start, WalkedLinks links, const PathVisitor& visit
);

}  // namespace heliograph::pki
