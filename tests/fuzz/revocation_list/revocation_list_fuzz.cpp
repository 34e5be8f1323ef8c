// SPDX-License-Identifier: Apache-2.0
// DER or PEM: a list that parses gives back its own bytes, and its PEM parses to the same list.
#include <pki/x509/revocation_list.hpp>

#include <cstdint>

using heliograph::ByteSpan;
using heliograph::pki::RevocationList;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    if (const auto list = RevocationList::parse_der(bytes)) {
        HG_ASSERT(list->to_der() == heliograph::to_bytes(bytes));
        const auto again = RevocationList::parse_pem_list(list->to_pem(), 1);
        HG_ASSERT(again.has_value() && again->size() == 1);
        HG_ASSERT(again->front().to_der() == list->to_der());
        static_cast<void>(list->lists("2a"));
    }
    if (const auto lists = RevocationList::parse_pem_list(heliograph::text_of(bytes), 4)) {
        HG_ASSERT(lists->size() <= 4);
    }
    return 0;
}
