// SPDX-License-Identifier: Apache-2.0
// What the command line of `fetch` says; its verbs share the options of trust and mirrors.
#pragma once

#include <tools/commands/fetch/target_options.hpp>
#include <tools/commands/source.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::tools::fetch_commands {

struct FetchOptions : SourceOptions {
    std::vector<std::string> requirements;
    std::vector<std::string> requirement_files;
    std::string file;
    TargetOptions target;
    bool deps = false;
    std::string folder = ".";
    unsigned retries = 3;
    std::optional<unsigned> jobs;  ///< Files at once; none: by the number of mirrors.
    bool verify = false;
    bool no_verify = false;
    bool no_cache = false;
    bool offline = false;
    std::uint64_t cache_mib = 4096;  ///< At most so much is kept.
};

/// What the options demand to be authenticated.
enum class Verification { none, standard, strict };
[[nodiscard]] Verification verification_of(const FetchOptions& options);
/// `none`, `standard`, `strict`. @thread Safe.
[[nodiscard]] std::string_view verification_name(Verification verification);

}  // namespace heliograph::tools::fetch_commands
