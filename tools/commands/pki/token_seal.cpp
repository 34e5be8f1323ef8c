// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <tools/cli/standard_input.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/token_keys.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

// What is too long to seal is the caller's mistake, not evidence of anything.
Result<SecretBytes> read_message() {
    auto message = read_standard_input(pki::fernet_message_limit_bytes);
    if (!message && message.error().code() == ErrorCode::too_large) {
        return Error(
            ErrorCode::invalid_argument,
            message.error().message() + "; 'pki seal' is for what is larger"
        );
    }
    return message;
}

Result<ExitCode> seal_token(const std::vector<std::string>& files, Console& console) {
    HG_TRY(const auto ring, load_token_keys(files));
    HG_TRY(const SecretBytes message, read_message());
    const SystemClock clock;
    const Instant now = clock.now();
    HG_TRY(const std::string token, ring.seal(message.expose(), now));
    console.write(token + "\n");
    console.present(JsonObject{{"token", token}, {"sealed_at", format_rfc3339(now)}});
    return ExitCode::done;
}

}  // namespace

void add_token_seal(Program& program, CLI::App& group) {
    auto& verb = program.add_verb(
        group,
        {"seal",
         "Seal standard input into a token on standard output (Fernet).",
         "printf hello | pki token seal --key token.key\n"
         "pki token seal --key new.key --key old.key < message"}
    );
    auto keys = add_token_key_option(verb);
    program.set_action(verb, [keys](Console& console) { return seal_token(*keys, console); });
}

}  // namespace heliograph::tools::pki_commands
