// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/folder.hpp>

#include <cstdlib>
#include <system_error>

namespace heliograph::tools {

namespace {

namespace fs = std::filesystem;

std::optional<fs::path> absolute_from_environment(const char* variable) {
    const char* value = std::getenv(variable);
    // The specification: a relative path in these variables is to be ignored.
    if (value == nullptr || !fs::path(value).is_absolute()) {
        return std::nullopt;
    }
    return fs::path(value);
}

std::optional<fs::path> base_folder(const char* variable, const fs::path& below_home) {
    if (auto folder = absolute_from_environment(variable)) {
        return *folder / "heliograph";
    }
    if (auto home = absolute_from_environment("HOME")) {
        return *home / below_home / "heliograph";
    }
    return std::nullopt;
}

}  // namespace

std::optional<fs::path> cache_home() {
    return base_folder("XDG_CACHE_HOME", ".cache");
}

std::optional<fs::path> config_home() {
    return base_folder("XDG_CONFIG_HOME", ".config");
}

std::optional<fs::path> data_home() {
    return base_folder("XDG_DATA_HOME", fs::path(".local") / "share");
}

std::optional<fs::path> state_home() {
    return base_folder("XDG_STATE_HOME", fs::path(".local") / "state");
}

Result<fs::path> find_folder(const FolderSearch& search) {
    if (!search.flag_value.empty()) {
        return fs::path(search.flag_value);
    }
    std::error_code failure;
    const fs::path current = fs::current_path(failure);
    if (!failure && search.is_one(current)) {
        return current;
    }
    if (const auto home = data_home()) {
        return *home / search.data_home_name;
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected --dir, or HOME to be set, to know which folder is meant; neither is"
    );
}

}  // namespace heliograph::tools
