// SPDX-License-Identifier: Apache-2.0
// What a run made of one project.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>
#include <verify/verdict/verdict.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// What became of one project.
struct ProjectOutcome {
    enum class Kind {
        stored,     ///< New pages or files were stored.
        unchanged,  ///< It was here already.
        removed,    ///< It went, as upstream.
        refused,    ///< What the upstream gave is bad: see the verdict. Pending.
        failed,     ///< It could not be had: see the reason. Pending.
        gone,       ///< The upstream has no page and its journal says no removal. Pending.
    };

    verify::ProjectName project;
    Kind kind = Kind::unchanged;
    verify::Serial serial;         ///< Of the page that is here now; zero when there is none.
    verify::Verdict verdict;       ///< Of the gates.
    std::string reason;            ///< One sentence when it is pending.
    std::optional<Error> failure;  ///< When failed.
    std::size_t files = 0;         ///< Files and metadata texts downloaded.
    std::uint64_t bytes = 0;       ///< Of these.
};

/// The stable word of a kind: `stored`... @thread Safe. @cost None.
[[nodiscard]] std::string_view project_outcome_name(ProjectOutcome::Kind kind);

}  // namespace heliograph::mirror
