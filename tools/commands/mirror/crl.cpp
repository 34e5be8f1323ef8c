// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/master_setup.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct CrlOptions {
    std::shared_ptr<std::string> folder;
    std::vector<std::string> files;
};

Result<std::string> read_lists(const std::vector<std::string>& files) {
    std::string lists;
    for (const auto& file : files) {
        HG_TRY(const auto list, read_file(file, verify::limits::revocation_bytes));
        lists += text_of(list);
    }
    return lists;
}

Result<ExitCode> publish_lists(const CrlOptions& options, Console& console) {
    HG_TRY(auto master, open_master(*options.folder));
    HG_TRY(
        const auto trust_text,
        read_file(master.folder.trust_path(), verify::limits::trust_bundle_bytes)
    );
    HG_TRY(auto trust, verify::parse_trust_bundle(text_of(trust_text)));
    HG_TRY(auto lists, read_lists(options.files));
    HG_TRY(
        auto signer,
        local_fault(pki::Credential::load_bundle(master.folder.signer_path()), FileOrigin::own)
    );
    const SystemClock clock;
    const mirror::MasterRequest request{
        master.folder.path(), std::move(signer), std::move(trust), std::move(lists)};
    HG_TRY(const auto verdict, mirror::judge_own_signer(request, clock.now()));
    for (const auto& finding : verdict.findings()) {
        console.report(finding);
    }
    // A list that revokes our own signer must go out all the same: clients are to refuse it. Only
    // a list that clients cannot use is kept back.
    const bool revoked = verdict.find("signer-revoked") != nullptr;
    if (!verdict.accepted() && !revoked) {
        console.fail("clients could not use these revocation lists, so they were not published");
        return exit_code_of(verdict);
    }
    auto publisher = master.publisher(clock, console.events());
    // As it is published: during a rollover it holds more than our own signer.
    HG_TRY(const auto chain_pem, master.catalog->evidence(mirror::EvidenceKind::signer_chain));
    HG_TRY(
        const auto serial,
        publisher.publish_evidence({std::string(text_of(chain_pem)), request.revocation_lists_pem})
    );
    console.say("published the revocation lists, serial " + std::to_string(serial.value));
    console.present(JsonObject{{"serial", serial.value}, {"signer_revoked", revoked}});
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
