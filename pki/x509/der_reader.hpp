// SPDX-License-Identifier: Apache-2.0
// Private: reads DER (X.690, section 10) and nothing more lenient. What this reader accepts has one
// encoding only; it decides, whatever another library thinks of the same bytes.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::pki {

/// Identifier octets of the values that certificates are made of.
namespace der_tag {
inline constexpr std::uint8_t boolean = 0x01;
inline constexpr std::uint8_t integer = 0x02;
inline constexpr std::uint8_t bit_string = 0x03;
inline constexpr std::uint8_t octet_string = 0x04;
inline constexpr std::uint8_t null = 0x05;
inline constexpr std::uint8_t object_id = 0x06;
inline constexpr std::uint8_t enumerated = 0x0a;
inline constexpr std::uint8_t utf8_string = 0x0c;
inline constexpr std::uint8_t numeric_string = 0x12;
inline constexpr std::uint8_t printable_string = 0x13;
inline constexpr std::uint8_t teletex_string = 0x14;
inline constexpr std::uint8_t ia5_string = 0x16;
inline constexpr std::uint8_t utc_time = 0x17;
inline constexpr std::uint8_t generalized_time = 0x18;
inline constexpr std::uint8_t universal_string = 0x1c;
inline constexpr std::uint8_t bmp_string = 0x1e;
inline constexpr std::uint8_t sequence = 0x30;
inline constexpr std::uint8_t set = 0x31;

/// [number] IMPLICIT or EXPLICIT.
constexpr std::uint8_t context(unsigned number) {
    return static_cast<std::uint8_t>(0x80U | number);
}
constexpr std::uint8_t context_constructed(unsigned number) {
    return static_cast<std::uint8_t>(0xa0U | number);
}
}  // namespace der_tag

/// One value: views into the bytes that were read.
struct DerValue {
    std::uint8_t tag = 0;
    ByteSpan content = {};
    ByteSpan whole = {};  ///< With identifier and length.
};

/// Walks over the values that stand one after the other in a span. Lengths are definite and
/// minimal, tag numbers below 31.
class DerReader {
  public:
    explicit DerReader(ByteSpan bytes) : m_rest(bytes) {}

    [[nodiscard]] bool at_end() const { return m_rest.empty(); }
    /// Whether the next value has this tag; false at the end.
    [[nodiscard]] bool next_is(std::uint8_t tag) const;
    /// @errors malformed.
    [[nodiscard]] Result<DerValue> next();
    /// @param what  For the sentence. @errors malformed (another tag, or the end).
    [[nodiscard]] Result<DerValue> expect(std::uint8_t tag, std::string_view what);
    /// The next value if it has this tag. @errors malformed.
    [[nodiscard]] Result<std::optional<DerValue>> optional(std::uint8_t tag);
    /// @errors malformed (something is left).
    [[nodiscard]] Outcome finish(std::string_view what) const;

  private:
    ByteSpan m_rest;
};

/// The one value of a span, with nothing behind it. @errors malformed.
[[nodiscard]] Result<DerValue> read_der(ByteSpan bytes, std::uint8_t tag, std::string_view what);

/// 00 or ff. @errors malformed.
[[nodiscard]] Result<bool> der_boolean(const DerValue& value);

/// Content octets of an INTEGER or ENUMERATED, minimal; the sign bit is the caller's business.
/// @errors malformed.
[[nodiscard]] Result<ByteSpan> der_integer(const DerValue& value);

/// A small number that is not negative. @errors malformed (negative, or over 2^31 - 1).
[[nodiscard]] Result<std::uint32_t> der_small_number(const DerValue& value);

/// `2.5.29.17`. @errors malformed (arcs not minimal or over 2^63).
[[nodiscard]] Result<std::string> der_object_id(const DerValue& value);

struct DerBits {
    ByteSpan bytes;
    unsigned unused = 0;

    /// Bit 0 is the first of the first octet, as named bits are counted.
    [[nodiscard]] bool has(unsigned bit) const;
};

/// Unused bits must be zero. @errors malformed.
[[nodiscard]] Result<DerBits> der_bits(const DerValue& value);

/// The octets of a BIT STRING that stands for octets, as signatures and keys do: no bit is unused.
/// @param what  For the sentence: `a signature`. @errors malformed.
[[nodiscard]] Result<ByteSpan> der_bit_octets(const DerValue& value, std::string_view what);

/// A list of named bits, which has no zero bits at its end (X.690, section 11.2.2).
/// @errors malformed.
[[nodiscard]] Result<DerBits> der_named_bits(const DerValue& value);

/// UTCTime or GeneralizedTime with seconds and `Z` (RFC 5280, section 4.1.2.5). @errors malformed.
[[nodiscard]] Result<Instant> der_time(const DerValue& value);

/// A character string of any of the tags above as UTF-8. @errors malformed (characters that the
/// type does not have).
[[nodiscard]] Result<std::string> der_text(const DerValue& value);

}  // namespace heliograph::pki
