// SPDX-License-Identifier: Apache-2.0
// Why a page has nothing for a requirement, for whoever reads why there is no solution.
#pragma once

#include <mirror/fetch/file_choice.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/specifier.hpp>

#include <string>

namespace heliograph::mirror {

/// What there is instead, as a sentence: yanked versions and those for another target by name where
/// the specifiers accept them, else the newest ones.
/// @param page  Has no file for the target that the specifiers accept and that is offered.
/// @thread Safe. @cost Linear in the files.
[[nodiscard]] std::string why_none_fits(
    const verify::ProjectPage& page,
    const verify::SpecifierSet& versions,
    const ChoiceTarget& target
);

}  // namespace heliograph::mirror
