// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct CrlOptions {
    std::shared_ptr<AuthorityOption> folder;
    unsigned days = 30;
    bool if_due = false;
    bool check = false;
};

std::string_view list_state_name(pki::ListState state) {
    switch (state) {
        case pki::ListState::fresh:
            return "fresh";
        case pki::ListState::due:
            return "due";
        case pki::ListState::behind:
            return "behind";
        case pki::ListState::lost:
            return "lost";
        case pki::ListState::late:
            return "late";
        case pki::ListState::over:
            return "over";
        case pki::ListState::clock:
            break;
    }
    return "clock";
}

std::string_view advice_on(pki::ListState state) {
    switch (state) {
        case pki::ListState::behind:
            return ": they do not tell of every revocation; run pki crl";
        case pki::ListState::lost:
            return ": crl.pem does not hold the lists that were signed last; run pki crl";
        default:
            return "";
    }
}

constexpr std::string_view clock_words =
    "the revocation lists begin later than the clock of this machine says; check the clock, and if "
    "they were signed under a wrong one, run pki crl";

Result<ExitCode> check_lists(pki::ListState state, Console& console) {
    const std::string word(list_state_name(state));
    console.print(
        state == pki::ListState::clock
            ? word + ": " + std::string(clock_words)
            : "the revocation lists are " + word + std::string(advice_on(state))
    );
    console.present(JsonObject{{"state", word}});
    const bool good = state == pki::ListState::fresh || state == pki::ListState::due;
    return !good ? ExitCode::stale : ExitCode::done;
}

Result<ExitCode> make_lists(const CrlOptions& options, Console& console) {
    const SystemClock clock;
    if (options.check) {
        HG_TRY(const auto reader, open_authority_reader(*options.folder, clock));
        HG_TRY(const auto seen, reader.list_state());
        return check_lists(seen, console);
    }
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto state, authority.list_state());
    if (options.if_due && state == pki::ListState::fresh) {
        console.say("the revocation lists are fresh; nothing to do");
        console.present(JsonObject{{"state", "fresh"}});
        return ExitCode::done;
    }
    // Whether now or then was wrong is for people to say, who ask without --if-due.
    if (options.if_due && state == pki::ListState::clock) {
        console.present(JsonObject{{"state", "clock"}});
        console.fail(std::string(clock_words));
        return ExitCode::stale;
    }
    HG_TRY(const auto lists, authority.publish_revocation_lists(std::chrono::days(options.days)));
    console.say("signed new revocation lists: " + lists.file.string());
    console.say(
        "clients that demand them refuse every certificate of this authority after " +
        format_rfc3339(lists.next_update) + "; run pki crl again before that"
    );
    console.present(JsonObject{
        {"file", lists.file.string()}, {"next_update", format_rfc3339(lists.next_update)}});
    return ExitCode::done;
}

}  // namespace

void add_crl(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"crl",
         "Sign new revocation lists of root and intermediate.",
         "pki crl --days 7\npki crl --if-due\npki crl --check"}
    );
    auto options = std::make_shared<CrlOptions>();
    options->folder = add_authority_options(verb);
    verb.add_option("--days", options->days, "Days until the next lists must be there")
        ->check(CLI::Range(1, 366))
        ->capture_default_str();
    auto* if_due = verb.add_flag(
        "--if-due", options->if_due, "Only when a third of the life of the old ones is over"
    );
    verb.add_flag(
            "--check",
            options->check,
            "Sign nothing; end with 6 in the last third of their life, when they lack a "
            "revocation, when crl.pem is not what was signed last, or before they begin"
    )
        ->excludes(if_due);
    program.set_action(verb, [options](Console& console) { return make_lists(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
