// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/ephemeral.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/issued_report.hpp>
#include <tools/commands/pki/key_type_option.hpp>
#include <tools/commands/pki/shell_word.hpp>

#include <CLI/App.hpp>

#include <vector>

namespace heliograph::tools::pki_commands {

namespace {

struct InitOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::shared_ptr<pki::KeyType> key_type;
    pki::AuthorityRequest request;
    unsigned days = 3652;
    bool unconstrained = false;
    bool ephemeral = false;
    std::vector<std::string> issue;
    std::string output;
};

std::string permitted_text(const pki::Certificate& root) {
    const auto constraints = pki::constraints_of(root);
    return !constraints || constraints->empty() ? "every name" : constraints->describe();
}

// A limit on one kind of name says nothing of another (RFC 5280, section 4.2.1.10).
std::string unlimited_text(const pki::Certificate& root) {
    const auto constraints = pki::constraints_of(root);
    if (!constraints || constraints->empty()) {
        return "";
    }
    if (constraints->uri.empty() && constraints->email.empty()) {
        return "; URIs and mailboxes of any host, for want of --permit uri:HOST and email:HOST";
    }
    if (constraints->uri.empty()) {
        return "; URIs of any host, for want of --permit uri:HOST";
    }
    return constraints->email.empty() ? "; mailboxes of any host, for want of --permit email:HOST"
                                      : "";
}

Result<pki::AuthorityRequest> request_of(const InitOptions& options) {
    pki::AuthorityRequest request = options.request;
    request.pkcs11_module = options.folder->module;
    request.key_type = *options.key_type;
    request.root_days = std::chrono::days(options.days);
    // An intermediate that would outlive its root ends with it.
    request.intermediate_days = std::min(request.intermediate_days, request.root_days);
    if (options.unconstrained) {
        request.constraint = pki::Constraint::none;
    }
    return request;
}

// `server:localhost`, `client:laptop`.
Result<pki::IssueRequest> parse_issue(const std::string& text, pki::KeyType key_type) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon + 1 == text.size()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a kind and a name such as server:localhost, saw '" + text.substr(0, 80) + "'"
        );
    }
    HG_TRY(const auto kind, pki::parse_leaf_kind(text.substr(0, colon)));
    pki::IssueRequest request;
    request.kind = kind;
    request.name = text.substr(colon + 1);
    request.key_type = kind == pki::LeafKind::recipient ? pki::KeyType::p256 : key_type;
    return request;
}

Result<std::vector<pki::IssueRequest>> issue_requests_of(const InitOptions& options) {
    std::vector<pki::IssueRequest> requests;
    for (const auto& text : options.issue) {
        HG_TRY(auto wanted, parse_issue(text, *options.key_type));
        requests.push_back(std::move(wanted));
    }
    return requests;
}

Result<ExitCode> init_ephemeral(const InitOptions& options, Console& console) {
    if (options.output.empty()) {
        return Error(ErrorCode::invalid_argument, "expected --out with --ephemeral, saw none");
    }
    pki::EphemeralRequest request;
    HG_TRY(request.authority, request_of(options));
    request.folder = options.output;
    HG_TRY(request.issue, issue_requests_of(options));
    const SystemClock clock;
    HG_TRY(const auto root, pki::make_ephemeral(request, clock));
    console.say("made " + root.subject_common_name() + " for this once; its keys are gone");
    console.say("root certificate:  " + (request.folder / "root.crt").string());
    console.say("SHA-256:           " + root.fingerprint().to_hex());
    JsonArray issued;
    for (const auto& wanted : request.issue) {
        const auto folder = (request.folder / wanted.name).string();
        console.say(std::string(pki::leaf_kind_name(wanted.kind)) + " certificate: " + folder);
        issued.push_back(JsonObject{
            {"kind", pki::leaf_kind_name(wanted.kind)}, {"name", wanted.name}, {"folder", folder}});
    }
    console.present(JsonObject{
        {"root", (request.folder / "root.crt").string()},
        {"fingerprint", root.fingerprint().to_hex()},
        {"not_after", format_rfc3339(root.not_after())},
        {"permitted", permitted_text(root)},
        {"issued", std::move(issued)}});
    return ExitCode::done;
}

Result<ExitCode> init(const InitOptions& options, Console& console) {
    if (const auto warning = key_type_warning(*options.key_type); !warning.empty()) {
        console.warn(warning);
    }
    if (options.ephemeral) {
        return init_ephemeral(options, console);
    }
    if (!options.output.empty()) {
        return Error(ErrorCode::invalid_argument, "expected --out with --ephemeral only");
    }
    HG_TRY(const auto folder, find_authority_folder(options.folder->folder));
    HG_TRY(auto request, request_of(options));
    HG_TRY(request.issue, issue_requests_of(options));
    const SystemClock clock;
    HG_TRY(
        const auto built,
        pki::Authority::build(
            folder, request, clock, new_key_source(*options.folder), device_access(*options.folder)
        )
    );
    const pki::Certificate& root = built.root;
    const std::string place = folder.string();
    const std::string fingerprint = root.fingerprint().to_hex();
    console.say("made the authority " + root.subject_common_name() + " in " + place);
    console.say("root certificate:  " + (folder / "root.crt").string());
    console.say("SHA-256:           " + fingerprint);
    console.say("valid until:       " + format_rfc3339(root.not_after()));
    console.say("may vouch for:     " + permitted_text(root) + unlimited_text(root));
    JsonArray issued;
    for (std::size_t i = 0; i < built.issued.size(); ++i) {
        const pki::IssueRequest& wanted = request.issue[i];
        const IssuedStory story{
            "issued", std::string(pki::leaf_kind_name(wanted.kind)), wanted.name};
        say_issued(console, story, built.issued[i]);
        issued.emplace_back(json_of_issued(story, built.issued[i]));
    }
    if (issued.empty()) {
        const std::string word = shell_word(place);
        console.say("next:");
        console.say("  pki issue server localhost --dns localhost --ip 127.0.0.1 --dir " + word);
        console.say("  pki issue signer page-signer --dir " + word);
    }
    console.present(JsonObject{
        {"dir", place},
        {"name", root.subject_common_name()},
        {"root", (folder / "root.crt").string()},
        {"fingerprint", fingerprint},
        {"not_after", format_rfc3339(root.not_after())},
        {"permitted", permitted_text(root)},
        {"issued", std::move(issued)}});
    return ExitCode::done;
}

void add_constraint_options(CLI::App& verb, InitOptions& options) {
    auto* permit = verb.add_option(
        "--permit",
        options.request.permit,
        "What the authority may vouch for beside localhost: dns:ZONE, ip:CIDR, uri:HOST or "
        "email:HOST; repeatable"
    );
    verb.add_flag(
            "--unconstrained",
            options.unconstrained,
            "Let the root vouch for every name; whoever steals it can then impersonate any host"
    )
        ->excludes(permit);
}

// Where keys lie that a device holds.
std::vector<CLI::Option*> add_device_key_options(CLI::App& verb, InitOptions& options) {
    auto* root_key =
        verb.add_option(
                "--root-key",
                options.request.root_key_uri,
                "The root's key, made before in the device of --pkcs11-module: a URI (RFC "
                "7512) without a PIN"
        )
            ->type_name("URI");
    auto* intermediate_key = verb.add_option(
                                     "--intermediate-key",
                                     options.request.intermediate_key_uri,
                                     "The intermediate's key in the device, likewise"
    )
                                 ->type_name("URI");
    return {root_key, intermediate_key};
}

// `needless` means nothing to an authority whose keys are forgotten.
void add_ephemeral_options(
    CLI::App& verb, InitOptions& options, const std::vector<CLI::Option*>& needless
) {
    auto* ephemeral = verb.add_flag(
        "--ephemeral",
        options.ephemeral,
        "For tests: issue what --issue names and forget the keys of the authority"
    );
    for (auto* const other : needless) {
        other->excludes(ephemeral);
    }
    verb.add_option(
            "--issue",
            options.issue,
            "KIND:NAME to issue at once, with a key of the same type; all of it or no authority; "
            "repeatable"
    )
        ->type_name("KIND:NAME");
    verb.add_option("-o,--out", options.output, "Where --ephemeral writes; must not exist")
        ->type_name("DIR")
        ->needs(ephemeral);
}

}  // namespace

void add_init(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"init",
         "Make an authority: root, intermediate, ledger and revocation lists. Asks nothing.",
         "pki init\n"
         "pki init --issue server:localhost --issue client:laptop\n"
         "pki init --dir /srv/pki --name Example --permit dns:example.org --permit ip:10.0.0.0/8\n"
         "pki init --pkcs11-module /usr/lib/softhsm/libsofthsm2.so --pin-file pin "
         "--root-key 'pkcs11:token=pki;object=root'\n"
         "pki init --ephemeral --issue server:localhost --issue client:test --out /tmp/test-pki"}
    );
    auto options = std::make_shared<InitOptions>();
    options->folder = add_authority_options(verb);
    verb.add_option("--name", options->request.name, "What people call the authority")
        ->capture_default_str();
    add_constraint_options(verb, *options);
    options->key_type = add_key_type_option(verb);
    auto needless = add_device_key_options(verb, *options);
    verb.add_option("--days", options->days, "Days of the root's validity")
        ->check(CLI::Range(2, 9131))
        ->capture_default_str();
    verb.add_option(
        "--url",
        options->request.base_url,
        "Where the folder public/ is served; certificates then say where lists and issuers are"
    );
    needless.push_back(verb.add_option(
        "--ocsp-url",
        options->request.ocsp_url,
        "Where an OCSP responder answers with what 'pki ocsp answer' says; certificates then name "
        "it"
    ));
    add_ephemeral_options(verb, *options, needless);
    program.set_action(verb, [options](Console& console) { return init(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
