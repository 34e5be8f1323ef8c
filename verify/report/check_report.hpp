// SPDX-License-Identifier: Apache-2.0
// What a run of checks came to: every thing that was looked at, with its verdict. All reports are
// rendered from it.
#pragma once

#include <pki/base/error.hpp>
#include <verify/verdict/verdict.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

/// One thing that was looked at.
struct CheckedItem {
    std::string name;                      ///< `file wheel-0.38.4-py3-none-any.whl`.
    std::string place = {};                ///< Its path as the user would name it, or a URL.
    Verdict verdict = {};                  ///< Checked, and this was found.
    std::optional<Error> error = {};       ///< It could not be checked.
    std::optional<std::size_t> line = {};  ///< In the file that is its place, from 1.

    [[nodiscard]] bool accepted() const { return !error && verdict.accepted(); }
};

/// A run. Without items it is no success, whoever reads it.
struct CheckReport {
    std::string tool;  ///< `verify tree`.
    std::vector<CheckedItem> items = {};

    /// How many items were accepted. @thread Safe. @cost Linear.
    [[nodiscard]] std::size_t accepted() const;
};

/// Whether a place is an address on the net; every other one is a path, whatever it looks like.
/// @thread Safe. @cost None.
[[nodiscard]] bool is_url(std::string_view place);

/// What is wrong with an item, or worth a word, as findings alone: an error becomes one with the id
/// `not-checked`. @thread Safe. @cost Linear.
[[nodiscard]] std::vector<Finding> findings_of(const CheckedItem& item);

}  // namespace heliograph::verify
