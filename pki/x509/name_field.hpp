// SPDX-License-Identifier: Apache-2.0
// Private: names as certificates hold them: distinguished names, compared as RFC 5280 section 7.1
// has it, and general names (section 4.2.1.6).
#pragma once

#include <pki/x509/der_reader.hpp>
#include <pki/x509/reading_mode.hpp>

#include <string>
#include <vector>

namespace heliograph::pki {

struct AttributeField {
    std::string oid;
    std::uint8_t tag = 0;
    std::string text;  ///< UTF-8; empty for a value that is no character string of its type.
    ByteSpan value = {};
};

/// One distinguished name.
struct NameField {
    ByteSpan raw = {};
    std::vector<AttributeField> attributes = {};
    /// One text a relative name: two names are the same when these are. Case, doubled blanks and
    /// string types make no difference. Empty for a relative name without attributes, which reading
    /// for lint keeps.
    std::vector<std::string> canonical = {};

    [[nodiscard]] bool empty() const { return attributes.empty(); }
    [[nodiscard]] bool same_as(const NameField& other) const {
        return canonical == other.canonical;
    }
    /// Whether this name stands at or below the other.
    [[nodiscard]] bool is_within(const NameField& base) const;
    /// All values of one attribute.
    [[nodiscard]] std::vector<std::string> values_of(std::string_view oid) const;
    /// `CN=a,O=b` in the order of the certificate, printable, for people.
    [[nodiscard]] std::string text() const;
};

/// @errors malformed.
[[nodiscard]] Result<NameField> read_name(
    const DerValue& value, ReadingMode mode = ReadingMode::strict
);

/// One relative name in the form of NameField::canonical. @param content Of its SET.
/// @errors malformed.
[[nodiscard]] Result<std::string> canonical_relative_name(ByteSpan content);

/// The tag numbers of GeneralName.
enum class GeneralNameKind : std::uint8_t {
    other = 0,
    email = 1,
    dns = 2,
    x400 = 3,
    directory = 4,
    edi = 5,
    uri = 6,
    ip = 7,
    registered = 8,
};

struct GeneralNameField {
    GeneralNameKind kind = GeneralNameKind::other;
    ByteSpan content = {};
    std::string text = {};     ///< email, dns, uri.
    NameField directory = {};  ///< directory.
};

/// Reads one; for lint with any characters. @errors malformed.
[[nodiscard]] Result<GeneralNameField> read_general_name(
    const DerValue& value, ReadingMode mode = ReadingMode::strict
);

/// The values of a SEQUENCE OF GeneralName, at least one. @param content Of the sequence.
/// @errors malformed.
[[nodiscard]] Result<std::vector<GeneralNameField>> read_general_names(
    ByteSpan content, ReadingMode mode = ReadingMode::strict
);

/// Whether two general names are the same name.
[[nodiscard]] bool is_same_name(const GeneralNameField& left, const GeneralNameField& right);

/// `DNS example.org`, for people.
[[nodiscard]] std::string general_name_text(const GeneralNameField& name);

}  // namespace heliograph::pki
