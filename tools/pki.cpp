// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/process_end.hpp>
#include <tools/commands/pki/commands.hpp>

int main(int argc, char** argv) {
    namespace verbs = heliograph::tools::pki_commands;
    heliograph::pki::skip_library_cleanup();
    heliograph::tools::Program program(
        {"pki",
         "Keep a private certificate authority.",
         "pki init\n"
         "pki issue server localhost --dns localhost --ip 127.0.0.1\n"
         "pki issue client laptop\n"
         "pki issue signer page-signer"}
    );
    return program.run(
        {{"init", verbs::add_init},         {"issue", verbs::add_issue},
         {"sign", verbs::add_sign},         {"renew", verbs::add_renew},
         {"rekey", verbs::add_rekey},       {"revoke", verbs::add_revoke},
         {"rollover", verbs::add_rollover}, {"crl", verbs::add_crl},
         {"ocsp", verbs::add_ocsp},         {"list", verbs::add_list},
         {"show", verbs::add_show},         {"export", verbs::add_export},
         {"backup", verbs::add_backup},     {"restore", verbs::add_restore},
         {"inspect", verbs::add_inspect},   {"doctor", verbs::add_doctor},
         {"lint", verbs::add_lint},         {"verify", verbs::add_verify},
         {"trust", verbs::add_trust},       {"whoami", verbs::add_whoami},
         {"token", verbs::add_token},       {"seal", verbs::add_seal},
         {"open", verbs::add_open}},
        argc,
        argv
    );
}
