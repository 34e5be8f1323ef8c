// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/signature_along.hpp>
#include <pki/base/encoding.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

std::optional<Bytes> signature_along(const HeaderList& headers) {
    const auto text = headers.find(page_signature_field);
    if (!text || text->size() > 2 * verify::limits::signature_bytes) {
        return std::nullopt;
    }
    auto signature = decode_base64(*text);
    return signature ? std::optional(*std::move(signature)) : std::nullopt;
}

}  // namespace heliograph::mirror
