// SPDX-License-Identifier: Apache-2.0
// What an operator is told of the signers that a master publishes, before clients refuse them.
#pragma once

#include <mirror/store/folder.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/json.hpp>
#include <tools/cli/console.hpp>

#include <string>
#include <vector>

namespace heliograph::tools::mirror_commands {

/// One certificate whose page signatures may count.
struct PublishedSigner {
    std::string subject;
    Instant not_after;
    bool is_good = false;  ///< Whether clients accept its signatures now.
};

/// All of them, in the order of publication, and what there is to do.
struct SignerState {
    std::vector<PublishedSigner> signers;
    std::vector<std::string> warnings;  ///< Sentences for the operator.
};

/// @param at  The instant of the judgement.
/// @errors io (trust bundle or catalogue), crypto. @thread As the catalogue.
[[nodiscard]] Result<SignerState> read_signer_state(
    const mirror::MirrorFolder& folder, const mirror::Catalog& catalog, Instant at
);

/// `[{"subject":...,"not_after":...,"accepted":...}]`. @thread Safe.
[[nodiscard]] JsonValue json_of_signers(const SignerState& state);

/// Says the warnings of a master's signers on @p console; of a mirror, nothing.
/// @errors As read_signer_state().
Outcome warn_of_signers(const mirror::MirrorFolder& folder, Console& console);

}  // namespace heliograph::tools::mirror_commands
