// SPDX-License-Identifier: Apache-2.0
// A page that a run accepted, with all that it was accepted by, so that a later run can judge it
// anew without a network.
//
//   {"format":"heliograph-kept-page-1","source":URL,"serial":N,"page":N,"signature":N,"chain":N,"lists":N|null,
//    "sha256":HEX}                    one line of at most 4096 bytes
//   the bytes of page, signature, chain and lists, in this order; `sha256` is theirs together, and
//   tells a damaged entry from false evidence
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/serial.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {

struct KeptPage {
    std::string source;     ///< Base URL of the mirror that gave it.
    verify::Serial serial;  ///< As the page says: of two, the newer is kept.
    Bytes page;             ///< The JSON form, as served.
    Bytes signature;
    Bytes chain_pem;
    std::optional<Bytes> revocation_pem;  ///< None when the mirror had none.

    friend bool operator==(const KeptPage&, const KeptPage&) = default;
};

/// @thread Safe. @cost One pass.
[[nodiscard]] Bytes render_kept_page(const KeptPage& kept);

/// @errors malformed (cut off, longer than it says, altered), too_large (a part over the limit of
/// its document), unsupported (another format). @thread Safe. @cost One pass.
[[nodiscard]] Result<KeptPage> parse_kept_page(ByteSpan bytes);

}  // namespace heliograph::mirror
