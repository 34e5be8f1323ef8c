// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/platform_tags.hpp>
#include <tools/commands/fetch/interpreter.hpp>
#include <tools/commands/fetch/target_options.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::fetch_commands {

namespace {

// What the user typed cannot be meant: a usage error, whatever is wrong with it.
template <typename T>
Result<T> usage_error(Result<T> result, std::string_view option) {
    if (result) {
        return result;
    }
    return Error(ErrorCode::invalid_argument, result.error().describe()).at(std::string(option));
}

Result<std::vector<std::string>> named_platforms(const std::vector<std::string>& names) {
    std::vector<std::string> platforms;
    for (const auto& name : names) {
        HG_TRY(const auto expanded, usage_error(mirror::expand_platform(name), "--platform"));
        for (const auto& tag : expanded) {
            if (std::find(platforms.begin(), platforms.end(), tag) == platforms.end()) {
                platforms.push_back(tag);
            }
        }
    }
    return platforms;
}

Result<mirror::PythonTarget> named_python(const TargetOptions& options) {
    HG_TRY(auto platforms, named_platforms(options.platforms));
    const bool is_version =
        options.python.find_first_not_of("0123456789.abrc") == std::string::npos;
    if (is_version) {
        HG_TRY(const auto version, usage_error(verify::parse_version(options.python), "--python"));
        return mirror::cpython_target(
            version, platforms.empty() ? mirror::native_platforms() : std::move(platforms)
        );
    }
    HG_TRY(auto asked, ask_interpreter(options.python));
    if (!platforms.empty()) {
        asked.platforms = std::move(platforms);
    }
    return asked;
}

}  // namespace

void add_target_options(CLI::App& command, TargetOptions& options) {
    command
        .add_option(
            "--python",
            options.python,
            "For whom files are: a version of CPython on this machine or --platform, or an "
            "interpreter, which is asked"
        )
        ->type_name("VERSION|PROGRAM");
    command
        .add_option(
            "--platform",
            options.platforms,
            "Take wheels of this platform and what it implies: manylinux_2_28_x86_64; repeatable, "
            "best first; needs --python"
        )
        ->type_name("TAG")
        ->allow_extra_args(false);
    command
        .add_option(
            "--no-binary",
            options.formats.no_binary,
            "Take no wheels of these projects (names with commas, :all: or :none:)"
        )
        ->type_name("NAMES")
        ->allow_extra_args(false);
    command
        .add_option(
            "--only-binary",
            options.formats.only_binary,
            "Take only wheels of these projects (names with commas, :all: or :none:)"
        )
        ->type_name("NAMES")
        ->allow_extra_args(false);
}

Result<Target> parse_target(const TargetOptions& options) {
    Target target;
    HG_TRY(
        target.choice.formats,
        usage_error(mirror::FormatControl::parse(options.formats), "--no-binary or --only-binary")
    );
    if (options.python.empty() && !options.platforms.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --python VERSION with --platform, to know which wheels run there; saw none"
        );
    }
    if (options.python.empty()) {
        return target;
    }
    HG_TRY(target.python, named_python(options));
    target.choice.python = target.python->version;
    target.choice.tags = std::make_shared<mirror::TagRanks>(mirror::supported_tags(*target.python));
    return target;
}

}  // namespace heliograph::tools::fetch_commands
