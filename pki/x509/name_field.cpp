// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_field.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::pki {

namespace {

constexpr std::size_t general_name_limit = 4096;

// Blanks at both ends go, inner ones become one, letters become small (RFC 5280, section 7.1). For
// letters beyond ASCII case does count: that refuses more than it should, never less.
std::string folded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank) {
            result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
        } else if (!result.empty() && result.back() != ' ') {
            result.push_back(' ');
        }
    }
    while (!result.empty() && result.back() == ' ') {
        result.pop_back();
    }
    return result;
}

// With its length before it, so that no value can imitate two.
std::string with_length(std::string_view text) {
    return std::to_string(text.size()) + ":" + std::string(text);
}

Result<std::string> read_relative_name(const DerValue& value, NameField& name) {
    DerReader members(value.content);
    std::vector<std::string> forms;
    while (!members.at_end()) {
        HG_TRY(const DerValue member, members.expect(der_tag::sequence, "an attribute"));
        DerReader parts(member.content);
        HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "an attribute type"));
        HG_TRY(const DerValue content, parts.next());
        HG_CHECK(parts.finish("an attribute"));
        AttributeField attribute;
        HG_TRY(attribute.oid, der_object_id(type));
        attribute.tag = content.tag;
        attribute.value = content.content;
        std::string form;
        if (auto text = der_text(content)) {
            attribute.text = std::move(text).value();
            form = with_length(attribute.oid) + "t" + with_length(folded(attribute.text));
        } else {
            form = with_length(attribute.oid) + "b" + with_length(text_of(content.whole));
        }
        forms.push_back(std::move(form));
        name.attributes.push_back(std::move(attribute));
    }
    std::sort(forms.begin(), forms.end());
    std::string joined;
    for (const std::string& form : forms) {
        joined += with_length(form);
    }
    return joined;
}

// At least one attribute (RFC 5280, section 4.1.2.4).
Outcome check_relative_name(const std::string& canonical) {
    return canonical.empty()
               ? Outcome(Error(
                     ErrorCode::malformed, "expected an attribute in a relative name, saw none"
                 ))
               : Outcome();
}

std::string_view attribute_word(std::string_view oid) {
    constexpr std::pair<std::string_view, std::string_view> words[] = {
        {"2.5.4.3", "CN"},
        {"2.5.4.6", "C"},
        {"2.5.4.7", "L"},
        {"2.5.4.8", "ST"},
        {"2.5.4.10", "O"},
        {"2.5.4.11", "OU"},
        {"0.9.2342.19200300.100.1.25", "DC"},
        {"1.2.840.113549.1.9.1", "emailAddress"},
        {"2.5.4.5", "serialNumber"}};
    for (const auto& [known, word] : words) {
        if (known == oid) {
            return word;
        }
    }
    return oid;
}

}  // namespace

bool NameField::is_within(const NameField& base) const {
    return base.canonical.size() <= canonical.size() &&
           std::equal(base.canonical.begin(), base.canonical.end(), canonical.begin());
}

std::vector<std::string> NameField::values_of(std::string_view oid) const {
    std::vector<std::string> values;
    for (const AttributeField& attribute : attributes) {
        if (attribute.oid == oid) {
            values.push_back(attribute.text);
        }
    }
    return values;
}

std::string NameField::text() const {
    std::string result;
    for (const AttributeField& attribute : attributes) {
        result += (result.empty() ? "" : ",") + std::string(attribute_word(attribute.oid)) + "=";
        for (const char c : attribute.text) {
            const auto code = static_cast<unsigned char>(c);
            result.push_back(code < 0x20U || code == 0x7fU ? '?' : c);
        }
    }
    return result;
}

Result<std::string> canonical_relative_name(ByteSpan content) {
    NameField name;
    HG_TRY(std::string canonical, read_relative_name({der_tag::set, content, content}, name));
    HG_CHECK(check_relative_name(canonical));
    return canonical;
}

bool is_same_name(const GeneralNameField& left, const GeneralNameField& right) {
    if (left.kind != right.kind) {
        return false;
    }
    if (left.kind == GeneralNameKind::directory) {
        return left.directory.same_as(right.directory);
    }
    return std::equal(
        left.content.begin(), left.content.end(), right.content.begin(), right.content.end()
    );
}

Result<NameField> read_name(const DerValue& value, ReadingMode mode) {
    if (value.tag != der_tag::sequence) {
        return Error(ErrorCode::malformed, "expected a distinguished name, saw another value");
    }
    NameField name;
    name.raw = value.whole;
    DerReader relatives(value.content);
    while (!relatives.at_end()) {
        HG_TRY(const DerValue relative, relatives.expect(der_tag::set, "a relative name"));
        HG_TRY(std::string canonical, read_relative_name(relative, name));
        if (mode == ReadingMode::strict) {
            HG_CHECK(check_relative_name(canonical));
        }
        name.canonical.push_back(std::move(canonical));
    }
    return name;
}

Result<GeneralNameField> read_general_name(const DerValue& value, ReadingMode mode) {
    const unsigned number = value.tag & 0x1fU;
    constexpr unsigned constructed_kinds = 0b0'0011'1001;  // other, x400, directory, edi
    const bool is_constructed = number <= 8 && ((constructed_kinds >> number) & 1U) != 0;
    const std::uint8_t wanted =
        is_constructed ? der_tag::context_constructed(number) : der_tag::context(number);
    if (number > 8 || value.tag != wanted) {
        return Error(ErrorCode::malformed, "expected a general name, saw another value");
    }
    GeneralNameField name;
    name.kind = static_cast<GeneralNameKind>(number);
    name.content = value.content;
    if (name.kind == GeneralNameKind::email || name.kind == GeneralNameKind::dns ||
        name.kind == GeneralNameKind::uri) {
        name.text = text_of(value.content);
        const bool plain = std::all_of(name.text.begin(), name.text.end(), [](char c) {
            return c >= 0x20 && c < 0x7f;
        });
        if (!plain && mode == ReadingMode::strict) {
            return Error(ErrorCode::malformed, "expected a name of printable ASCII, saw others");
        }
    } else if (name.kind == GeneralNameKind::directory) {
        HG_TRY(
            const DerValue inner, read_der(value.content, der_tag::sequence, "a directory name")
        );
        HG_TRY(name.directory, read_name(inner, mode));
    } else if (name.kind == GeneralNameKind::registered) {
        HG_CHECK(
            der_object_id(value).has_value()
                ? Outcome()
                : Outcome(Error(ErrorCode::malformed, "expected an object id, saw another"))
        );
    }
    return name;
}

Result<std::vector<GeneralNameField>> read_general_names(ByteSpan content, ReadingMode mode) {
    std::vector<GeneralNameField> names;
    DerReader reader(content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue value, reader.next());
        HG_TRY(GeneralNameField name, read_general_name(value, mode));
        if (names.size() == general_name_limit) {
            return Error(ErrorCode::too_large, "expected at most 4096 names, saw more");
        }
        names.push_back(std::move(name));
    }
    if (names.empty()) {
        return Error(ErrorCode::malformed, "expected at least one general name, saw none");
    }
    return names;
}

std::string general_name_text(const GeneralNameField& name) {
    switch (name.kind) {
        case GeneralNameKind::email:
            return "email " + name.text;
        case GeneralNameKind::dns:
            return "DNS " + name.text;
        case GeneralNameKind::uri:
            return "URI " + name.text;
        case GeneralNameKind::directory:
            return "directory " + name.directory.text();
        case GeneralNameKind::ip: {
            const auto address = format_ip(name.content);
            return "IP " + (address ? *address : encode_hex(name.content));
        }
        default:
            break;
    }
    return "name of kind " + std::to_string(static_cast<unsigned>(name.kind));
}

}  // namespace heliograph::pki
