// SPDX-License-Identifier: Apache-2.0
// `pki renew` and `pki rekey`: one word for each act.
#include <pki/authority/follow_up.hpp>
#include <tools/cli/configuration.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/hook.hpp>
#include <tools/commands/pki/issued_report.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace heliograph::tools::pki_commands {

namespace {

struct RenewOptions {
    std::shared_ptr<AuthorityOption> folder;
    pki::KeyChange key = pki::KeyChange::same_key;
    std::vector<std::string> names;
    std::string kind;
    std::optional<unsigned> days;
    std::string within = "1/3";
    std::string hook;
    unsigned hook_seconds = 300;
    std::shared_ptr<NewKeyOptions> new_key;      // Of rekey.
    std::shared_ptr<PassphraseOptions> old_key;  // Of renew.
    pki::KeyLock key_lock;                       // Of either, for all certificates of the command.
    bool due = false;
    bool watch = false;
    unsigned pause_seconds = 3600;
    const CLI::App* verb = nullptr;

    [[nodiscard]] bool typed(const std::string& flag) const {
        return stands_on_command_line(*verb, flag);
    }
    /// Whether this run was told to open the old key: a default of the file has no use where
    /// nothing is to be opened.
    [[nodiscard]] bool typed_old_key() const {
        return old_key && (typed("--key-passphrase-file") || typed("--key-passphrase-fd"));
    }
};

// A name may have certificates of several kinds.
struct Wanted {
    std::string name;
    std::optional<pki::LeafKind> kind;
};

Result<pki::LifeFraction> parse_fraction(const std::string& text) {
    pki::LifeFraction fraction;
    const auto slash = text.find('/');
    const char* const end = text.data() + text.size();
    if (slash != std::string::npos) {
        const char* const middle = text.data() + slash;
        const auto first = std::from_chars(text.data(), middle, fraction.numerator);
        const auto second = std::from_chars(middle + 1, end, fraction.denominator);
        if (first.ptr == middle && second.ptr == end && fraction.numerator > 0 &&
            fraction.numerator <= fraction.denominator && fraction.denominator <= 1000) {
            return fraction;
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a part of a life such as 1/3, saw '" + text.substr(0, 40) + "'"
    );
}

// Once that went well, no later run repeats it.
Outcome tell_users(
    const RenewOptions& options, const HookSubject& subject, const std::string& serial
) {
    HG_CHECK(run_hook({options.hook, std::chrono::seconds(options.hook_seconds)}, subject));
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    return pki::FollowUps(authority).settle(serial);
}

// The files are new, so whoever shows them is told, whatever else failed; that decides the answer.
Outcome after_renewal(
    const RenewOptions& options,
    const IssuedStory& story,
    const pki::Issued& issued,
    Console& console
) {
    std::optional<Error> first;
    if (issued.unfinished) {
        first = Error(*issued.unfinished).at(story.name);
    }
    if (!options.hook.empty()) {
        const HookSubject subject{story.name, issued.folder};
        if (const auto run = tell_users(options, subject, issued.certificate.serial_hex()); !run) {
            const Error failed(
                run.error().code(),
                "the certificate " + story.name + " is " + story.verb + ", but " +
                    run.error().message()
            );
            if (first) {
                console.fail(failed.describe());
            } else {
                first = failed;
            }
        }
    }
    return first ? Outcome(std::move(*first)) : Outcome();
}

struct Renewed {
    JsonValue document;
    std::string serial_hex;
    Outcome after;  // Of what follows the renewal, which stands whatever came of it.
};

Result<Renewed> renew_one(const RenewOptions& options, const Wanted& wanted, Console& console) {
    const SystemClock clock;
    const std::string& name = wanted.name;
    pki::RenewRequest request{
        .name = name,
        .key = options.key,
        .kind = wanted.kind,
        .days = {},
        .key_lock = options.key_lock,
        .needless = options.typed_old_key() && !options.due ? pki::NeedlessPassphrase::refused
                                                            : pki::NeedlessPassphrase::passed_over,
        .follow_up = options.hook.empty() ? pki::FollowUp::none : pki::FollowUp::announced};
    if (options.days) {
        request.days = std::chrono::days(*options.days);
    }
    // The authority is free again while the hook runs.
    const auto renewed = [&]() -> Result<std::pair<IssuedStory, pki::Issued>> {
        HG_TRY(auto authority, open_authority(*options.folder, clock));
        HG_TRY(auto issued, authority.renew(request));
        HG_TRY(const auto rows, authority.find(issued.certificate.serial_hex()));
        const bool rekeyed = options.key == pki::KeyChange::new_key;
        return std::pair(
            IssuedStory{rekeyed ? "rekeyed" : "renewed", rows.front().kind, name}, std::move(issued)
        );
    }();
    if (!renewed) {
        return Error(renewed.error()).at(name);
    }
    const IssuedStory& story = renewed->first;
    const pki::Issued& issued = renewed->second;
    say_issued(console, story, issued);
    if (options.due && options.typed_old_key() && issued.key == pki::IssuedKey::plain) {
        console.warn(
            "the key of " + name + " is not encrypted, and no passphrase was needed; 'pki rekey " +
            name + " --kind " + story.kind + "' with a passphrase makes an encrypted one"
        );
    }
    return Renewed{
        json_of_issued(story, issued),
        issued.certificate.serial_hex(),
        after_renewal(options, story, issued, console)};
}

// Their keys are out of reach, which is no failure of this run: nobody can mend it by trying again.
void report_archived(const std::vector<pki::LedgerEntry>& archived, Console& console) {
    for (const auto& entry : archived) {
        console.warn(
            entry.name + " is due until " + format_rfc3339(entry.not_after) +
            ", and its key is in the archive " + *entry.archive + "; 'pki rekey " + entry.name +
            " --kind " + entry.kind + "' makes a certificate with a new key"
        );
    }
}

Result<std::vector<Wanted>> due_ones(const RenewOptions& options, Console& console) {
    HG_TRY(const auto fraction, parse_fraction(options.within));
    const SystemClock clock;
    HG_TRY(const auto authority, open_authority(*options.folder, clock));
    HG_TRY(auto entries, authority.due(fraction));
    if (options.key == pki::KeyChange::same_key) {
        const auto reachable = std::stable_partition(
            entries.begin(),
            entries.end(),
            [](const pki::LedgerEntry& entry) { return entry.archive.has_value(); }
        );
        report_archived({entries.begin(), reachable}, console);
        entries.erase(entries.begin(), reachable);
    }
    std::vector<Wanted> due;
    due.reserve(entries.size());
    for (const auto& entry : entries) {
        HG_TRY(const auto kind, pki::parse_leaf_kind(entry.kind));
        due.push_back({entry.name, kind});
    }
    return due;
}

Result<std::vector<Wanted>> named_ones(const RenewOptions& options) {
    std::optional<pki::LeafKind> kind;
    if (!options.kind.empty()) {
        HG_TRY(kind, pki::parse_leaf_kind(options.kind));
    }
    std::vector<Wanted> named;
    named.reserve(options.names.size());
    for (const auto& name : options.names) {
        named.push_back({name, kind});
    }
    return named;
}

// Nobody is asked for a passphrase while others wait for the authority, nor for names whose keys
// are not made here.
Outcome ask_ahead(const RenewOptions& options, const std::vector<Wanted>& all) {
    if (options.key == pki::KeyChange::same_key || !options.key_lock.is_wanted()) {
        return {};
    }
    const SystemClock clock;
    HG_TRY(const auto reader, open_authority_reader(*options.folder, clock));
    for (const auto& wanted : all) {
        HG_TRY(const auto rows, reader.find(wanted.name));
        const bool is_made_here =
            std::any_of(rows.begin(), rows.end(), [](const pki::LedgerEntry& row) {
                return row.key_source == pki::KeySource::here && !row.revoked_at;
            });
        if (is_made_here) {
            return ask_now(options.key_lock);
        }
    }
    return {};
}

// Of a run over several names, of which one that fails keeps no other from its turn: all reasons
// are told, and the first decides the answer.
struct Round {
    JsonArray done;
    std::set<std::string> serials;  // All that were renewed, whatever came after.
    std::optional<Error> first;

    void fail(Error error, Console& console) {
        if (first) {
            console.fail(error.describe());
        } else {
            first = std::move(error);
        }
    }
};

Round renew_all(const RenewOptions& options, const std::vector<Wanted>& all, Console& console) {
    Round round;
    if (auto asked = ask_ahead(options, all); !asked) {
        round.fail(std::move(asked).error(), console);
        return round;
    }
    for (const auto& wanted : all) {
        auto renewed = renew_one(options, wanted, console);
        if (!renewed) {
            round.fail(std::move(renewed).error(), console);
            continue;
        }
        round.serials.insert(renewed->serial_hex);
        if (renewed->after) {
            round.done.push_back(std::move(renewed->document));
        } else {
            round.fail(std::move(renewed->after).error(), console);
        }
    }
    return round;
}

// What an earlier run renewed and told nobody of: it was killed first, or its command failed. What
// was renewed just now had its turn.
void tell_late(const RenewOptions& options, Round& round, Console& console) {
    if (!options.due || options.hook.empty()) {
        return;
    }
    const auto pending = [&options]() -> Result<std::vector<pki::UntoldRenewal>> {
        const SystemClock clock;
        HG_TRY(auto authority, open_authority(*options.folder, clock));
        return pki::FollowUps(authority).pending();
    }();
    if (!pending) {
        round.fail(Error(pending.error()), console);
        return;
    }
    for (const pki::UntoldRenewal& one : *pending) {
        if (round.serials.contains(one.entry.serial_hex)) {
            continue;
        }
        const std::string& name = one.entry.name;
        if (one.files == pki::UntoldRenewal::Files::elsewhere) {
            console.warn(
                name +
                " was renewed by an earlier run that told nobody, and its files are not in " +
                one.folder.string() + "; put them there, or make others: pki rekey " + name +
                " --kind " + one.entry.kind + " --exec COMMAND"
            );
            continue;
        }
        console.say(name + " was renewed by an earlier run that told nobody; the command runs now");
        if (auto told = tell_users(options, {name, one.folder}, one.entry.serial_hex); !told) {
            round.fail(std::move(told).error().at(name), console);
        }
    }
}

// Renewals first: no command, however long it takes, keeps a certificate from being renewed that
// another run left it for.
Round renew_and_tell(
    const RenewOptions& options, const std::vector<Wanted>& all, Console& console
) {
    Round round = renew_all(options, all, console);
    tell_late(options, round, console);
    return round;
}

Result<ExitCode> watch(const RenewOptions& options, Console& console) {
    const StopWatch stop;
    for (;;) {
        // A failure is told, and tried again: neither an outage of an hour nor one certificate
        // whose files are gone must end it. What no later round can mend does.
        if (const auto due = due_ones(options, console)) {
            if (const Round round = renew_and_tell(options, *due, console); round.first) {
                console.fail(round.first->describe());
            }
        } else if (due.error().code() == ErrorCode::invalid_argument || due.error().code() == ErrorCode::not_found) {
            return due.error();
        } else {
            console.fail(due.error().describe());
        }
        if (stop.wait_for(std::chrono::seconds(options.pause_seconds)) == Wake::told_to_stop) {
            console.say("told to stop");
            return ExitCode::done;
        }
    }
}

// What the file says of other runs than this one has no use.
RenewOptions without_idle_defaults(RenewOptions options) {
    if (!options.names.empty() && !options.typed("--due")) {
        options.due = false;
    }
    if (!options.due && !options.typed("--watch")) {
        options.watch = false;
    }
    if (options.due && !options.typed("--kind")) {
        options.kind.clear();
    }
    return options;
}

Outcome check_meaning(const RenewOptions& options) {
    if (options.due == !options.names.empty()) {
        return Error(ErrorCode::invalid_argument, "expected either a name or --due");
    }
    if (options.watch && !options.due) {
        return Error(ErrorCode::invalid_argument, "expected --watch with --due only");
    }
    if (options.due && !options.kind.empty()) {
        return Error(ErrorCode::invalid_argument, "expected --kind with a name only");
    }
    if (!options.due && options.typed("--within")) {
        return Error(ErrorCode::invalid_argument, "expected --within with --due only");
    }
    if (options.hook.empty() && options.typed("--exec-timeout")) {
        return Error(ErrorCode::invalid_argument, "expected --exec-timeout with --exec only");
    }
    if (!options.watch && options.typed("--every")) {
        return Error(ErrorCode::invalid_argument, "expected --every with --watch only");
    }
    return {};
}

Result<ExitCode> renew(const RenewOptions& options, Console& console) {
    HG_CHECK(check_meaning(options));
    if (options.watch) {
        return watch(options, console);
    }
    HG_TRY(const auto wanted, options.due ? due_ones(options, console) : named_ones(options));
    Round round = renew_and_tell(options, wanted, console);
    if (round.first) {
        return std::move(*round.first);
    }
    if (options.due) {
        console.say(counted(round.done.size(), "certificate") + " renewed");
    }
    console.present(JsonObject{{"renewed", std::move(round.done)}});
    return ExitCode::done;
}

// Nobody is asked for a key that needs no opening.
Result<pki::KeyLock> key_lock_of(const RenewOptions& options) {
    if (options.new_key) {
        return new_key_lock(*options.new_key);
    }
    pki::KeyLock lock;
    if (options.old_key->given()) {
        lock.passphrase = passphrase_source(*options.old_key, "the key");
    }
    return lock;
}

void add_one(Program& program, const CommandText& text, pki::KeyChange key) {
    auto& verb = program.add_verb(program.root(), text);
    auto options = std::make_shared<RenewOptions>();
    options->key = key;
    options->verb = &verb;
    options->folder = add_authority_options(verb);
    verb.add_option("name", options->names, "Names of certificates; their files change in place")
        ->type_name("NAME");
    verb.add_option(
            "--kind", options->kind, "Which one, when a name has several kinds [the newest]"
    )
        ->type_name("server|client|peer|signer|ocsp|recipient");
    verb.add_option("--days", options->days, "Days of validity [as before]")
        ->check(CLI::Range(1, 3650));
    verb.add_flag("--due", options->due, "All whose life is nearly over, instead of names");
    verb.add_option("--within", options->within, "With --due: the part of a life that is left")
        ->capture_default_str();
    verb.add_option(
            "--exec",
            options->hook,
            "A shell command to run after each; it finds HELIOGRAPH_NAME and HELIOGRAPH_FOLDER. "
            "With --due "
            "also for those that an earlier run renewed, when it was killed first or the command "
            "failed"
    )
        ->type_name("COMMAND");
    verb.add_option(
            "--exec-timeout",
            options->hook_seconds,
            "With --exec: seconds after which a command that still runs is ended, and counts as "
            "failed"
    )
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    verb.add_flag("--watch", options->watch, "With --due: stay, and look again every so often");
    verb.add_option("--every", options->pause_seconds, "With --watch: seconds between two looks")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    if (key == pki::KeyChange::new_key) {
        options->new_key = add_new_key_options(verb);
    } else {
        options->old_key = add_key_passphrase_options(
            verb, "opens an encrypted key, to check it; without, it is kept as it lies"
        );
    }
    program.set_action(verb, [options](Console& console) -> Result<ExitCode> {
        RenewOptions said = without_idle_defaults(*options);
        HG_TRY(said.key_lock, key_lock_of(said));
        return renew(said, console);
    });
}

}  // namespace

void add_renew(Program& program) {
    add_one(
        program,
        {"renew",
         "Issue a certificate anew with the same names and the same key.",
         "pki renew localhost\npki renew --due --within 1/3 --exec 'systemctl reload mirror'\n"
         "pki renew --due --watch"},
        pki::KeyChange::same_key
    );
}

void add_rekey(Program& program) {
    add_one(
        program,
        {"rekey",
         "Issue a certificate anew with the same names and a new key.",
         "pki rekey localhost\npki rekey laptop --key-passphrase-file passphrase"},
        pki::KeyChange::new_key
    );
}

}  // namespace heliograph::tools::pki_commands
