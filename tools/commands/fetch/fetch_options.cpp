// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/fetch/fetch_options.hpp>

namespace heliograph::tools::fetch_commands {

Verification verification_of(const FetchOptions& options) {
    if (options.no_verify) {
        return Verification::none;
    }
    return options.verify ? Verification::strict : Verification::standard;
}

std::string_view verification_name(Verification verification) {
    switch (verification) {
        case Verification::none:
            return "none";
        case Verification::standard:
            return "standard";
        case Verification::strict:
            break;
    }
    return "strict";
}

}  // namespace heliograph::tools::fetch_commands
