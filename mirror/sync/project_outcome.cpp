// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/project_outcome.hpp>

namespace heliograph::mirror {

std::string_view project_outcome_name(ProjectOutcome::Kind kind) {
    switch (kind) {
        case ProjectOutcome::Kind::stored:
            return "stored";
        case ProjectOutcome::Kind::unchanged:
            return "unchanged";
        case ProjectOutcome::Kind::removed:
            return "removed";
        case ProjectOutcome::Kind::refused:
            return "refused";
        case ProjectOutcome::Kind::gone:
            return "gone";
        case ProjectOutcome::Kind::failed:
            break;
    }
    return "failed";
}

}  // namespace heliograph::mirror
