// SPDX-License-Identifier: Apache-2.0
// Which kinds of files a user wants of which project: --no-binary, --only-binary.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/project_name.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Both options as typed: project names with commas between, `:all:` or `:none:`.
struct FormatWords {
    std::vector<std::string> no_binary;
    std::vector<std::string> only_binary;
};

/// @thread A value.
class FormatControl {
  public:
    enum class Answer { wanted, unwanted };

    FormatControl() = default;

    /// `:none:` empties what stood before it in the same option.
    /// @errors malformed (no project name), invalid_argument (a name, or `:all:`, in both options).
    /// @thread Safe.
    [[nodiscard]] static Result<FormatControl> parse(const FormatWords& words);

    /// A name decides before `:all:`.
    [[nodiscard]] Answer wants(const verify::DistFileName& file) const;

  private:
    struct Names {
        std::set<verify::ProjectName> names;
        std::optional<std::string> all;  ///< `:all:` when it was said.
    };
    [[nodiscard]] static Result<Names> read(const std::vector<std::string>& words);

    Names m_no_binary;
    Names m_only_binary;
};

}  // namespace heliograph::mirror
