// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/signer_standing.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::mirror_commands {

namespace {

struct CrlOptions {
    std::shared_ptr<std::string> folder;
    std::vector<std::string> files;
};

// A signer that is over or revoked is told as what it is, but is no reason to keep lists back.
void report_signer(const verify::Verdict& verdict, Console& console) {
    for (auto finding : verdict.findings()) {
        finding.severity = verify::Severity::warning;
        console.report(finding);
    }
}

Result<ExitCode> refuse_lists(const verify::Verdict& verdict, Console& console) {
    for (const auto& finding : verdict.findings()) {
        console.report(finding);
    }
    console.fail("clients could not use these revocation lists, so they were not published");
    return exit_code_of(verdict);
}

// During a rollover. Its key signs nothing from now on; the pages have its signatures still.
Outcome warn_of_former(
    const mirror::EvidenceDocuments& documents,
    const OpenMaster& master,
    const Clock& clock,
    Console& console
) {
    HG_TRY(const auto trust, own_trust(master.folder));
    HG_TRY(const auto signers, mirror::judge_evidence(documents, trust, clock.now()));
    HG_TRY(const auto published, verify::parse_server_key(documents.signer_chain_pem));
    const auto revoked = signers.revoked();
    for (const auto& signer : published.signers) {
        const bool is_revoked =
            std::find(revoked.begin(), revoked.end(), signer.fingerprint()) != revoked.end();
        if (is_revoked && signer != master.signer.leaf) {
            console.warn(
                "the former signer " + signer.subject() +
                " is revoked and signs nothing any more; take its signatures from the pages: "
                "mirror resign"
            );
        }
    }
    return {};
}

Result<ExitCode> publish_lists(const CrlOptions& options, Console& console) {
    HG_TRY(auto master, open_master(*options.folder));
    HG_TRY(const auto trust, own_trust(master.folder));
    HG_TRY(auto lists, read_lists(options.files));
    const SystemClock clock;
    HG_TRY(
        const auto signers,
        mirror::judge_evidence({master.signer.chain_pem(), lists}, trust, clock.now())
    );
    const auto verdict = mirror::for_operator(signers.verdict());
    if (!mirror::lists_do(verdict)) {
        return refuse_lists(verdict, console);
    }
    report_signer(verdict, console);
    auto publisher = master.publisher(clock, console.events());
    // As it is published: during a rollover it holds more than our own signer.
    HG_TRY(auto documents, mirror::published_evidence(*master.catalog));
    documents.revocation_lists_pem = std::move(lists);
    HG_TRY(const auto serial, publisher.publish_evidence(documents));
    console.say("published the revocation lists, serial " + std::to_string(serial.value));
    HG_CHECK(warn_of_former(documents, master, clock, console));
    console.present(JsonObject{
        {"serial", serial.value},
        {"signer_revoked", verdict.find("signer-revoked") != nullptr},
        {"signer_expired", verdict.find("signer-expired") != nullptr}});
    return ExitCode::done;
}

}  // namespace

void add_crl(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"crl",
         "Publish new revocation lists on a master; do it whenever `pki crl` or `pki revoke` ran.",
         "mirror crl --dir master pki/crl.pem"}
    );
    auto options = std::make_shared<CrlOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("files", options->files, "Revocation lists of root and intermediate, PEM")
        ->type_name("FILE")
        ->required();
    program.set_action(verb, [options](Console& console) {
        return publish_lists(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
