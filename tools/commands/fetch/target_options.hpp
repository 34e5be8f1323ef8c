// SPDX-License-Identifier: Apache-2.0
// For whom files are: --python, --platform, --no-binary, --only-binary.
#pragma once

#include <mirror/fetch/file_choice.hpp>
#include <pki/base/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools::fetch_commands {

struct TargetOptions {
    std::string python;
    std::vector<std::string> platforms;
    mirror::FormatWords formats;
};

/// @param options  Filled when the command line is parsed; must still be there then.
void add_target_options(CLI::App& command, TargetOptions& options);

/// What the options mean.
struct Target {
    mirror::ChoiceTarget choice;
    /// The Python that is meant; none when nobody in particular is.
    std::optional<mirror::PythonTarget> python;
};

/// @errors invalid_argument (what cannot be meant), and those of ask_interpreter().
[[nodiscard]] Result<Target> parse_target(const TargetOptions& options);

}  // namespace heliograph::tools::fetch_commands
