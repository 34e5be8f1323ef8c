// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

void add_token(Program& program) {
    auto& group = program.add_verb(
        program.root(),
        {"token",
         "Seal short messages under a shared key: the tokens of Fernet, as Python's cryptography "
         "has them.",
         "pki token new token.key\n"
         "printf hello | pki token seal --key token.key > token\n"
         "pki token open --key token.key --ttl 60 < token"}
    );
    add_token_new(program, group);
    add_token_seal(program, group);
    add_token_open(program, group);
    add_token_rotate(program, group);
}

}  // namespace heliograph::tools::pki_commands
