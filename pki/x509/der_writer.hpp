// SPDX-License-Identifier: Apache-2.0
// Private: writes DER (X.690), shortest lengths always. For the structures that the library makes
// slowly; what is written here is read back by our strict reader before anybody else sees it.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heliograph::pki {

/// Tags of X.690, section 8.1.2, with the constructed bit where the type is.
enum class DerTag : std::uint8_t {
    boolean = 0x01,
    integer = 0x02,
    bit_string = 0x03,
    octet_string = 0x04,
    null = 0x05,
    object_id = 0x06,
    enumerated = 0x0a,
    utf8_string = 0x0c,
    sequence = 0x30,
    set = 0x31,
    context_1 = 0x81,
    context_2 = 0x82,
    context_6 = 0x86,
    context_7 = 0x87,
    context_0_constructed = 0xa0,
    context_3_constructed = 0xa3,
};

/// Appends elements; a nested one gets its length when its content is complete.
/// @thread One thread at a time. @cost One pass, and a move of the content for lengths over 127.
class DerWriter {
  public:
    explicit DerWriter(std::size_t expected_bytes = 1024) { m_bytes.reserve(expected_bytes); }

    /// A whole element, or several, already encoded.
    void raw(ByteSpan encoded) { m_bytes.insert(m_bytes.end(), encoded.begin(), encoded.end()); }
    void element(DerTag tag, ByteSpan content);
    void element(DerTag tag, std::string_view text) { element(tag, bytes_of(text)); }
    /// A positive INTEGER from its big-endian magnitude, without needless zero octets.
    void unsigned_integer(ByteSpan magnitude);
    void small_integer(std::uint8_t value);
    void boolean_true();
    /// A BIT STRING of whole octets.
    void bits(ByteSpan octets);
    /// UTCTime through 2049, GeneralizedTime from 2050. @source RFC 5280 section 4.1.2.5.
    void time(Instant instant);
    /// GeneralizedTime whatever the year, as OCSP has it. @source RFC 6960 section 4.2.2.1.
    void generalized_time(Instant instant);

    /// An element whose content @p body writes.
    void nest(DerTag tag, std::invocable auto body) {
        const std::size_t start = open(tag);
        body();
        close(start);
    }

    [[nodiscard]] const Bytes& bytes() const { return m_bytes; }
    [[nodiscard]] Bytes take() { return std::move(m_bytes); }

  private:
    std::size_t open(DerTag tag);
    void close(std::size_t start);
    void push(std::uint8_t value) { m_bytes.push_back(static_cast<std::byte>(value)); }
    void length(std::size_t size);

    Bytes m_bytes;
};

}  // namespace heliograph::pki
