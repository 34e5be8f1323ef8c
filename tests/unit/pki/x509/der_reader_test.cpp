// SPDX-License-Identifier: Apache-2.0
// Every value has one encoding, and what has another is refused: no second reader of the same bytes
// may see something else.
#include <pki/base/encoding.hpp>
#include <pki/crypto/der_literal.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/der_reader.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/lint/der_maker.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using test::Octets;
using test::sure;

/// The first value of hexadecimal bytes, which must live as long as it.
struct Read {
    explicit Read(std::string_view hex) : bytes(sure(decode_hex(hex))), reader(bytes) {}

    Bytes bytes;
    DerReader reader;
};

std::string number_of(std::string_view hex) {
    Read read(hex);
    const auto value = read.reader.next();
    const auto number = value ? der_small_number(*value) : Result<std::uint32_t>(value.error());
    return number ? std::to_string(*number) : "refused";
}

std::string object_id(std::string_view hex) {
    const Bytes content = sure(decode_hex(hex));
    const auto id = der_object_id({der_tag::object_id, content, content});
    return id ? *id : "refused";
}

std::string read_bits(std::string_view hex) {
    const Bytes content = sure(decode_hex(hex));
    const auto read = der_bits({der_tag::bit_string, content, content});
    return read ? encode_hex(read->bytes) + "/" + std::to_string(read->unused) : "refused";
}

std::string time_of(std::uint8_t tag, std::string_view text) {
    const auto instant = der_time({tag, bytes_of(text), bytes_of(text)});
    return instant ? format_rfc3339(*instant) : "refused";
}

std::string text(std::uint8_t tag, const Octets& content) {
    const auto read = der_text({tag, bytes_of(content), bytes_of(content)});
    return read ? *read : "refused";
}

TEST(DerReader, WalksOverValuesAndKeepsWhereTheyStand) {
    Read read("0500020101");
    const DerValue first = sure(read.reader.expect(der_tag::null, "nothing"));
    EXPECT_TRUE(first.content.empty());
    EXPECT_EQ(first.whole.data(), read.bytes.data());
    EXPECT_TRUE(read.reader.next_is(der_tag::integer));
    EXPECT_FALSE(sure(read.reader.optional(der_tag::boolean)).has_value());
    expect_error(read.reader.finish("a document"), ErrorCode::malformed, "a document");
    EXPECT_TRUE(sure(read.reader.optional(der_tag::integer)).has_value());
    EXPECT_TRUE(read.reader.at_end());
    expect_error(read.reader.next(), ErrorCode::malformed);
    expect_error(read.reader.expect(der_tag::null, "nothing"), ErrorCode::malformed, "nothing");
}

TEST(DerReader, TakesDefiniteMinimalLengthsOnly) {
    const Octets long_value(200, 'x');
    EXPECT_EQ(
        sure(read_der(bytes_of("\x04\x81\xc8" + long_value), der_tag::octet_string, "a value"))
            .content.size(),
        200U
    );
    for (const char* bad : {
             "",                // Nothing.
             "04",              // No length.
             "0402ff",          // Fewer bytes than said.
             "0480ff0000",      // Indefinite.
             "048101ff",        // Longer than needed.
             "04820001ff",      // A leading zero.
             "048500000000ff",  // Five octets of length.
             "04ff",            // Reserved.
             "0484ffffffff",    // More than anybody has.
             "1f810100",        // A tag number over 30.
         }) {
        const auto bytes = decode_hex(bad);
        if (bytes) {
            DerReader reader(*bytes);
            EXPECT_FALSE(reader.next().has_value()) << bad;
        }
    }
    expect_error(
        read_der(bytes_of("\x04\x01xy"), der_tag::octet_string, "a value"),
        ErrorCode::malformed,
        "a value"
    );
}

TEST(DerReader, TakesMinimalIntegersOnly) {
    EXPECT_EQ(number_of("020100"), "0");
    EXPECT_EQ(number_of("02017f"), "127");
    EXPECT_EQ(number_of("02020080"), "128");
    EXPECT_EQ(number_of("02047fffffff"), "2147483647");
    for (const char* bad : {"0200", "02020001", "0202ffff", "020180", "02050080000000"}) {
        EXPECT_EQ(number_of(bad), "refused") << bad;
    }
}

TEST(DerReader, TakesOneFormOfTrueAndFalse) {
    const auto boolean = [](std::string_view hex) {
        const Bytes content = sure(decode_hex(hex));
        const auto read = der_boolean({der_tag::boolean, content, content});
        return read ? (*read ? "true" : "false") : "refused";
    };
    EXPECT_STREQ(boolean("ff"), "true");
    EXPECT_STREQ(boolean("00"), "false");
    for (const char* bad : {"", "01", "ffff"}) {
        EXPECT_STREQ(boolean(bad), "refused") << bad;
    }
}

TEST(DerReader, TakesMinimalArcsOnly) {
    EXPECT_EQ(object_id("550403"), "2.5.4.3");
    EXPECT_EQ(object_id("2a864886f70d"), "1.2.840.113549");
    EXPECT_EQ(object_id("00"), "0.0");
    EXPECT_EQ(object_id("883703"), "2.999.3");
    for (const char* bad : {"", "80", "5580", "558003", "2aff", "2a8fffffffffffffffffff7f"}) {
        EXPECT_EQ(object_id(bad), "refused") << bad;
    }
    EXPECT_EQ(object_id(encode_hex(Bytes(65, std::byte{1}))), "refused");
}

TEST(DerReader, TakesBitsWhoseUnusedOnesAreZero) {
    EXPECT_EQ(read_bits("0780"), "80/7");
    EXPECT_EQ(read_bits("00"), "/0");
    EXPECT_EQ(read_bits("00ff"), "ff/0");
    for (const char* bad : {"", "01", "0880", "0781"}) {
        EXPECT_EQ(read_bits(bad), "refused") << bad;
    }
    const auto named = [](std::string_view hex) {
        const Bytes content = sure(decode_hex(hex));
        return der_named_bits({der_tag::bit_string, content, content}).has_value();
    };
    EXPECT_TRUE(named("0780"));
    EXPECT_FALSE(named("0080"));  // Zeros at the end.
    const auto octets = [](std::string_view hex) {
        const Bytes content = sure(decode_hex(hex));
        return der_bit_octets({der_tag::bit_string, content, content}, "a key").has_value();
    };
    EXPECT_TRUE(octets("0080"));
    EXPECT_FALSE(octets("0780"));
    const Bytes content = sure(decode_hex("0105"));
    EXPECT_FALSE(der_bits({der_tag::bit_string, content, content}).has_value());
    const Bytes flags = sure(decode_hex("0106"));
    const DerBits read = sure(der_bits({der_tag::bit_string, flags, flags}));
    EXPECT_TRUE(read.has(5));
    EXPECT_FALSE(read.has(0));
    EXPECT_FALSE(read.has(99));
}

TEST(DerReader, TakesTimesOfTheCalendarInUtcWithSeconds) {
    EXPECT_EQ(time_of(der_tag::utc_time, "260102030405Z"), "2026-01-02T03:04:05Z");
    EXPECT_EQ(time_of(der_tag::utc_time, "500102030405Z"), "1950-01-02T03:04:05Z");
    EXPECT_EQ(time_of(der_tag::generalized_time, "20500102030405Z"), "2050-01-02T03:04:05Z");
    EXPECT_EQ(time_of(der_tag::generalized_time, "20280229000000Z"), "2028-02-29T00:00:00Z");
    for (const char* bad :
         {"",
          "2601020304Z",
          "260102030405",
          "260102030405+0000",
          "260102030460Z",
          "260102240405Z",
          "261302030405Z",
          "260230030405Z",
          "2601020304 5Z",
          "260102030405z"}) {
        EXPECT_EQ(time_of(der_tag::utc_time, bad), "refused") << bad;
    }
    EXPECT_EQ(time_of(der_tag::generalized_time, "20260102030405.5Z"), "refused");
    EXPECT_EQ(time_of(der_tag::generalized_time, "20270229000000Z"), "refused");
    EXPECT_EQ(time_of(der_tag::utf8_string, "260102030405Z"), "refused");
}

TEST(DerReader, TakesTextOfItsTypeOnly) {
    EXPECT_EQ(text(der_tag::utf8_string, "a\xc3\xa9"), "a\xc3\xa9");
    EXPECT_EQ(text(der_tag::printable_string, "A-z 0'(?"), "A-z 0'(?");
    EXPECT_EQ(text(der_tag::numeric_string, "1 2"), "1 2");
    EXPECT_EQ(text(der_tag::ia5_string, "a@b"), "a@b");
    EXPECT_EQ(text(der_tag::teletex_string, "\xe9"), "\xc3\xa9");
    EXPECT_EQ(text(der_tag::bmp_string, Octets("\0a\x20\xac", 4)), "a\xe2\x82\xac");
    EXPECT_EQ(text(der_tag::universal_string, Octets("\0\1\xf6\0", 4)), "\xf0\x9f\x98\x80");
    const std::vector<std::pair<std::uint8_t, Octets>> wrong = {
        {der_tag::utf8_string, "\xc0\x80"},          // Longer than needed.
        {der_tag::utf8_string, "\xed\xa0\x80"},      // Half of a pair.
        {der_tag::utf8_string, "\xf4\x90\x80\x80"},  // Over the last character.
        {der_tag::utf8_string, "\xc3"},              // Cut off.
        {der_tag::utf8_string, "\x80"},              // Begins in the middle.
        {der_tag::printable_string, "a@b"},
        {der_tag::numeric_string, "a"},
        {der_tag::ia5_string, "\x80"},
        {der_tag::bmp_string, "a"},
        {der_tag::bmp_string, Octets("\xd8\0", 2)},
        {der_tag::universal_string, "abc"},
        {der_tag::octet_string, "a"},
    };
    for (const auto& [tag, content] : wrong) {
        EXPECT_EQ(text(tag, content), "refused")
            << int{tag} << " " << encode_hex(bytes_of(content));
    }
}

TEST(DerReader, ReadsBackTheLiteralsOfTheWriter) {
    const auto same = [](ByteSpan content, std::string_view dotted) {
        EXPECT_EQ(sure(der_object_id({der_tag::object_id, content, content})), dotted);
    };
    same(der_object_id_of<oid::common_name>(), oid::common_name);
    same(der_object_id_of<oid::any_policy>(), oid::any_policy);
    same(der_object_id_of<oid::email_address>(), oid::email_address);
    same(der_object_id_of<oid::ocsp_no_check>(), oid::ocsp_no_check);
    EXPECT_EQ(
        encode_hex(der_hex<"00ff"
                           "7a">()),
        "00ff7a"
    );
}

}  // namespace
}  // namespace heliograph::pki
