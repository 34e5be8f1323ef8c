// SPDX-License-Identifier: Apache-2.0
#include <pki/lint/lint_rule.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

std::string shown(std::string_view text) {
    constexpr std::size_t limit = 300;
    std::string result(text.substr(0, limit));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?'
    );
    return result;
}

// Readers say what they expected and what they saw; a finding says the same in its own sentence.
LintFinding unreadable(std::string_view id, std::string_view clause, const Error& error) {
    constexpr std::string_view begin = "expected ";
    constexpr std::string_view middle = ", saw ";
    LintFinding finding{
        std::string(id),
        std::string(clause),
        LintSeverity::error,
        "a document in DER",
        shown(error.message())};
    const std::string_view text = error.message();
    const std::size_t at = text.rfind(middle);
    if (text.starts_with(begin) && at != std::string_view::npos) {
        finding.expected = shown(text.substr(begin.size(), at - begin.size()));
        finding.seen = shown(text.substr(at + middle.size()));
    }
    return finding;
}

// What only the public web refuses is an error where its rules are chosen; all else holds
// everywhere.
LintSeverity weight_of(const ShapeRule& rule, RuleSet rules) {
    const bool foreign = rule.refused_by == rules_of::webpki && rules != RuleSet::webpki;
    return foreign ? LintSeverity::notice : LintSeverity::error;
}

template <typename Subject>
void apply_rules(
    const std::vector<LintRule<Subject>>& rules, const Subject& subject, LintReport& report
) {
    for (const LintRule<Subject>& rule : rules) {
        if (const LintFlaw seen = rule.broken(subject)) {
            report.findings.push_back(
                {std::string(rule.id),
                 std::string(rule.clause),
                 rule.severity,
                 std::string(rule.expected),
                 shown(*seen)}
            );
        }
    }
}

void apply_shape(const ShapeSubject& subject, RuleSet rules, LintReport& report) {
    for (const ShapeRule& rule : shape_rules()) {
        if ((rule.where & subject.where) == 0) {
            continue;
        }
        if (const auto seen = rule.broken(subject)) {
            report.findings.push_back(
                {std::string(rule.id),
                 std::string(rule.clause),
                 weight_of(rule, rules),
                 std::string(rule.expected),
                 shown(*seen)}
            );
        }
    }
}

// Strictly first, as whoever trusts documents reads them. Where that fails, or finds a fault in an
// extension, reading for lint understands more, and the rules tell what was wrong.
template <typename Fields>
struct Reading {
    Result<Fields> fields;
    std::optional<Error> refusal = {};  // Of strict reading.
};

template <typename Fields>
Reading<Fields> read_document(ByteSpan der, Result<Fields> (*read)(ByteSpan, ReadingMode)) {
    auto strict = read(der, ReadingMode::strict);
    if (strict && strict->faults.empty()) {
        return {std::move(strict)};
    }
    Reading<Fields> reading{read(der, ReadingMode::for_lint)};
    if (!strict) {
        reading.refusal = strict.error();
    }
    return reading;
}

LintReport sorted(LintReport report) {
    std::stable_sort(
        report.findings.begin(),
        report.findings.end(),
        [](const LintFinding& left, const LintFinding& right) {
            return left.severity > right.severity;
        }
    );
    return report;
}

}  // namespace

std::string_view lint_severity_name(LintSeverity severity) {
    switch (severity) {
        case LintSeverity::notice:
            return "notice";
        case LintSeverity::warning:
            return "warning";
        case LintSeverity::error:
            break;
    }
    return "error";
}

std::string LintFinding::sentence() const {
    return "expected " + expected + ", saw " + seen + " [" + id + ", " + clause + "]";
}

bool LintReport::accepted() const {
    return std::none_of(findings.begin(), findings.end(), [](const LintFinding& finding) {
        return finding.severity == LintSeverity::error;
    });
}

const LintFinding* LintReport::find(std::string_view id) const {
    const auto found = std::find_if(findings.begin(), findings.end(), [id](const LintFinding& one) {
        return one.id == id;
    });
    return found == findings.end() ? nullptr : &*found;
}

std::string LintReport::summary() const {
    std::string text;
    for (const LintFinding& finding : findings) {
        if (finding.severity == LintSeverity::error) {
            text += (text.empty() ? "" : "; ") + finding.sentence();
        }
    }
    return text;
}

LintReport lint_certificate(ByteSpan der, RuleSet rules) {
    constexpr std::string_view id = "certificate-malformed";
    constexpr std::string_view clause = "RFC 5280 section 4.1";
    const auto reading = read_document<CertificateFields>(der, read_certificate_fields);
    if (!reading.fields) {
        return {{unreadable(id, clause, reading.fields.error())}};
    }
    LintReport report;
    const ShapeSubject subject{*reading.fields, natural_position(*reading.fields)};
    apply_shape(subject, rules, report);
    apply_rules(certificate_lint_rules(), subject, report);
    if (reading.refusal && report.accepted()) {
        report.findings.push_back(unreadable(id, clause, *reading.refusal));
    }
    return sorted(std::move(report));
}

LintReport lint_revocation_list(ByteSpan der, RuleSet) {
    constexpr std::string_view id = "list-malformed";
    constexpr std::string_view clause = "RFC 5280 section 5.1";
    const auto reading = read_document<RevocationFields>(der, read_revocation_fields);
    if (!reading.fields) {
        return {{unreadable(id, clause, reading.fields.error())}};
    }
    LintReport report;
    apply_rules(list_lint_rules(), *reading.fields, report);
    if (reading.refusal && report.accepted()) {
        report.findings.push_back(unreadable(id, clause, *reading.refusal));
    }
    return sorted(std::move(report));
}

LintReport lint_request(ByteSpan der, RuleSet rules) {
    const auto fields = read_request_fields(der);
    if (!fields) {
        return {{unreadable("request-malformed", "RFC 2986 section 4", fields.error())}};
    }
    LintReport report;
    apply_rules(request_lint_rules(), *fields, report);
    // What it asks for would stand in a certificate.
    for (const ShapeRule& rule : name_shape_rules()) {
        const ShapeSubject subject{fields->asked, position::leaf};
        const bool fits = rule.id == "dns-name-form" || rule.id == "mailbox-form";
        if (const auto seen = fits ? rule.broken(subject) : std::nullopt) {
            report.findings.push_back(
                {std::string(rule.id),
                 std::string(rule.clause),
                 weight_of(rule, rules),
                 std::string(rule.expected),
                 shown(*seen)}
            );
        }
    }
    return sorted(std::move(report));
}

LintReport lint_ocsp_response(ByteSpan der, RuleSet) {
    const auto fields = read_ocsp_fields(der);
    if (!fields) {
        return {{unreadable("ocsp-malformed", "RFC 6960 section 4.2.1", fields.error())}};
    }
    LintReport report;
    apply_rules(ocsp_lint_rules(), *fields, report);
    return sorted(std::move(report));
}

std::vector<LintRuleText> lint_catalogue() {
    std::vector<LintRuleText> texts = {
        {"certificate-malformed", "RFC 5280 section 4.1", "a document in DER"},
        {"list-malformed", "RFC 5280 section 5.1", "a document in DER"},
        {"request-malformed", "RFC 2986 section 4", "a document in DER"},
        {"ocsp-malformed", "RFC 6960 section 4.2.1", "a document in DER"}};
    const auto add = [&texts](const auto& rules) {
        for (const auto& rule : rules) {
            texts.push_back({rule.id, rule.clause, rule.expected});
        }
    };
    add(shape_rules());
    add(certificate_lint_rules());
    add(list_lint_rules());
    add(request_lint_rules());
    add(ocsp_lint_rules());
    return texts;
}

}  // namespace heliograph::pki
