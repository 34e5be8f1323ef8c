// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/tls_probe.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/client_family.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/judgement.hpp>
#include <tools/commands/pki/ocsp_judgement.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::pki_commands {

namespace {

struct DoctorOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string place;
    std::string name;
    std::vector<std::string> roots;
    unsigned patience_seconds = 10;
};

// What is judged: the server's evidence, the roots, the name.
struct Patient {
    mirror::TlsProbeRequest where;
    mirror::TlsProbe probe;
    std::vector<pki::Certificate> sent;
    std::vector<pki::Certificate> roots;
    std::optional<pki::PeerName> name;
    Instant now;
};

verify::Finding advice(
    std::string id, verify::Severity severity, verify::Cause cause, const Patient& patient
) {
    verify::Finding finding;
    finding.id = std::move(id);
    finding.severity = severity;
    finding.cause = cause;
    finding.subject = patient.where.host + ":" + std::to_string(patient.where.port);
    return finding;
}

pki::ChainRequest chain_request(const Patient& patient, pki::RuleSet rules) {
    return {
        .leaf = patient.sent.front(),
        .intermediates = {patient.sent.begin() + 1, patient.sent.end()},
        .roots = patient.roots,
        .revocation_lists = {},
        .purpose = pki::ChainPurpose::server,
        .at = patient.now,
        .revocation = pki::RevocationPolicy::not_checked,
        .rules = rules,
        .name = patient.name,
        .policies = {}};
}

// Each certificate is to be issued by the one behind it (RFC 8446, section 4.4.2).
void check_order(const Patient& patient, verify::Verdict& verdict) {
    for (std::size_t i = 0; i + 1 < patient.sent.size(); ++i) {
        if (patient.sent[i].issuer() == patient.sent[i + 1].subject()) {
            continue;
        }
        auto finding = advice(
            "chain-order", verify::Severity::warning, verify::Cause::false_evidence, patient
        );
        finding.expected = "certificate " + std::to_string(i + 2) + " to be '" +
                           patient.sent[i].issuer() + "', which issued the one before it";
        finding.seen = "'" + patient.sent[i + 1].subject() + "'";
        finding.advice =
            "serve the leaf first, then each issuer, as TLS 1.2 demands (RFC 5246, section "
            "7.4.2); the clients named here sort by themselves, others do not";
        verdict.add(std::move(finding));
    }
    const auto root =
        std::find_if(patient.sent.begin() + 1, patient.sent.end(), [](const pki::Certificate& one) {
            return one.is_self_issued();
        });
    if (root != patient.sent.end()) {
        auto finding =
            advice("root-sent", verify::Severity::note, verify::Cause::false_evidence, patient);
        finding.expected = "the root to be left out, for clients have it or do not believe it";
        finding.seen = "'" + root->subject() + "'";
        verdict.add(std::move(finding));
    }
}

// A chain that holds with an intermediate which the server did not send is the classic outage:
// browsers have seen it elsewhere, programs have not.
void check_completeness(
    const Patient& patient, const pki::ChainReport& report, verify::Verdict& verdict
) {
    if (!report.has(pki::ChainDefectCode::untrusted_issuer)) {
        return;
    }
    const pki::Certificate& last = report.path.back();
    // Behind an intermediate comes the root, which no server need send.
    if (last.is_self_issued() || last.is_ca()) {
        auto finding = advice(
            "root-unknown", verify::Severity::error, verify::Cause::missing_evidence, patient
        );
        const bool has_namesake = std::any_of(
            patient.roots.begin(),
            patient.roots.end(),
            [&](const pki::Certificate& root) { return root.subject() == last.issuer(); }
        );
        finding.expected = "a chain to a root that is trusted here";
        finding.seen = last.is_self_issued() ? "one to '" + last.subject() + "', which is not"
                                             : "one that ends at '" + last.subject() +
                                                   "', issued by '" + last.issuer() + "'";
        finding.seen += has_namesake ? "; the trusted root of that name has another key" : "";
        finding.advice =
            "give the server's root with --root, or install it where this client looks";
        verdict.add(std::move(finding));
        return;
    }
    auto finding = advice(
        "intermediate-missing", verify::Severity::error, verify::Cause::missing_evidence, patient
    );
    finding.expected = "the certificate of '" + last.issuer() + "' in the handshake";
    finding.seen = "a chain of " + counted(patient.sent.size(), "certificate") + " that ends at '" +
                   last.subject() + "'";
    finding.advice = "serve the full chain (chain.pem), not the certificate alone";
    verdict.add(std::move(finding));
}

void check_clock(const Patient& patient, verify::Verdict& verdict) {
    constexpr std::chrono::seconds tolerated{300};
    if (!patient.probe.server_time) {
        return;
    }
    const auto apart = *patient.probe.server_time > patient.now
                           ? *patient.probe.server_time - patient.now
                           : patient.now - *patient.probe.server_time;
    if (apart <= tolerated) {
        return;
    }
    auto finding =
        advice("clock-skew", verify::Severity::warning, verify::Cause::stale_evidence, patient);
    finding.expected =
        "the server's clock within five minutes of this machine's, " + format_rfc3339(patient.now);
    finding.seen = format_rfc3339(*patient.probe.server_time);
    finding.advice = "set both clocks by NTP; certificates are judged by them";
    verdict.add(std::move(finding));
}

void check_age(const Patient& patient, verify::Verdict& verdict) {
    const pki::Certificate& leaf = patient.sent.front();
    const auto life = leaf.not_after() - leaf.not_before();
    const auto left = leaf.not_after() - patient.now;
    if (left.count() <= 0 || left > life / 3) {
        return;
    }
    auto finding =
        advice("renewal-due", verify::Severity::warning, verify::Cause::stale_evidence, patient);
    finding.expected = "more than a third of the certificate's life to be left";
    finding.seen = "its end at " + format_rfc3339(leaf.not_after());
    finding.advice = "renew it now";
    verdict.add(std::move(finding));
}

void check_handshake(const Patient& patient, verify::Verdict& verdict) {
    if (patient.probe.protocol != "TLSv1.3" && patient.probe.protocol != "TLSv1.2") {
        auto finding =
            advice("protocol-old", verify::Severity::error, verify::Cause::false_evidence, patient);
        finding.expected = "TLS 1.2 or 1.3 (RFC 8996)";
        finding.seen = patient.probe.protocol;
        verdict.add(std::move(finding));
    }
}

// What the response says; what the server shows as an answer about its certificate and is none is
// false. Nothing is judged below an unknown root, of which everything is open.
Outcome judge_staple(
    const Patient& patient, const pki::ChainReport& lenient, verify::Verdict& verdict
) {
    HG_TRY(
        const auto judged,
        judge_stapled(
            *patient.probe.stapled_status, chain_request(patient, pki::RuleSet::rfc5280), lenient
        )
    );
    for (const ResponseFinding& one : judged.findings) {
        verify::Finding finding = finding_of(one);
        if (one.defect.code == pki::OcspDefectCode::no_answer) {
            finding.cause = verify::Cause::false_evidence;
        }
        finding.expected += " in the stapled response";
        verdict.add(std::move(finding));
    }
    for (const std::string& held : judged.checked) {
        verdict.pass("stapled: " + held);
    }
    return {};
}

Outcome check_staple(
    const Patient& patient, const pki::ChainReport& lenient, verify::Verdict& verdict
) {
    if (!patient.probe.stapled_status) {
        auto finding = advice(
            "staple-missing", verify::Severity::note, verify::Cause::missing_evidence, patient
        );
        finding.expected = "a stapled OCSP response, where clients are to learn of revocation";
        finding.seen = "none";
        verdict.add(std::move(finding));
        return {};
    }
    HG_CHECK(judge_staple(patient, lenient, verdict));
    const auto report =
        pki::lint_ocsp_response(*patient.probe.stapled_status, pki::RuleSet::private_authority);
    for (const pki::LintFinding& one : report.findings) {
        const auto& known = verdict.findings();
        if (std::any_of(known.begin(), known.end(), [&one](const verify::Finding& other) {
                return other.id == one.id;
            })) {
            continue;
        }
        auto finding = advice(
            one.id,
            one.severity == pki::LintSeverity::error ? verify::Severity::error
                                                     : verify::Severity::warning,
            verify::Cause::false_evidence,
            patient
        );
        finding.expected = one.expected + " in the stapled response";
        finding.seen = one.seen;
        finding.advice = "see " + one.clause;
        verdict.add(std::move(finding));
    }
    return {};
}

// Every family of clients by itself. What the lenient refuse is an error; what only stricter ones
// refuse is one too for them, and told as such.
Result<JsonValue> judge_families(
    const Patient& patient,
    const pki::ChainReport& lenient,
    verify::Verdict& verdict,
    Console& console
) {
    JsonArray families;
    Refusals refusals;
    check_completeness(patient, lenient, verdict);
    for (const ClientFamily& family : client_families()) {
        const auto request = chain_request(patient, family.rules);
        HG_TRY(const auto report, pki::check_chain(request));
        const auto defects = reasons_of(family, request, report, lenient);
        console.print(
            std::string(defects.empty() ? "accepted by " : "refused by  ") + std::string(family.who)
        );
        JsonArray reasons;
        for (const pki::ChainDefect& defect : defects) {
            reasons.emplace_back(defect.id);
            if (defect.code != pki::ChainDefectCode::untrusted_issuer) {
                refusals.add(defect, family.who);
            }
        }
        if (defects.empty()) {
            verdict.pass("accepted by " + std::string(family.who));
        }
        families.push_back(JsonObject{
            {"family", std::string(family.word)},
            {"clients", std::string(family.who)},
            {"accepted", defects.empty()},
            {"reasons", std::move(reasons)}});
    }
    std::move(refusals).tell(verdict);
    return JsonValue(std::move(families));
}

Result<Patient> examine(const DoctorOptions& options) {
    HG_TRY(auto where, mirror::TlsProbeRequest::parse(options.place));
    where.patience = std::chrono::seconds(options.patience_seconds);
    HG_TRY(auto roots, load_roots(options.roots, options.folder->folder));
    HG_TRY(auto name, pki::PeerName::parse(options.name.empty() ? where.host : options.name));
    HG_TRY(auto probe, mirror::probe_tls(where));
    Patient patient{where, std::move(probe), {}, std::move(roots), name, SystemClock().now()};
    for (const Bytes& der : patient.probe.certificates) {
        auto one = pki::Certificate::parse_der(der, pki::KeyDemand::any);
        if (!one) {
            return std::move(one).error().at(
                options.place + ", certificate " + std::to_string(patient.sent.size() + 1)
            );
        }
        patient.sent.push_back(std::move(one).value());
    }
    if (patient.sent.empty()) {
        return Error(ErrorCode::network, "expected a certificate of the server, saw none")
            .at(options.place);
    }
    return patient;
}

Result<ExitCode> doctor(const DoctorOptions& options, Console& console) {
    HG_TRY(const Patient patient, examine(options));
    verify::Verdict verdict;
    console.say(
        patient.where.host + ":" + std::to_string(patient.where.port) + " speaks " +
        patient.probe.protocol + " and shows " + counted(patient.sent.size(), "certificate") +
        " for " + visible(patient.sent.front().subject())
    );
    HG_TRY(const auto lenient, pki::check_chain(chain_request(patient, pki::RuleSet::rfc5280)));
    HG_TRY(auto families, judge_families(patient, lenient, verdict, console));
    check_order(patient, verdict);
    check_clock(patient, verdict);
    check_age(patient, verdict);
    check_handshake(patient, verdict);
    HG_CHECK(check_staple(patient, lenient, verdict));
    JsonArray findings;
    for (const verify::Finding& finding : verdict.findings()) {
        if (finding.severity == verify::Severity::note) {
            console.say("note: " + finding.sentence());
        } else {
            console.report(finding);
        }
        findings.push_back(json_of(finding));
    }
    console.present(JsonObject{
        {"server", options.place},
        {"protocol", patient.probe.protocol},
        {"certificates", static_cast<std::int64_t>(patient.sent.size())},
        {"stapled", patient.probe.stapled_status.has_value()},
        {"accepted", verdict.accepted()},
        {"clients", std::move(families)},
        {"findings", std::move(findings)}});
    return exit_code_of(verdict);
}

}  // namespace

void add_doctor(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"doctor",
         "Look at a TLS server and tell which clients would refuse it, and why.",
         "pki doctor mirror.example.org:443\npki doctor 127.0.0.1:8443 --root root.crt --json"}
    );
    auto options = std::make_shared<DoctorOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("server", options->place, "Whom to look at")
        ->type_name("HOST:PORT")
        ->required();
    verb.add_option("--name", options->name, "The name that clients use; else HOST");
    verb.add_option(
        "--root",
        options->roots,
        "Trusted certificates; else those of the authority in --dir, else the system's; repeatable"
    );
    verb.add_option("--patience", options->patience_seconds, "Seconds to wait for the server")
        ->check(CLI::Range(1, 300))
        ->capture_default_str();
    program.set_action(verb, [options](Console& console) { return doctor(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
