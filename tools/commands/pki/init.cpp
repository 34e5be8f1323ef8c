// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct InitOptions {
    std::shared_ptr<std::string> folder;
    pki::AuthorityRequest request;
    bool unconstrained = false;
};

std::string permitted_text(const pki::Certificate& root) {
    const auto constraints = pki::constraints_of(root);
    return !constraints || constraints->empty() ? "every name" : constraints->describe();
}

Result<ExitCode> init(const InitOptions& options, Console& console) {
    HG_TRY(const auto folder, find_authority_folder(*options.folder));
    pki::AuthorityRequest request = options.request;
    if (options.unconstrained) {
        request.constraint = pki::Constraint::none;
    }
    const SystemClock clock;
    HG_TRY(const auto authority, pki::Authority::create(folder, request, clock));
    const std::string place = folder.string();
    const std::string fingerprint = authority.root().fingerprint().to_hex();
    console.say("made the authority " + authority.root().subject_common_name() + " in " + place);
    console.say("root certificate:  " + (folder / "root.crt").string());
    console.say("SHA-256:           " + fingerprint);
    console.say("valid until:       " + format_rfc3339(authority.root().not_after()));
    console.say("may vouch for:     " + permitted_text(authority.root()));
    console.say("next:");
    console.say("  pki issue server localhost --ip 127.0.0.1 --dir " + place);
    console.say("  pki issue signer page-signer --dir " + place);
    console.present(JsonObject{
        {"dir", place},
        {"name", authority.root().subject_common_name()},
        {"root", (folder / "root.crt").string()},
        {"fingerprint", fingerprint},
        {"not_after", format_rfc3339(authority.root().not_after())},
        {"permitted", permitted_text(authority.root())}});
    return ExitCode::done;
}

}  // namespace

void add_init(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"init",
         "Make an authority: root, intermediate, ledger and revocation lists. Asks nothing.",
         "pki init\n"
         "pki init --dir /srv/pki --name Example --permit example.org --permit 10.0.0.0/8"}
    );
    auto options = std::make_shared<InitOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("--name", options->request.name, "What people call the authority")
        ->capture_default_str();
    auto* permit = verb.add_option(
        "--permit",
        options->request.permit,
        "A DNS name, address or range the authority may vouch for, beside localhost; repeatable"
    );
    verb.add_flag(
            "--unconstrained",
            options->unconstrained,
            "Let the root vouch for every name; whoever steals it can then impersonate any host"
    )
        ->excludes(permit);
    program.set_action(verb, [options](Console& console) { return init(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
