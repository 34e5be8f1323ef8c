// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>

int main(int argc, char** argv) {
    namespace verbs = heliograph::tools::pki_commands;
    heliograph::tools::Program program(
        {"pki",
         "Keep a private certificate authority.",
         "pki init\n"
         "pki issue server localhost --ip 127.0.0.1\n"
         "pki issue client laptop\n"
         "pki issue signer page-signer"}
    );
    verbs::add_init(program);
    verbs::add_issue(program);
    verbs::add_sign(program);
    verbs::add_renew(program);
    verbs::add_revoke(program);
    verbs::add_rollover(program);
    verbs::add_crl(program);
    verbs::add_ocsp(program);
    verbs::add_list(program);
    verbs::add_show(program);
    verbs::add_export(program);
    verbs::add_backup(program);
    verbs::add_restore(program);
    verbs::add_inspect(program);
    verbs::add_doctor(program);
    verbs::add_lint(program);
    verbs::add_verify(program);
    verbs::add_trust(program);
    verbs::add_whoami(program);
    verbs::add_token(program);
    verbs::add_seal(program);
    verbs::add_open(program);
    return program.run(argc, argv);
}
