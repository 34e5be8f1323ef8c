// SPDX-License-Identifier: Apache-2.0
// A new master: folder, signing credential, trust bundle and first evidence, whole or not at all.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/credential.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/verdict.hpp>

#include <filesystem>
#include <string>

namespace heliograph::mirror {

struct MasterRequest {
    std::filesystem::path folder;
    pki::Credential signer;            ///< Signs pages; its chain must end in a root of `trust`.
    verify::TrustBundle trust;         ///< What clients will pin.
    std::string revocation_lists_pem;  ///< Empty: clients that demand revocation will refuse.
};

/// Makes the folder of a master, unless a client would refuse what it signs.
/// @return  The judgement that clients make of the signer now; nothing was made unless it is
///          accepted.
/// @errors  malformed (the trust bundle is none that clients take: a root that is no CA
/// certificate, a
///          name that is not printable ASCII), exists (something stands in the folder's place), io,
///          denied, crypto.
/// @thread  Safe for different folders.
/// @source  A signer that no client accepts must not publish: house rule of one gate for all.
[[nodiscard]] Result<verify::Verdict> init_master(
    const MasterRequest& request, const Clock& clock, EventSink& events
);

/// judge_evidence() of what the request would publish, told to the operator.
/// @errors crypto, internal. @thread Safe. @cost A few signature checks.
[[nodiscard]] Result<verify::Verdict> judge_own_signer(const MasterRequest& request, Instant at);

}  // namespace heliograph::mirror
