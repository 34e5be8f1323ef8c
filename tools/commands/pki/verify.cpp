// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/judgement.hpp>
#include <tools/commands/pki/ocsp_judgement.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <map>

namespace heliograph::tools::pki_commands {

namespace {

struct VerifyOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string chain;
    std::string name;
    std::string purpose = "server";
    std::string profile = "private";
    std::string at;
    std::vector<std::string> roots;
    std::vector<std::string> lists;
    std::vector<std::string> responses;
    std::size_t max_depth = pki::chain_depth_limit;
    bool explain = false;
};

const std::map<std::string, pki::ChainPurpose>& purpose_words() {
    static const std::map<std::string, pki::ChainPurpose> words = {
        {"server", pki::ChainPurpose::server},
        {"client", pki::ChainPurpose::client},
        {"signer", pki::ChainPurpose::signer},
        {"ocsp", pki::ChainPurpose::ocsp},
        {"recipient", pki::ChainPurpose::recipient},
        {"any", pki::ChainPurpose::any}};
    return words;
}

Result<pki::ChainRequest> request_of(const VerifyOptions& options) {
    HG_TRY(auto chain, load_chain(options.chain, pki::KeyDemand::any));
    HG_TRY(auto roots, load_roots(options.roots, options.folder->folder));
    HG_TRY(auto lists, load_lists(options.lists));
    HG_TRY(const pki::RuleSet rules, pki::parse_rule_set(options.profile));
    Instant at = SystemClock().now();
    if (!options.at.empty()) {
        const auto parsed = parse_rfc3339(options.at);
        if (!parsed) {
            return Error(
                ErrorCode::invalid_argument,
                "expected --at as 2026-01-02T03:04:05Z, saw '" + visible(options.at) + "'"
            );
        }
        at = *parsed;
    }
    pki::ChainRequest request{
        .leaf = chain.front(),
        .intermediates = {chain.begin() + 1, chain.end()},
        .roots = std::move(roots),
        .revocation_lists = std::move(lists),
        .purpose = purpose_words().at(options.purpose),
        .at = at,
        .revocation = options.lists.empty() ? pki::RevocationPolicy::not_checked
                                            : pki::RevocationPolicy::required,
        .rules = rules,
        .name = {},
        .policies = {},
        .depth_limit = options.max_depth};
    if (!options.name.empty()) {
        HG_TRY(request.name, pki::PeerName::parse(options.name));
    }
    return request;
}

JsonValue json_of_report(
    const pki::ChainReport& report, const JudgedResponses& responses, const verify::Verdict& verdict
) {
    JsonArray path;
    for (const pki::Certificate& one : report.path) {
        path.push_back(JsonObject{
            {"subject", one.subject()},
            {"issuer", one.issuer()},
            {"fingerprint", one.fingerprint().to_hex()}});
    }
    JsonArray findings;
    for (const pki::ChainDefect& defect : report.defects) {
        findings.push_back(JsonObject{
            {"id", defect.id},
            {"code", std::string(pki::chain_defect_name(defect.code))},
            {"severity", verify::severity_name(finding_of(defect).severity)},
            {"clause", defect.clause},
            {"subject", defect.subject},
            {"expected", defect.expected},
            {"seen", defect.seen}});
    }
    for (const ResponseFinding& finding : responses.findings) {
        findings.push_back(JsonObject{
            {"id", finding.defect.id},
            {"code", std::string(pki::ocsp_defect_name(finding.defect.code))},
            {"severity", verify::severity_name(finding_of(finding).severity)},
            {"clause", finding.defect.clause},
            {"subject", finding.subject},
            {"expected", finding.defect.expected},
            {"seen", finding.defect.seen}});
    }
    JsonArray checked;
    for (const std::string& check : verdict.passed()) {
        checked.emplace_back(check);
    }
    return JsonObject{
        {"accepted", verdict.accepted()},
        {"path", std::move(path)},
        {"findings", std::move(findings)},
        {"checked", std::move(checked)}};
}

// What was not asked for is said, so that nobody takes it for checked.
std::string revocation_words(const VerifyOptions& options) {
    if (options.lists.empty() && options.responses.empty()) {
        return "; revocation was not checked (--crl, --ocsp)";
    }
    return options.lists.empty() ? "; revocation was checked for the certificates of the responses"
                                 : "";
}

void explain(
    const pki::ChainRequest& request,
    const pki::ChainReport& report,
    const verify::Verdict& verdict,
    Console& console
) {
    console.print(
        "judged at " + format_rfc3339(request.at) + " by the rules " +
        std::string(pki::rule_set_name(request.rules))
    );
    for (std::size_t i = 0; i < report.path.size(); ++i) {
        const pki::Certificate& one = report.path[i];
        console.print(
            std::to_string(i) + " " + visible(one.subject()) + ", issued by " +
            visible(one.issuer()) + ", valid " + format_rfc3339(one.not_before()) + " to " +
            format_rfc3339(one.not_after()) + ", " + one.key_description()
        );
    }
    for (const std::string& check : verdict.passed()) {
        console.print("held: " + visible(check));
    }
}

Result<ExitCode> verify_chain(const VerifyOptions& options, Console& console) {
    HG_TRY(const auto request, request_of(options));
    HG_TRY(const auto report, pki::check_chain(request));
    HG_TRY(const auto responses, judge_responses(options.responses, request, report));
    verify::Verdict verdict = verdict_of(report);
    verdict.merge(verdict_of(responses));
    if (options.explain) {
        explain(request, report, verdict, console);
    }
    for (const verify::Finding& finding : verdict.findings()) {
        console.report(finding);
    }
    const bool is_for_another = std::any_of(
        report.defects.begin(),
        report.defects.end(),
        [](const pki::ChainDefect& defect) { return defect.id == "purpose-missing"; }
    );
    if (is_for_another) {
        console.tell("judged for the purpose " + options.purpose + "; --purpose names another");
    }
    if (verdict.accepted()) {
        console.say(
            "good: " + visible(options.chain) + " leads to the root " +
            visible(report.path.back().subject()) + revocation_words(options)
        );
    }
    console.present(json_of_report(report, responses, verdict));
    return exit_code_of(verdict);
}

}  // namespace

void add_verify(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"verify",
         "Judge a certificate chain and tell every defect, not the first.",
         "pki verify chain.pem --name mirror.example.org\n"
         "pki verify chain.pem --name ::1 --root root.crt --crl crl.pem --profile webpki "
         "--explain\n"
         "pki verify chain.pem --name mirror.example.org --ocsp response.der"}
    );
    auto options = std::make_shared<VerifyOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("chain", options->chain, "Leaf first, then intermediates; PEM, or one in DER")
        ->type_name("CHAIN")
        ->required();
    verb.add_option("--name", options->name, "Host name, address, mailbox or URI it must be for");
    verb.add_option("--purpose", options->purpose, "server, client, signer, ocsp, recipient or any")
        ->check(CLI::IsMember(purpose_words()))
        ->capture_default_str();
    verb.add_option(
        "--root",
        options->roots,
        "Trusted certificates; else those of the authority in --dir, else the system's; repeatable"
    );
    verb.add_option(
        "--crl", options->lists, "Revocation lists, then demanded for every certificate; repeatable"
    );
    verb.add_option(
            "--ocsp",
            options->responses,
            "OCSP response in DER, stapled or saved; each must hold, and the first certificate "
            "must "
            "have one; repeatable"
    )
        ->type_name("FILE");
    verb.add_option("--at", options->at, "Judge at this instant: 2026-01-02T03:04:05Z");
    verb.add_option("--profile", options->profile, "rfc5280, private or webpki")
        ->check(CLI::IsMember({"rfc5280", "private", "webpki"}))
        ->capture_default_str();
    verb.add_option(
            "--max-depth",
            options->max_depth,
            "So many intermediates between the first certificate and a root, at most"
    )
        ->check(CLI::Range(std::size_t{0}, pki::chain_depth_limit))
        ->type_name("N")
        ->capture_default_str();
    verb.add_flag("--explain", options->explain, "Tell the path and what was checked, too");
    program.set_action(verb, [options](Console& console) {
        return verify_chain(*options, console);
    });
}

}  // namespace heliograph::tools::pki_commands
