// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/standard_input.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/token_keys.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

Result<ExitCode> rotate_token(const std::vector<std::string>& files, Console& console) {
    HG_TRY(const auto ring, load_token_keys(files));
    HG_TRY(const SecretBytes input, read_standard_input(pki::fernet_token_limit_bytes + 2));
    HG_TRY(const std::string token, ring.rotate(without_line_end(text_of(input.expose()))));
    console.write(token + "\n");
    console.present(JsonObject{{"token", token}});
    return ExitCode::done;
}

}  // namespace

void add_token_rotate(Program& program, CLI::App& group) {
    auto& verb = program.add_verb(
        group,
        {"rotate",
         "Seal a token from standard input anew under the first key; message and time stay.",
         "pki token rotate --key new.key --key old.key < token"}
    );
    auto keys = add_token_key_option(verb);
    program.set_action(verb, [keys](Console& console) { return rotate_token(*keys, console); });
}

}  // namespace heliograph::tools::pki_commands
