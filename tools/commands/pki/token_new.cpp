// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/fernet.hpp>
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

Result<ExitCode> make_token_key(const std::string& file, Console& console) {
    HG_TRY(const auto key, pki::FernetKey::generate());
    const SecretBytes text = key.to_text();
    HG_CHECK(
        write_file_atomically(file, text.expose(), FileAccess::owner_only, Replacement::refused)
    );
    console.say("made a key for tokens: " + file);
    console.say("who can read this file can read and make tokens");
    console.present(JsonObject{{"key", file}});
    return ExitCode::done;
}

}  // namespace

void add_token_new(Program& program, CLI::App& group) {
    auto& verb = program.add_verb(
        group,
        {"new", "Make a key for tokens, in a file for its owner only.", "pki token new token.key"}
    );
    auto file = std::make_shared<std::string>();
    verb.add_option("file", *file, "Where the key goes; must not exist")
        ->type_name("FILE")
        ->required();
    program.set_action(verb, [file](Console& console) { return make_token_key(*file, console); });
}

}  // namespace heliograph::tools::pki_commands
