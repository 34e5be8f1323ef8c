// SPDX-License-Identifier: Apache-2.0
// Whether a project's settings send pdm to indexes of their own: it asks these beside the one of
// its environment, or instead.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <string_view>

namespace heliograph::mirror {

/// As for lock files.
inline constexpr std::size_t pdm_settings_bytes = std::size_t{1} << 20U;

enum class PdmSources { none_named, named };

/// `tool.pdm.source` of a pyproject.toml, whatever it holds.
/// @param text  At most pdm_settings_bytes; TOML, else pdm would not read it either.
/// @errors malformed, too_large. @thread Safe. @cost Linear. @source pdm's "Configure the Project".
[[nodiscard]] Result<PdmSources> sources_in_pyproject(std::string_view text);

/// Tables below `pypi` of a pdm.toml, or of pdm's own configuration file; its plain settings, as
/// `pypi.url`, give way to the environment.
/// @errors As sources_in_pyproject. @thread Safe. @cost Linear.
[[nodiscard]] Result<PdmSources> sources_in_pdm_toml(std::string_view text);

}  // namespace heliograph::mirror
