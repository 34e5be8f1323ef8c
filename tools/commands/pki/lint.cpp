// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/lint/lint.hpp>
#include <pki/x509/revocation_list.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct LintOptions {
    std::string file;
    std::string profile = "private";
};

struct LintedDocument {
    std::string kind;
    pki::LintReport report;
};

struct LintForm {
    std::string_view label;
    pki::LintKind kind;
    std::string_view malformed_id;
};

constexpr LintForm lint_forms[] = {
    {"CERTIFICATE", pki::LintKind::certificate, "certificate-malformed"},
    {"X509 CRL", pki::LintKind::revocation_list, "list-malformed"},
    {"CERTIFICATE REQUEST", pki::LintKind::request, "request-malformed"},
    {"NEW CERTIFICATE REQUEST", pki::LintKind::request, "request-malformed"},
    {"OCSP RESPONSE", pki::LintKind::ocsp_response, "ocsp-malformed"}};

LintedDocument linted(ByteSpan der, pki::LintKind kind, pki::RuleSet rules) {
    return {std::string(pki::lint_kind_name(kind)), pki::lint_document(der, kind, rules)};
}

// DER has no label: the first kind that can be read is meant; where none can, what it begins as.
LintedDocument lint_der(ByteSpan der, pki::RuleSet rules) {
    for (const LintForm& form : lint_forms) {
        LintedDocument document = linted(der, form.kind, rules);
        if (document.report.find(form.malformed_id) == nullptr) {
            return document;
        }
    }
    return linted(der, pki::recognise_document(der), rules);
}

Result<std::vector<LintedDocument>> lint_pem(std::string_view pem, pki::RuleSet rules) {
    constexpr std::size_t limit = 256;
    std::vector<LintedDocument> documents;
    pki::PemReader reader(pem);
    for (;;) {
        HG_TRY(const auto block, reader.next());
        if (!block) {
            break;
        }
        for (const LintForm& form : lint_forms) {
            if (block->label == form.label && documents.size() < limit) {
                HG_TRY(const Bytes der, block->decode());
                documents.push_back(linted(der, form.kind, rules));
            }
        }
    }
    if (documents.empty()) {
        return Error(
            ErrorCode::malformed,
            "expected certificates, revocation lists, requests or OCSP responses in PEM or DER, "
            "saw "
            "none"
        );
    }
    return documents;
}

JsonValue json_of_linted(const LintedDocument& document) {
    JsonArray findings;
    for (const pki::LintFinding& finding : document.report.findings) {
        findings.push_back(JsonObject{
            {"id", finding.id},
            {"clause", finding.clause},
            {"severity", std::string(pki::lint_severity_name(finding.severity))},
            {"expected", finding.expected},
            {"seen", finding.seen}});
    }
    return JsonObject{
        {"kind", document.kind},
        {"accepted", document.report.accepted()},
        {"findings", std::move(findings)}};
}

Result<ExitCode> lint_file(const LintOptions& options, Console& console) {
    HG_TRY(const Bytes bytes, read_file(options.file, pki::revocation_list_limit_bytes));
    HG_TRY(const pki::RuleSet rules, pki::parse_rule_set(options.profile));
    std::vector<LintedDocument> documents;
    if (!bytes.empty() && bytes.front() == std::byte{0x30}) {
        documents.push_back(lint_der(bytes, rules));
    } else {
        auto found = lint_pem(text_of(bytes), rules);
        if (!found) {
            return std::move(found).error().at(options.file);
        }
        documents = std::move(found).value();
    }
    bool accepted = true;
    JsonArray shown;
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const std::string who = documents[i].kind + " " + std::to_string(i + 1);
        for (const pki::LintFinding& finding : documents[i].report.findings) {
            console.print(
                who + ": " + std::string(pki::lint_severity_name(finding.severity)) + ": " +
                finding.sentence()
            );
        }
        if (documents[i].report.findings.empty()) {
            console.say(who + ": nothing found");
        }
        accepted = accepted && documents[i].report.accepted();
        shown.push_back(json_of_linted(documents[i]));
    }
    console.present(JsonObject{
        {"file", options.file}, {"accepted", accepted}, {"documents", std::move(shown)}});
    return accepted ? ExitCode::done : ExitCode::evidence_false;
}

}  // namespace

void add_lint(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"lint",
         "Tell what strict verifiers and linters would say of certificates, lists and requests.",
         "pki lint chain.pem\npki lint request.csr --json"}
    );
    auto options = std::make_shared<LintOptions>();
    verb.add_option("file", options->file, "PEM or DER")->type_name("FILE")->required();
    verb.add_option("--profile", options->profile, "rfc5280, private or webpki")
        ->check(CLI::IsMember({"rfc5280", "private", "webpki"}))
        ->capture_default_str();
    program.set_action(verb, [options](Console& console) { return lint_file(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
