// SPDX-License-Identifier: Apache-2.0
// A token that opens is one that its key made: sealed anew with its own time and vector it is the
// same text. A key that parses gives back its own text.
#include <pki/crypto/fernet.hpp>
#include <pki/crypto/fernet_codec.hpp>

#include <algorithm>
#include <cstdint>

namespace heliograph {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    const std::string_view text = text_of(bytes);
    constexpr std::string_view key_text = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    const auto key = pki::FernetKey::parse(bytes_of(key_text));
    HG_ASSERT(key.has_value());
    if (const auto other = pki::FernetKey::parse(bytes)) {
        HG_ASSERT(text_of(other->to_text().expose()) == text);
    }
    const auto token = pki::FernetToken::decode(text);
    if (!token) {
        return 0;
    }
    const auto authentic = token->is_authentic(*key);
    HG_ASSERT(authentic.has_value());
    // Also what is not authentic, or no fuzzer would ever come this far.
    const auto message = token->decrypt(*key);
    HG_ASSERT(message.has_value());
    if (*authentic && *message) {
        pki::FernetStamp stamp{.seconds = token->seconds(), .initial = {}};
        std::copy_n(token->raw.begin() + 9, stamp.initial.size(), stamp.initial.begin());
        const auto again = pki::render_fernet(*key, (*message)->expose(), stamp);
        HG_ASSERT(again.has_value() && *again == text);
    }
    return 0;
}

}  // namespace heliograph
