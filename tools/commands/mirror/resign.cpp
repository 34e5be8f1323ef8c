// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/master_setup.hpp>
#include <mirror/publish/resign.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <tools/commands/stop_signal.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

#include <stop_token>

namespace heliograph::tools::mirror_commands {

namespace {

struct ResignChoice {
    std::shared_ptr<std::string> folder;
    std::string signer;
    bool end_overlap = false;
};

// Whether the clients of this master will accept pages of the new signer.
Result<verify::Verdict> judge_next(const OpenMaster& master, const pki::Credential& next) {
    HG_TRY(
        const auto trust_text,
        read_file(master.folder.trust_path(), verify::limits::trust_bundle_bytes)
    );
    HG_TRY(const auto trust, verify::parse_trust_bundle(text_of(trust_text)));
    const auto lists = master.catalog->evidence(mirror::EvidenceKind::revocation_lists);
    if (!lists && lists.error().code() != ErrorCode::not_found) {
        return lists.error();
    }
    const auto chain_pem = next.chain_pem();
    verify::SignerEvidence evidence;
    evidence.chain_pem = bytes_of(chain_pem);
    if (lists) {
        evidence.revocation_pem = *lists;
    }
    HG_TRY(
        const auto signers,
        verify::judge_signers(
            evidence,
            trust,
            lists ? verify::strict_page_policy() : verify::default_page_policy(),
            SystemClock().now()
        )
    );
    return signers.verdict();
}

// Announced first, so that no page is ever signed by a key that is not published.
Result<ExitCode> take_signer(const ResignChoice& choice, Console& console) {
    HG_TRY(auto master, open_master(*choice.folder));
    HG_TRY(const auto next, pki::Credential::load_bundle(choice.signer));
    if (next.leaf == master.signer.leaf) {
        return ExitCode::done;
    }
    HG_TRY(const auto verdict, judge_next(master, next));
    for (const auto& finding : verdict.findings()) {
        console.report(finding);
    }
    if (!verdict.accepted()) {
        console.fail("clients would refuse this signer, so nothing was changed");
        return exit_code_of(verdict);
    }
    const SystemClock clock;
    mirror::Resigner resigner(
        {*master.catalog, *master.blobs, master.signer, clock, console.events()},
        master.folder.path() / "resign.json"
    );
    HG_CHECK(resigner.announce(next));
    HG_CHECK(write_file_atomically(
        master.folder.signer_path(), next.to_bundle_pem().expose(), FileAccess::owner_only
    ));
    console.say(
        "from now on pages are signed by " + next.leaf.subject() + "; those signed by " +
        master.signer.leaf.subject() + " stay good beside them"
    );
    return ExitCode::done;
}

Result<ExitCode> resign(const ResignChoice& choice, Console& console) {
    if (!choice.signer.empty()) {
        HG_TRY(const auto taken, take_signer(choice, console));
        if (taken != ExitCode::done) {
            return taken;
        }
    }
    HG_TRY(auto master, open_master(*choice.folder));
    const SystemClock clock;
    std::stop_source stop;
    const StopSignal stop_signal([&stop] { stop.request_stop(); });
    ProgressSink watched(
        console.events(),
        console.progress("sign", ProgressUnit::items),
        {"resign.plan", "projects", "resign.project.signed", "project"}
    );
    mirror::Resigner resigner(
        {*master.catalog, *master.blobs, master.signer, clock, watched},
        master.folder.path() / "resign.json"
    );
    HG_TRY(auto report, resigner.run({.stop = stop.get_token()}));
    watched.finish();
    console.say(
        "signed " + counted(report.pages, "page") + " of " + counted(report.projects, "project") +
        " anew, serial " + std::to_string(report.serial.value)
    );
    if (choice.end_overlap) {
        HG_TRY(report.serial, resigner.end_overlap());
        console.say("the former signers are no longer published");
    }
    console.present(JsonObject{
        {"projects", report.projects},
        {"pages", report.pages},
        {"serial", report.serial.value},
        {"overlap_ended", choice.end_overlap}});
    return ExitCode::done;
}

}  // namespace

void add_resign(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"resign",
         "Sign every page anew after a change of the signer; interrupted, it continues.",
         "mirror resign --dir master --signer pki/issued/page-signer-2/bundle.pem\n"
         "mirror resign --dir master --end-overlap"}
    );
    auto choice = std::make_shared<ResignChoice>();
    choice->folder = add_folder_option(verb);
    verb.add_option("--signer", choice->signer, "The new signer's bundle.pem: take it first")
        ->type_name("FILE");
    verb.add_flag(
        "--end-overlap",
        choice->end_overlap,
        "Then stop to publish the former signers; do it when mirrors have followed"
    );
    program.set_action(verb, [choice](Console& console) { return resign(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
