// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/new_passphrase.hpp>
#include <tools/commands/pki/rollover_report.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::pki_commands {

namespace {

struct RolloverOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string target;
    std::string signer;
    std::shared_ptr<NewKeyOptions> key;  // Of start.
    std::string root_key;
    std::string intermediate_key;
    bool revoke_remaining = false;
    bool clients_ready = false;
};

void show(Console& console, const pki::RolloverReport& report, Instant now) {
    for (const auto& warning : report.warnings) {
        console.warn(warning);
    }
    print_rollover(console, report);
    console.present(json_of_rollover(report, now));
}

Result<pki::RolloverRequest> request_of(const RolloverOptions& options) {
    HG_TRY(const auto target, pki::parse_rollover_target(options.target));
    if (!options.signer.empty() && target != pki::RolloverTarget::signer) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a name after 'signer' only, saw '" + options.signer.substr(0, 64) +
                "' after '" + options.target + "'"
        );
    }
    pki::RolloverRequest request{
        .target = target,
        .signer = options.signer,
        .root_key_uri = options.root_key,
        .intermediate_key_uri = options.intermediate_key};
    if (options.key) {
        HG_TRY(request.key_lock, new_key_lock(*options.key));
    }
    if (request.key_lock.is_wanted() && target != pki::RolloverTarget::signer) {
        if (!options.key->typed()) {
            request.key_lock = {};
            return request;
        }
        return Error(
            ErrorCode::invalid_argument,
            "expected a passphrase for the new key of a signer only, saw one for '" +
                options.target +
                "', whose new key is under the passphrase of the authority if the old one is"
        );
    }
    return request;
}

Result<ExitCode> plan(const RolloverOptions& options, Console& console) {
    HG_TRY(const auto request, request_of(options));
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto report, authority.plan_rollover(request));
    show(console, report, clock.now());
    const bool sound =
        std::none_of(report.steps.begin(), report.steps.end(), [](const pki::RolloverStep& step) {
            return step.simulation.has_gap();
        });
    if (!sound) {
        console.fail("a client that works today would not; see REFUSED above");
    }
    return sound ? ExitCode::done : ExitCode::evidence_false;
}

// Nobody is asked for a passphrase while others wait for the authority, nor where no signer is to
// be followed.
Outcome ask_ahead(
    const RolloverOptions& options, const pki::RolloverRequest& request, const Clock& clock
) {
    if (!request.key_lock.is_wanted()) {
        return {};
    }
    HG_TRY(const auto reader, open_authority_reader(*options.folder, clock));
    HG_TRY(const auto rows, reader.list());
    const bool is_there = std::any_of(rows.begin(), rows.end(), [&](const pki::LedgerEntry& row) {
        return row.kind == pki::leaf_kind_name(pki::LeafKind::signer) &&
               (request.signer.empty() || row.name == request.signer) &&
               row.state(clock.now()) == pki::EntryState::valid;
    });
    return is_there ? ask_now(request.key_lock) : Outcome();
}

Result<ExitCode> start(const RolloverOptions& options, Console& console) {
    HG_TRY(const auto request, request_of(options));
    const SystemClock clock;
    HG_CHECK(ask_ahead(options, request, clock));
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto report, authority.start_rollover(request));
    show(console, report, clock.now());
    return ExitCode::done;
}

Result<ExitCode> status(const RolloverOptions& options, Console& console) {
    std::vector<pki::RolloverTarget> targets{
        pki::RolloverTarget::root, pki::RolloverTarget::intermediate, pki::RolloverTarget::signer};
    if (!options.target.empty()) {
        HG_TRY(const auto target, pki::parse_rollover_target(options.target));
        targets = {target};
    }
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    JsonArray shown;
    for (const auto target : targets) {
        const auto report = authority.rollover_status(target);
        if (report) {
            print_rollover(console, *report);
            shown.push_back(json_of_rollover(*report, clock.now()));
        } else if (report.error().code() != ErrorCode::not_found || !options.target.empty()) {
            return report.error();
        }
    }
    if (shown.empty()) {
        console.print("no rollover was started; 'pki rollover plan root' shows what one would be");
    }
    console.present(JsonObject{{"rollovers", std::move(shown)}});
    return ExitCode::done;
}

Result<ExitCode> finish(const RolloverOptions& options, Console& console) {
    HG_TRY(const auto target, pki::parse_rollover_target(options.target));
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(
        const auto report,
        authority.finish_rollover(
            {.target = target,
             .left_over =
                 options.revoke_remaining ? pki::LeftOver::revoked : pki::LeftOver::refused,
             .clients = options.clients_ready ? pki::ClientsHaveNewRoot::yes
                                              : pki::ClientsHaveNewRoot::unknown}
        )
    );
    show(console, report, clock.now());
    return ExitCode::done;
}

std::shared_ptr<RolloverOptions> add_target(CLI::App& verb) {
    auto options = std::make_shared<RolloverOptions>();
    verb.add_option("target", options->target, "root, intermediate or signer")
        ->type_name("root|intermediate|signer")
        ->required();
    return options;
}

void add_signer(CLI::App& verb, RolloverOptions& options) {
    verb.add_option(
            "signer", options.signer, "After 'signer': whose successor [that of the only one]"
    )
        ->type_name("NAME");
}

void add_device_key_options(CLI::App& verb, RolloverOptions& options) {
    verb.add_option(
            "--root-key",
            options.root_key,
            "The new root's key, made before in the device: a URI (RFC 7512) without a PIN. A key "
            "in a device is followed by one that is named"
    )
        ->type_name("URI");
    verb.add_option(
            "--intermediate-key",
            options.intermediate_key,
            "The new intermediate's key in the device, likewise"
    )
        ->type_name("URI");
}

void add_plan(Program& program, CLI::App& parent) {
    auto& verb = program.add_verb(
        parent,
        {"plan",
         "Show each step, who must do what, and what every client would see after it. Makes the "
         "new certificates in memory alone; ends with 1 if a client would be cut off.",
         "pki rollover plan root\npki rollover plan signer page-signer --json"}
    );
    auto options = add_target(verb);
    add_signer(verb, *options);
    options->folder = add_authority_options(verb);
    add_device_key_options(verb, *options);
    program.set_action(verb, [options](Console& console) { return plan(*options, console); });
}

void add_start(Program& program, CLI::App& parent) {
    auto& verb = program.add_verb(
        parent,
        {"start",
         "Make the new key and certificates and issue with them from now on. The old ones stay "
         "good. Refused, and ended with 1, if a client would be cut off; once more, it changes "
         "nothing.",
         "pki rollover start intermediate\npki rollover start signer page-signer\n"
         "pki rollover start intermediate --pin-file pin --intermediate-key "
         "'pkcs11:token=pki;object=issuing-2'"}
    );
    auto options = add_target(verb);
    add_signer(verb, *options);
    options->folder = add_authority_options(verb);
    add_device_key_options(verb, *options);
    options->key = add_new_key_options(verb);
    program.set_action(verb, [options](Console& console) { return start(*options, console); });
}

void add_status(Program& program, CLI::App& parent) {
    auto& verb = program.add_verb(
        parent,
        {"status",
         "Say where rollovers are: steps done and to do, what every client sees with the "
         "certificates and lists of now, and which certificates are still to be renewed.",
         "pki rollover status\npki rollover status root --json"}
    );
    auto options = std::make_shared<RolloverOptions>();
    verb.add_option("target", options->target, "root, intermediate or signer [all]")
        ->type_name("root|intermediate|signer");
    options->folder = add_folder_option(verb);
    program.set_action(verb, [options](Console& console) { return status(*options, console); });
}

void add_finish(Program& program, CLI::App& parent) {
    auto& verb = program.add_verb(
        parent,
        {"finish",
         "Retire the old one: revoke it and what is left under it, leave it out of root.crt, "
         "chains and lists. Refused, and ended with 1, while certificates are to be renewed or a "
         "client would be cut off.",
         "pki rollover finish intermediate\npki rollover finish root --clients-ready"}
    );
    auto options = add_target(verb);
    options->folder = add_authority_options(verb);
    verb.add_flag(
        "--revoke-remaining",
        options->revoke_remaining,
        "Revoke the certificates that were not renewed"
    );
    verb.add_flag(
        "--clients-ready",
        options->clients_ready,
        "For a root: every client has the new one; those that have the old one only stop working"
    );
    program.set_action(verb, [options](Console& console) { return finish(*options, console); });
}

}  // namespace

void add_rollover(Program& program) {
    auto& parent = program.add_verb(
        program.root(),
        {"rollover", "Change root, intermediate or page signer without a client noticing.", ""}
    );
    add_plan(program, parent);
    add_start(program, parent);
    add_status(program, parent);
    add_finish(program, parent);
}

}  // namespace heliograph::tools::pki_commands
