// SPDX-License-Identifier: Apache-2.0
// Many certificates from a list.
#pragma once

#include <pki/authority/authority.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <string>

namespace heliograph::tools::pki_commands {

struct BulkOptions {
    const AuthorityOption& authority;
    std::string list;           ///< File of JSON lines.
    std::string output;         ///< Folder of folders; empty: in the authority.
    std::string archive;        ///< One tar file instead; empty: none.
    pki::IssueRequest pattern;  ///< Kind, key type, role and days of lines that name no days.
};

/// @errors invalid_argument (a line or a name; nothing is signed then), exists, io.
[[nodiscard]] Result<ExitCode> issue_from_list(const BulkOptions& options, Console& console);

}  // namespace heliograph::tools::pki_commands
