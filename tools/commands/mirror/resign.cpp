// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/resign.hpp>
#include <mirror/publish/signer_standing.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <tools/commands/stop_signal.hpp>
#include <verify/detached/server_key.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <optional>
#include <stop_token>

namespace heliograph::tools::mirror_commands {

namespace {

struct ResignChoice {
    std::shared_ptr<std::string> folder;
    std::string signer;
    std::vector<std::string> revocation_lists;
    bool end_overlap = false;
};

// What clients will have once the change is announced, and how they judge the signers of before.
struct SignerPlan {
    verify::Verdict next;
    std::vector<pki::Sha256> revoked;
    std::optional<std::string> lists;
    bool former_stays = false;
};

Result<SignerPlan> plan_change(
    const ResignChoice& choice, const OpenMaster& master, const pki::Credential& next, Instant now
) {
    SignerPlan plan;
    HG_TRY(const auto trust, own_trust(master.folder));
    HG_TRY(auto documents, mirror::published_evidence(*master.catalog));
    if (!choice.revocation_lists.empty()) {
        HG_TRY(plan.lists, read_lists(choice.revocation_lists));
        documents.revocation_lists_pem = *plan.lists;
    }
    HG_TRY(const auto present, mirror::judge_evidence(documents, trust, now));
    plan.revoked = present.revoked();
    plan.former_stays =
        master.signer.leaf.not_after() >= now &&
        std::find(plan.revoked.begin(), plan.revoked.end(), master.signer.leaf.fingerprint()) ==
            plan.revoked.end();
    documents.signer_chain_pem = next.chain_pem();
    HG_TRY(const auto signers, mirror::judge_evidence(documents, trust, now));
    plan.next = mirror::for_operator(signers.verdict());
    return plan;
}

std::string describe_change(
    const SignerPlan& plan, const pki::Credential& next, const pki::Credential& former
) {
    return "from now on pages are signed by " + next.leaf.subject() + "; " +
           (plan.former_stays
                ? "those signed by " + former.leaf.subject() + " stay good beside them"
                : "those signed by " + former.leaf.subject() +
                      ", which is over or revoked, are good again once they are "
                      "signed anew");
}

// The key of the other signatures goes on to sign, beside the new one. That of a signer who is over
// or revoked is of no use any more.
Outcome keep_former(
    const OpenMaster& master, const mirror::Publisher::Parts& parts, const pki::Credential& next
) {
    const auto place = master.folder.former_signer_path();
    HG_TRY(const auto* const kept, mirror::signer_to_keep(parts, next));
    if (kept == nullptr) {
        return remove_file(place);
    }
    return write_file_atomically(place, kept->to_bundle_pem().expose(), FileAccess::owner_only);
}

// Two signatures a page is what there is room for: a third signer would take those of the former
// one from whoever still counts on them.
Outcome check_overlap_is_over(
    const mirror::Resigner& resigner,
    const SignerPlan& plan,
    const pki::PublicKey& next,
    Instant now
) {
    HG_TRY(const auto former, resigner.overlapping_signer());
    const auto counts = [&](const pki::Certificate& signer) {
        return signer.not_after() >= now &&
               std::find(plan.revoked.begin(), plan.revoked.end(), signer.fingerprint()) ==
                   plan.revoked.end();
    };
    if (!former || !plan.former_stays || !counts(*former) ||
        verify::key_id(former->public_key()) == verify::key_id(next)) {
        return {};
    }
    return Error(
        ErrorCode::conflict,
        "expected the rollover before this one to be over, pages still have signatures by " +
            former->subject() +
            " for whoever pinned its key; end that first: mirror resign --end-overlap"
    );
}

// A kill between the announcement and the change of keys: to sign with the former key again is not
// what was begun.
Outcome check_nobody_is_awaited(const mirror::Resigner& resigner, const OpenMaster& master) {
    HG_TRY(const auto awaited, resigner.awaited_signer());
    if (!awaited) {
        return {};
    }
    return Error(
        ErrorCode::conflict,
        "expected the key of " + awaited->subject() +
            ", whose rollover was begun and interrupted, saw that of " +
            master.signer.leaf.subject() +
            "; complete it: mirror resign --signer BUNDLE, or take it back: mirror resign "
            "--end-overlap"
    );
}

// Announced first, so that no page is ever signed by a key that is not published.
Result<ExitCode> take_signer(const ResignChoice& choice, Console& console) {
    HG_TRY(auto master, open_master(*choice.folder, {.signer = SignerDemand::none}));
    HG_TRY(const auto next, load_signer(choice.signer));
    const SystemClock clock;
    HG_TRY(const auto plan, plan_change(choice, master, next, clock.now()));
    for (const auto& finding : plan.next.findings()) {
        console.report(finding);
    }
    if (!plan.next.accepted()) {
        console.fail("clients would refuse this signer, so nothing was changed");
        return exit_code_of(plan.next);
    }
    const auto parts = master.parts(clock, console.events());
    mirror::Resigner resigner(parts, master.folder.path() / "resign.json");
    if (next.leaf == master.signer.leaf && !plan.lists) {
        return ExitCode::done;
    }
    const auto next_key = next.key.public_key();
    // A certificate renewed with its key takes nobody's signatures away.
    if (verify::key_id(next_key) != verify::key_id(master.signer.key.public_key())) {
        HG_CHECK(check_overlap_is_over(resigner, plan, next_key, clock.now()));
    }
    HG_CHECK(resigner.announce(
        {.next = next, .revoked = plan.revoked, .revocation_lists_pem = plan.lists}
    ));
    if (next.leaf == master.signer.leaf) {
        return ExitCode::done;
    }
    HG_CHECK(keep_former(master, parts, next));
    HG_CHECK(write_file_atomically(
        master.folder.signer_path(), next.to_bundle_pem().expose(), FileAccess::owner_only
    ));
    console.say(describe_change(plan, next, master.signer));
    return ExitCode::done;
}

Result<ExitCode> sign_anew(const ResignChoice& choice, OpenMaster& master, Console& console) {
    const SystemClock clock;
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    ProgressSink watched(
        console.events(),
        console.progress("sign", ProgressUnit::items),
        {"resign.plan", "projects", "resign.project.signed", "project"}
    );
    mirror::Resigner resigner(master.parts(clock, watched), master.folder.path() / "resign.json");
    if (!choice.end_overlap) {
        HG_CHECK(check_nobody_is_awaited(resigner, master));
    }
    HG_TRY(const auto trust, own_trust(master.folder));
    HG_TRY(const auto documents, mirror::published_evidence(*master.catalog));
    HG_TRY(const auto present, mirror::judge_evidence(documents, trust, clock.now()));
    HG_TRY(auto report, resigner.run({.stop = stop.get_token(), .revoked = present.revoked()}));
    watched.finish();
    if (choice.end_overlap) {
        HG_TRY(report.serial, resigner.end_overlap());
        // Its certificate is published no more: nothing that it signs counts.
        HG_CHECK(remove_file(master.folder.former_signer_path()));
    }
    console.say(
        "signed " + counted(report.pages, "page") + " of " + counted(report.projects, "project") +
        " anew, serial " + std::to_string(report.serial.value)
    );
    if (choice.end_overlap) {
        console.say("pages are signed by " + master.signer.leaf.subject() + " alone now");
    }
    console.present(JsonObject{
        {"projects", report.projects},
        {"pages", report.pages},
        {"serial", report.serial.value},
        {"overlap_ended", choice.end_overlap}});
    return ExitCode::done;
}

Result<ExitCode> resign(const ResignChoice& choice, Console& console) {
    if (!choice.signer.empty()) {
        HG_TRY(const auto taken, take_signer(choice, console));
        if (taken != ExitCode::done) {
            return taken;
        }
    }
    return with_master(*choice.folder, console, [&](OpenMaster& master) {
        return sign_anew(choice, master, console);
    });
}

}  // namespace

void add_resign(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"resign",
         "Sign every page anew after a change of the signer; interrupted, it continues.",
         "mirror resign --dir master --signer pki/issued/page-signer-2/bundle.pem\n"
         "mirror resign --dir master --signer pki/issued/page-signer-2/bundle.pem --crl "
         "pki/crl.pem\n"
         "mirror resign --dir master --end-overlap"}
    );
    auto choice = std::make_shared<ResignChoice>();
    choice->folder = add_folder_option(verb);
    auto* signer = verb.add_option(
                           "--signer",
                           choice->signer,
                           "The new signer's bundle.pem: take it first; also after the old one is "
                           "over or revoked"
    )
                       ->type_name("FILE");
    verb.add_option(
            "--crl",
            choice->revocation_lists,
            "Revocation lists to publish with the new signer, PEM"
    )
        ->type_name("FILE")
        ->needs(signer);
    verb.add_flag(
        "--end-overlap",
        choice->end_overlap,
        "Then stop to publish the former signers and their signatures; do it when mirrors have "
        "followed, and whoever pinned the key at /serverkey"
    );
    program.set_action(verb, [choice](Console& console) { return resign(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
