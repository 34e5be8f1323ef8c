// SPDX-License-Identifier: Apache-2.0
// A throw-away authority for tests: it signs what is asked for at once, and its keys never touch a
// disk.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::pki {

struct EphemeralRequest {
    AuthorityRequest authority = {};
    std::vector<IssueRequest> issue;  ///< At least one; names differ; `folder` is not looked at.
    std::filesystem::path folder;     ///< Must not exist, or be empty.
};

/// Makes root and intermediate in memory, signs the certificates, and writes
/// FOLDER/{root.crt,intermediate.crt,crl.pem} and FOLDER/NAME as issue() would, all in one step.
/// The keys of root and intermediate are wiped with the call: nothing more can ever be signed.
/// @return  The root. @errors invalid_argument, exists, io, denied, crypto. @thread Safe.
[[nodiscard]] Result<Certificate> make_ephemeral(
    const EphemeralRequest& request, const Clock& clock
);

}  // namespace heliograph::pki
