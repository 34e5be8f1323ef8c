// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct CrlOptions {
    std::shared_ptr<std::string> folder;
    unsigned days = 30;
};

Result<ExitCode> make_lists(const CrlOptions& options, Console& console) {
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto lists, authority.publish_revocation_lists(std::chrono::days(options.days)));
    console.say("signed new revocation lists: " + lists.file.string());
    console.say(
        "clients that demand them refuse pages after " + format_rfc3339(lists.next_update) +
        "; run pki crl again before that"
    );
    console.present(JsonObject{
        {"file", lists.file.string()}, {"next_update", format_rfc3339(lists.next_update)}});
    return ExitCode::done;
}

}  // namespace

void add_crl(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"crl", "Sign new revocation lists of root and intermediate.", "pki crl --days 7"}
    );
    auto options = std::make_shared<CrlOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("--days", options->days, "Days until the next lists must be there")
        ->check(CLI::Range(1, 366))
        ->capture_default_str();
    program.set_action(verb, [options](Console& console) { return make_lists(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
