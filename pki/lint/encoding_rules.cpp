// SPDX-License-Identifier: Apache-2.0
// What is wrong in the form of a certificate alone: strict reading refuses it, reading for lint
// goes on, and these rules tell.
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

bool holds_control(std::string_view utf8) {
    for (std::size_t at = 0; at < utf8.size(); ++at) {
        const auto code = static_cast<unsigned char>(utf8[at]);
        const bool is_c1 =
            code == 0xc2 && at + 1 < utf8.size() && static_cast<unsigned char>(utf8[at + 1]) < 0xa0;
        if (code < 0x20 || code == 0x7f || is_c1) {
            return true;
        }
    }
    return false;
}

namespace {

LintFlaw empty_relative_name(const ShapeSubject& subject) {
    const auto holds = [](const NameField& name) {
        return std::any_of(name.canonical.begin(), name.canonical.end(), [](const auto& one) {
            return one.empty();
        });
    };
    if (holds(subject.fields.issuer)) {
        return LintFlaw("none at one level of the issuer's name");
    }
    return flaw_if(holds(subject.fields.subject), "none at one level of the subject");
}

LintFlaw no_extension_in_list(const ShapeSubject& subject) {
    return flaw_if(subject.fields.has_empty_extensions, "an empty list of extensions");
}

LintFlaw written_default(const ShapeSubject& subject) {
    if (subject.fields.has_written_version) {
        return LintFlaw("version 1");
    }
    for (const ExtensionField& extension : subject.fields.extensions) {
        if (extension.has_written_default) {
            return "critical FALSE of the extension " + extension.oid;
        }
    }
    return {};
}

LintFlaw time_in_another_form(const ShapeSubject& subject) {
    const auto& times = subject.fields.odd_times;
    return times.empty() ? LintFlaw() : LintFlaw(in_quotes(times.front()));
}

bool is_string_tag(std::uint8_t tag) {
    return tag == der_tag::utf8_string || tag == der_tag::printable_string ||
           tag == der_tag::numeric_string || tag == der_tag::ia5_string ||
           tag == der_tag::bmp_string || tag == der_tag::universal_string;
}

// Octets that the string's type does not have, or that nobody can print.
LintFlaw odd_characters(const ShapeSubject& subject) {
    for (const NameField* const name : {&subject.fields.issuer, &subject.fields.subject}) {
        for (const AttributeField& one : name->attributes) {
            const bool foreign = one.text.empty() && !one.value.empty() && is_string_tag(one.tag);
            if (foreign || holds_control(one.text)) {
                return in_quotes(text_of(one.value)) + " in the attribute " + one.oid;
            }
        }
    }
    return {};
}

// Of extensions that path validation does not look into (RFC 5280, sections 4.2.1.8 and 4.2.2.2).
LintFlaw empty_sequence(const ShapeSubject& subject) {
    const Bytes empty{std::byte{der_tag::sequence}, std::byte{0}};
    for (const std::string_view type : {"2.5.29.9", "1.3.6.1.5.5.7.1.11"}) {
        const ExtensionField* const extension = subject.fields.extension(type);
        if (extension != nullptr && to_bytes(extension->value) == empty) {
            return "nothing in the extension " + extension->oid;
        }
    }
    return {};
}

constexpr std::string_view timestamp_list = "1.3.6.1.4.1.11129.2.4.2";
constexpr std::string_view precertificate_poison = "1.3.6.1.4.1.11129.2.4.3";

// OCTET STRING { length of two octets, then timestamps }
LintFlaw no_timestamp(const ShapeSubject& subject) {
    const ExtensionField* const list = subject.fields.extension(timestamp_list);
    if (list == nullptr) {
        return {};
    }
    const auto inner = read_der(list->value, der_tag::octet_string, "timestamps");
    return flaw_if(!inner || inner->content.size() <= 2, "none");
}

LintFlaw timestamps_too_early(const ShapeSubject& subject) {
    return flaw_if(
        subject.fields.extension(timestamp_list) != nullptr &&
            subject.fields.extension(precertificate_poison) != nullptr,
        "some"
    );
}

constexpr auto encoding_rules = std::to_array<LintRule<ShapeSubject>>({
    {"name-relative-empty",
     "RFC 5280 section 4.1.2.4, X.501 section 9.3",
     LintSeverity::error,
     "at least one attribute in each relative name",
     empty_relative_name},
    {"name-characters",
     "RFC 5280 appendix B",
     LintSeverity::error,
     "printable characters that the type of the string has",
     odd_characters},
    {"extensions-empty",
     "RFC 5280 section 4.1.2.9",
     LintSeverity::error,
     "at least one extension, or no list of them",
     no_extension_in_list},
    {"extension-empty",
     "RFC 5280 sections 4.2.1.8 and 4.2.2.2",
     LintSeverity::error,
     "at least one attribute, or one access description",
     empty_sequence},
    {"default-not-omitted",
     "RFC 5280 section 4.1, X.690 section 11.5",
     LintSeverity::error,
     "default values to be left out",
     written_default},
    {"time-malformed",
     "RFC 5280 section 4.1.2.5",
     LintSeverity::error,
     "times with seconds, without fractions, in UTC with a Z",
     time_in_another_form},
    {"timestamps-empty",
     "RFC 6962 section 3.3",
     LintSeverity::error,
     "at least one signed certificate timestamp in a list of them",
     no_timestamp},
    {"timestamps-in-precertificate",
     "RFC 6962 section 3.3",
     LintSeverity::error,
     "no signed certificate timestamps in a precertificate",
     timestamps_too_early},
});

}  // namespace

std::span<const LintRule<ShapeSubject>> encoding_lint_rules() {
    return encoding_rules;
}

}  // namespace heliograph::pki
