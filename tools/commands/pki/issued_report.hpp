// SPDX-License-Identifier: Apache-2.0
// How verbs of `pki` tell of a certificate: the same lines and JSON members everywhere.
#pragma once

#include <pki/authority/authority.hpp>
#include <tools/cli/console.hpp>

#include <string>

namespace heliograph::tools::pki_commands {

/// What was done to a certificate: `issued`, `renewed`.
struct IssuedStory {
    std::string verb;
    std::string kind;
    std::string name;
};

/// Lines for people. With the files in place, how to use them.
void say_issued(Console& console, const IssuedStory& story, const pki::Issued& issued);

/// kind, name, serial, fingerprint, not_before, not_after, folder, bundle.
[[nodiscard]] JsonObject json_of_issued(const IssuedStory& story, const pki::Issued& issued);

/// One row of the ledger, as `pki list --json` shows it.
[[nodiscard]] JsonValue json_of_entry(const pki::LedgerEntry& entry, Instant now);

}  // namespace heliograph::tools::pki_commands
