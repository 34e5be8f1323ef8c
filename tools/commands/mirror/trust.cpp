// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/url.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct ExportOptions {
    std::shared_ptr<std::string> folder;
    std::string output;
    std::vector<std::string> mirrors;
};

// The bundle as the folder keeps it; with --mirror, the same with another list of mirrors.
Result<std::string> bundle_text(const ExportOptions& options) {
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    HG_TRY(const auto stored, read_file(folder.trust_path(), verify::limits::trust_bundle_bytes));
    if (options.mirrors.empty()) {
        return std::string(text_of(stored));
    }
    HG_TRY(auto bundle, verify::parse_trust_bundle(text_of(stored)));
    bundle.mirrors.clear();
    for (const auto& text : options.mirrors) {
        HG_TRY(const auto url, mirror::Url::parse(text));
        bundle.mirrors.push_back(url.to_string());
    }
    return verify::render_trust_bundle(bundle);
}

Result<ExitCode> export_bundle(const ExportOptions& options, Console& console) {
    HG_TRY(const auto text, bundle_text(options));
    const std::string fingerprint =
        verify::format_fingerprint(verify::trust_fingerprint(bytes_of(text)));
    if (options.output.empty()) {
        console.write(text);
    } else {
        HG_CHECK(output_fault(write_file_atomically(options.output, bytes_of(text))));
        console.say("wrote the trust bundle to " + options.output);
        console.say("fingerprint, for people to compare: " + fingerprint);
    }
    console.present(JsonObject{
        {"file", options.output.empty() ? JsonValue() : JsonValue(options.output)},
        {"fingerprint", fingerprint}});
    return ExitCode::done;
}

struct ReplaceOptions {
    std::shared_ptr<std::string> folder;
    std::string roots;
    std::string bundle;
};

// What the folder is to hold: a master keeps its name and mirrors, a mirror takes the file as it
// is.
Result<std::string> replacement(const ReplaceOptions& options, const mirror::MirrorFolder& folder) {
    const bool master = folder.marker().role == mirror::MirrorRole::master;
    if ((master ? options.roots : options.bundle).empty()) {
        return Error(
            ErrorCode::invalid_argument,
            master ? "expected --root for a master, whose bundle is made from its roots, saw none"
                   : "expected --trust for a mirror, which takes the bundle of its index, saw none"
        );
    }
    if (!master) {
        HG_TRY(const auto text, read_file(options.bundle, verify::limits::trust_bundle_bytes));
        return std::string(text_of(text));
    }
    HG_TRY(const auto stored, read_file(folder.trust_path(), verify::limits::trust_bundle_bytes));
    HG_TRY(auto bundle, verify::parse_trust_bundle(text_of(stored)));
    HG_TRY(const auto pem, read_file(options.roots, verify::limits::server_key_bytes));
    auto roots = pki::Certificate::parse_pem_list(text_of(pem), verify::limits::trust_roots);
    if (!roots) {
        return std::move(roots).error().at(options.roots);
    }
    bundle.roots = *std::move(roots);
    return verify::render_trust_bundle(bundle);
}

// Findings on every signer that clients with the old bundle accept and clients with the new one
// would not: during the overlap of two signers some pages may hang on either. Where nobody accepts
// anything today, as after the end of a root, nothing can be lost.
Result<verify::Verdict> judge_loss(
    const verify::SignerEvidence& evidence,
    const verify::TrustBundle& before,
    const verify::TrustBundle& after,
    Instant now
) {
    verify::Verdict lost;
    for (const auto& policy : {verify::default_page_policy(), verify::strict_page_policy()}) {
        HG_TRY(const auto old_signers, verify::judge_signers(evidence, before, policy, now));
        HG_TRY(const auto new_signers, verify::judge_signers(evidence, after, policy, now));
        for (std::size_t i = 0; i < old_signers.candidates().size(); ++i) {
            const auto& verdict = new_signers.candidates()[i].verdict;
            if (old_signers.candidates()[i].verdict.accepted() && !verdict.accepted()) {
                lost.merge(verdict);
            }
        }
        if (lost.worst_cause()) {
            break;
        }
    }
    return lost;
}

// What clients that have the new bundle say of the evidence that lies here; a mirror that has not
// followed yet holds none.
Result<verify::Verdict> judge_evidence(
    const mirror::MirrorFolder& folder, const verify::TrustBundle& bundle
) {
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto chain = catalog->evidence(mirror::EvidenceKind::signer_chain);
    const auto lists = catalog->evidence(mirror::EvidenceKind::revocation_lists);
    for (const auto* evidence : {&chain, &lists}) {
        if (!*evidence && evidence->error().code() != ErrorCode::not_found) {
            return evidence->error();
        }
    }
    verify::SignerEvidence evidence;
    if (!chain) {
        return verify::Verdict();
    }
    evidence.chain_pem = *chain;
    if (lists) {
        evidence.revocation_pem = *lists;
    }
    HG_TRY(const auto stored, read_file(folder.trust_path(), verify::limits::trust_bundle_bytes));
    HG_TRY(const auto before, verify::parse_trust_bundle(text_of(stored)));
    return judge_loss(evidence, before, bundle, SystemClock().now());
}

Result<ExitCode> replace_bundle(const ReplaceOptions& options, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    HG_TRY(const auto lock, folder.lock(std::chrono::seconds(10)));
    HG_TRY(const auto text, replacement(options, folder));
    HG_TRY(const auto bundle, verify::parse_trust_bundle(text));
    HG_TRY(const auto verdict, judge_evidence(folder, bundle));
    if (verdict.worst_cause()) {
        for (const auto& finding : verdict.findings()) {
            console.report(finding);
        }
        console.fail(
            "clients with this bundle would refuse the pages that lie here, so it was not taken; "
            "keep both roots in it until the pages are signed anew, and sync a mirror first"
        );
        return exit_code_of(verdict);
    }
    HG_CHECK(write_file_atomically(folder.trust_path(), bytes_of(text)));
    const std::string fingerprint =
        verify::format_fingerprint(verify::trust_fingerprint(bytes_of(text)));
    console.say("trusted from now on:");
    JsonArray roots;
    for (const auto& root : bundle.roots) {
        console.say("  " + root.subject() + ", until " + format_rfc3339(root.not_after()));
        roots.emplace_back(root.subject());
    }
    console.say("fingerprint, for people to compare: " + fingerprint);
    console.present(JsonObject{
        {"dir", folder.path().string()}, {"fingerprint", fingerprint}, {"roots", std::move(roots)}}
    );
    return ExitCode::done;
}

void add_replace(Program& program, CLI::App& trust) {
    auto& verb = program.add_verb(
        trust,
        {"replace",
         "Exchange the roots of a master, or the bundle of a mirror, when the authority has a new "
         "root. Refused when clients with the new bundle could not check what lies here.",
         "mirror trust replace --dir master --root pki/root.crt\n"
         "mirror trust replace --dir mirror1 --trust trust.json"}
    );
    auto options = std::make_shared<ReplaceOptions>();
    options->folder = add_folder_option(verb);
    auto* roots = verb.add_option(
                          "--root",
                          options->roots,
                          "Master: the roots that clients will pin; both during a rollover"
    )
                      ->type_name("FILE");
    verb.add_option("--trust", options->bundle, "Mirror: the new trust bundle of the index")
        ->type_name("FILE")
        ->excludes(roots);
    program.set_action(verb, [options](Console& console) {
        return replace_bundle(*options, console);
    });
}

}  // namespace

void add_trust(Program& program) {
    auto& trust = program.add_verb(
        program.root(),
        {"trust",
         "Give others what they need to check this index.",
         "mirror trust export --dir master -o trust.json\n"
         "mirror trust replace --dir master --root pki/root.crt"}
    );
    auto& verb = program.add_verb(
        trust,
        {"export",
         "Write the trust bundle: the one file that clients and mirrors pin.",
         "mirror trust export --dir master -o trust.json\n"
         "mirror trust export --dir master --mirror https://a.example/ --mirror https://b.example/"}
    );
    auto options = std::make_shared<ExportOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("-o,--output", options->output, "Where to write it [standard output]")
        ->type_name("FILE");
    verb.add_option("--mirror", options->mirrors, "A mirror that clients may use; repeatable")
        ->type_name("URL");
    program.set_action(verb, [options](Console& console) {
        return export_bundle(*options, console);
    });
    add_replace(program, trust);
}

}  // namespace heliograph::tools::mirror_commands
