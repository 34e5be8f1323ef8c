// SPDX-License-Identifier: Apache-2.0
// The verbs of `mirror`, one file each.
#pragma once

#include <tools/cli/program.hpp>

namespace heliograph::tools::mirror_commands {

void add_init(Program& program);
void add_add(Program& program);
void add_attest(Program& program);
void add_audit(Program& program);
void add_bundle(Program& program);
void add_unbundle(Program& program);
void add_compact(Program& program);
void add_filter(Program& program);
void add_import(Program& program);
void add_remove(Program& program);
void add_yank(Program& program);
void add_unyank(Program& program);
void add_list(Program& program);
void add_show(Program& program);
void add_status(Program& program);
/// @param folder  What --dir of `status` says, before `set` or behind it.
void add_status_set(Program& program, CLI::App& status, const std::shared_ptr<std::string>& folder);
void add_crl(Program& program);
void add_trust(Program& program);
void add_metalink(Program& program);
void add_mirrors(Program& program);
void add_serve(Program& program);
void add_stats(Program& program);
void add_token(Program& program);
void add_sync(Program& program);
void add_verify(Program& program);
void add_export(Program& program);
void add_resign(Program& program);

}  // namespace heliograph::tools::mirror_commands
