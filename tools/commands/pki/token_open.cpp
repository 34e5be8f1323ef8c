// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/base/encoding.hpp>
#include <tools/cli/standard_input.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/token_keys.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct TokenOpenOptions {
    std::shared_ptr<std::vector<std::string>> keys;
    std::optional<std::uint32_t> ttl_seconds;
};

std::string when(const pki::FernetOpening& opening) {
    return opening.sealed_at ? format_rfc3339(*opening.sealed_at) : "a time beyond all calendars";
}

std::string fernet_defect_sentence(
    const pki::FernetOpening& opening, const std::optional<pki::FernetAge>& age
) {
    switch (*opening.defect) {
        case pki::FernetDefect::malformed:
            return "expected a token on standard input, saw something else; ask for it again";
        case pki::FernetDefect::not_authentic:
            return "expected a token by one of the keys given, saw one that is altered or by "
                   "another key";
        case pki::FernetDefect::expired:
            return "expected a token of at most " + std::to_string(age->limit.count()) +
                   " s, saw one sealed at " + when(opening) + "; ask for a new one";
        case pki::FernetDefect::from_the_future:
            break;
    }
    return "expected a token from before now, saw one sealed at " + when(opening) +
           "; one of the two clocks is wrong";
}

JsonValue sealed_at(const pki::FernetOpening& opening) {
    return opening.sealed_at ? JsonValue(format_rfc3339(*opening.sealed_at)) : JsonValue();
}

Result<ExitCode> open_token(const TokenOpenOptions& options, Console& console) {
    HG_TRY(const auto ring, load_token_keys(*options.keys));
    HG_TRY(const SecretBytes input, read_standard_input(pki::fernet_token_limit_bytes + 2));
    const SystemClock clock;
    std::optional<pki::FernetAge> age;
    if (options.ttl_seconds) {
        age = {.limit = std::chrono::seconds(*options.ttl_seconds), .now = clock.now()};
    }
    HG_TRY(const auto opening, ring.open(without_line_end(text_of(input.expose())), age));
    if (opening.defect) {
        console.fail(fernet_defect_sentence(opening, age));
        console.present(JsonObject{
            {"accepted", false},
            {"defect", pki::fernet_defect_name(*opening.defect)},
            {"sealed_at", sealed_at(opening)}});
        return opening.defect == pki::FernetDefect::expired ? ExitCode::stale
                                                            : ExitCode::evidence_false;
    }
    console.write(text_of(opening.message.expose()));
    console.present(JsonObject{
        {"accepted", true},
        {"sealed_at", sealed_at(opening)},
        {"message_base64", encode_base64(opening.message.expose())}});
    return ExitCode::done;
}

}  // namespace

void add_token_open(Program& program, CLI::App& group) {
    auto& verb = program.add_verb(
        group,
        {"open",
         "Open a token from standard input and write its message to standard output.",
         "pki token open --key token.key --ttl 60 < token\n"
         "pki token open --key new.key --key old.key < token"}
    );
    auto options = std::make_shared<TokenOpenOptions>();
    options->keys = add_token_key_option(verb);
    verb.add_option(
            "--ttl",
            options->ttl_seconds,
            "How many seconds ago the token may have been sealed, and no more than 60 ahead; "
            "without it any time will do"
    )
        ->type_name("SECONDS");
    program.set_action(verb, [options](Console& console) { return open_token(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
