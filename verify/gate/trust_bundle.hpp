// SPDX-License-Identifier: Apache-2.0
// The trust bundle: the one file that a client needs to check everything an index serves. Format
// `heliograph-trust-1`.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/x509/certificate.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

/// What a client pins. Places for a TUF root and a log policy are reserved in the format: a bundle
/// that fills them demands evidence which this version cannot check, and is refused.
struct TrustBundle {
    std::string name;  ///< What people call the index; 1 to 200 printable ASCII characters.
    std::vector<pki::Certificate>
        roots;  ///< Roots of page signers and of https mirrors; 1 .. limits::trust_roots.
    std::vector<std::string> mirrors;  ///< Base URLs that the publisher recommends; perhaps none.
};

/// Reads the JSON of a bundle.
/// @param text  At most limits::trust_bundle_bytes.
/// @errors malformed (also: unknown member, no root, a root that is no CA certificate), too_large,
/// unsupported (another format
///         version, a TUF root or a log policy).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<TrustBundle> parse_trust_bundle(std::string_view text);

/// Writes the JSON of a bundle, which parse_trust_bundle() reads back as the same value.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::string render_trust_bundle(const TrustBundle& bundle);

/// What people compare: SHA-256 over the exact bytes of the file.
/// @thread Safe. @cost One pass.
[[nodiscard]] pki::Sha256 trust_fingerprint(ByteSpan file);

/// `abcd:0123:...`, 16 groups of four lower-case hex digits.
/// @thread Safe. @cost None.
[[nodiscard]] std::string format_fingerprint(const pki::Sha256& fingerprint);

/// Names each root once, whatever their order and whatever else the bundle says. The trust state is
/// kept under each of them, so that it outlives a change of roots in which the bundle holds old and
/// new for a while.
/// @thread Safe. @cost None worth noting.
[[nodiscard]] std::vector<pki::Sha256> authority_ids(const TrustBundle& bundle);

}  // namespace heliograph::verify
