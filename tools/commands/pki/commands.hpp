// SPDX-License-Identifier: Apache-2.0
// The verbs of `pki`, one file each.
#pragma once

#include <tools/cli/program.hpp>

namespace heliograph::tools::pki_commands {

void add_init(Program& program);
void add_issue(Program& program);
void add_sign(Program& program);
void add_renew(Program& program);
void add_rekey(Program& program);
void add_revoke(Program& program);
void add_rollover(Program& program);  ///< plan, start, status, finish
void add_crl(Program& program);
void add_ocsp(Program& program);
void add_list(Program& program);
void add_show(Program& program);
void add_export(Program& program);  ///< export p12, pem and der
void add_backup(Program& program);
void add_restore(Program& program);
void add_inspect(Program& program);
void add_doctor(Program& program);
void add_lint(Program& program);
void add_verify(Program& program);
void add_trust(Program& program);
void add_whoami(Program& program);
void add_token(Program& program);
void add_seal(Program& program);
void add_open(Program& program);

/// Verbs below `token`.
void add_token_new(Program& program, CLI::App& group);
void add_token_seal(Program& program, CLI::App& group);
void add_token_open(Program& program, CLI::App& group);
void add_token_rotate(Program& program, CLI::App& group);

}  // namespace heliograph::tools::pki_commands
