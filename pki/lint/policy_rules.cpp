// SPDX-License-Identifier: Apache-2.0
// What lint says of certificate policies, their qualifiers and mappings. Path validation reads over
// qualifiers, so they are read here.
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

constexpr std::string_view practice_statement = "1.3.6.1.5.5.7.2.1";
constexpr std::string_view user_notice = "1.3.6.1.5.5.7.2.2";
constexpr std::uint8_t visible_string = 0x1a;

struct QualifierField {
    std::string policy;
    std::string type;
    bool has_reference = false;
    std::optional<DerValue> text = {};  ///< explicitText of a user notice.
};

Result<QualifierField> read_qualifier(const DerValue& value, const std::string& policy) {
    QualifierField qualifier{.policy = policy, .type = {}};
    DerReader parts(value.content);
    HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "a qualifier's type"));
    HG_TRY(qualifier.type, der_object_id(type));
    HG_TRY(const DerValue content, parts.next());
    HG_CHECK(parts.finish("a policy's qualifier"));
    if (qualifier.type == practice_statement && content.tag != der_tag::ia5_string) {
        return Error(ErrorCode::malformed, "expected a URI as an ASCII string, saw another value");
    }
    if (qualifier.type == user_notice) {
        HG_TRY(const DerValue notice, read_der(content.whole, der_tag::sequence, "a user notice"));
        DerReader fields(notice.content);
        HG_TRY(const auto reference, fields.optional(der_tag::sequence));
        qualifier.has_reference = reference.has_value();
        if (!fields.at_end()) {
            HG_TRY(qualifier.text, fields.next());
        }
        HG_CHECK(fields.finish("a user notice"));
    }
    return qualifier;
}

Result<std::vector<QualifierField>> read_qualifiers(ByteSpan extension) {
    std::vector<QualifierField> qualifiers;
    HG_TRY(const DerValue whole, read_der(extension, der_tag::sequence, "certificate policies"));
    DerReader policies(whole.content);
    while (!policies.at_end()) {
        HG_TRY(const DerValue policy, policies.expect(der_tag::sequence, "a policy"));
        DerReader parts(policy.content);
        HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "a policy's name"));
        HG_TRY(const std::string text, der_object_id(type));
        HG_TRY(const auto list, parts.optional(der_tag::sequence));
        DerReader rest(list ? list->content : ByteSpan());
        while (!rest.at_end()) {
            HG_TRY(const DerValue one, rest.expect(der_tag::sequence, "a policy's qualifier"));
            HG_TRY(QualifierField qualifier, read_qualifier(one, text));
            qualifiers.push_back(std::move(qualifier));
        }
    }
    return qualifiers;
}

Result<std::vector<QualifierField>> qualifiers_of(const ShapeSubject& subject) {
    const ExtensionField* const extension = subject.fields.extension(oid::certificate_policies);
    return extension == nullptr ? Result<std::vector<QualifierField>>(std::vector<QualifierField>())
                                : read_qualifiers(extension->value);
}

/// The first qualifier for which the question is answered, in words.
LintFlaw first_flaw(
    const ShapeSubject& subject, LintFlaw (*flaw)(const QualifierField& qualifier)
) {
    const auto qualifiers = qualifiers_of(subject);
    if (!qualifiers) {
        return {};
    }
    for (const QualifierField& one : *qualifiers) {
        if (auto seen = flaw(one)) {
            return seen;
        }
    }
    return {};
}

LintFlaw qualifier_malformed(const ShapeSubject& subject) {
    const auto qualifiers = qualifiers_of(subject);
    // What is wrong with the policies themselves has a rule of its own.
    return flaw_if(
        !qualifiers && subject.fields.policies,
        qualifiers ? std::string() : qualifiers.error().message()
    );
}

LintFlaw qualifier_of_any_policy(const ShapeSubject& subject) {
    return first_flaw(subject, [](const QualifierField& one) {
        return flaw_if(
            one.policy == oid::any_policy && one.type != practice_statement &&
                one.type != user_notice,
            one.type
        );
    });
}

LintFlaw text_in_ascii(const ShapeSubject& subject) {
    return first_flaw(subject, [](const QualifierField& one) {
        return flaw_if(one.text && one.text->tag == der_tag::ia5_string, "an IA5String");
    });
}

LintFlaw text_in_older_type(const ShapeSubject& subject) {
    return first_flaw(subject, [](const QualifierField& one) {
        const std::uint8_t tag = one.text ? one.text->tag : der_tag::utf8_string;
        return flaw_if(
            tag == visible_string || tag == der_tag::bmp_string,
            tag == visible_string ? "a VisibleString" : "a BMPString"
        );
    });
}

// Of any of its types; what its type does not have is kept as it is.
std::string shown_text(const QualifierField& qualifier) {
    if (!qualifier.text) {
        return {};
    }
    return der_text(*qualifier.text).value_or(std::string(text_of(qualifier.text->content)));
}

LintFlaw text_too_long(const ShapeSubject& subject) {
    return first_flaw(subject, [](const QualifierField& one) {
        constexpr std::ptrdiff_t most = 200;
        const std::string text = shown_text(one);
        const auto count = std::count_if(text.begin(), text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
        });
        return flaw_if(count > most, std::to_string(count) + " characters");
    });
}

LintFlaw text_with_control(const ShapeSubject& subject) {
    return first_flaw(subject, [](const QualifierField& one) {
        const std::string text = shown_text(one);
        return flaw_if(holds_control(text), in_quotes(text));
    });
}

LintFlaw notice_by_reference(const ShapeSubject& subject) {
    return first_flaw(subject, [](const QualifierField& one) {
        return flaw_if(one.has_reference, "a reference to a notice");
    });
}

LintFlaw mapping_not_asserted(const ShapeSubject& subject) {
    const auto& policies = subject.fields.policies;
    for (const PolicyMappingField& mapping : subject.fields.policy_mappings) {
        if (!policies ||
            std::find(policies->begin(), policies->end(), mapping.issuer) == policies->end()) {
            return mapping.issuer;
        }
    }
    return {};
}

LintFlaw mappings_not_critical(const ShapeSubject& subject) {
    return flaw_if(
        !subject.fields.policy_mappings.empty() &&
            !subject.fields.is_critical(oid::policy_mappings),
        "not critical"
    );
}

LintFlaw mappings_of_any(const ShapeSubject& subject) {
    for (const PolicyMappingField& mapping : subject.fields.policy_mappings) {
        if (mapping.issuer == oid::any_policy || mapping.subject == oid::any_policy) {
            return LintFlaw("a mapping of anyPolicy");
        }
    }
    return {};
}

constexpr auto policy_rules = std::to_array<LintRule<ShapeSubject>>({
    {"policy-qualifier-malformed",
     "RFC 5280 section 4.2.1.4",
     LintSeverity::error,
     "qualifiers of policies as the standard has them",
     qualifier_malformed},
    {"policy-qualifier-of-any",
     "RFC 5280 section 4.2.1.4",
     LintSeverity::error,
     "a practice statement or a user notice, and no other qualifier, with anyPolicy",
     qualifier_of_any_policy},
    {"policy-text-ascii",
     "RFC 6818 section 3",
     LintSeverity::error,
     "no IA5String as the text of a user notice",
     text_in_ascii},
    {"policy-text-not-utf8",
     "RFC 6818 section 3",
     LintSeverity::warning,
     "a UTF8String as the text of a user notice",
     text_in_older_type},
    {"policy-text-too-long",
     "RFC 6818 section 3",
     LintSeverity::error,
     "at most 200 characters as the text of a user notice",
     text_too_long},
    {"policy-text-control",
     "RFC 6818 section 3",
     LintSeverity::warning,
     "no control characters in the text of a user notice",
     text_with_control},
    {"policy-notice-reference",
     "RFC 5280 section 4.2.1.4",
     LintSeverity::warning,
     "a user notice that says what it says by itself",
     notice_by_reference},
    {"policy-mappings-not-critical",
     "RFC 5280 section 4.2.1.5",
     LintSeverity::warning,
     "critical policy mappings",
     mappings_not_critical},
    {"policy-mappings-any",
     "RFC 5280 section 4.2.1.5",
     LintSeverity::error,
     "policies to be mapped by name",
     mappings_of_any},
    {"policy-mapping-not-asserted",
     "RFC 5280 section 4.2.1.5",
     LintSeverity::warning,
     "each policy that is mapped among the certificate's policies",
     mapping_not_asserted},
});

}  // namespace

std::span<const LintRule<ShapeSubject>> policy_lint_rules() {
    return policy_rules;
}

}  // namespace heliograph::pki
