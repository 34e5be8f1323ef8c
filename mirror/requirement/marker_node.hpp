// SPDX-License-Identifier: Apache-2.0
// Private: what a marker is made of, for its parser and its evaluation.
#pragma once

#include <mirror/requirement/marker.hpp>

#include <optional>

namespace heliograph::mirror {

struct Marker::Node {
    enum class Kind { comparison, all, any };
    enum class Side { variable_first, literal_first };

    Kind kind = Kind::comparison;
    std::vector<std::shared_ptr<const Node>> parts;  ///< Of all and any: two or more.
    MarkerVariable variable = MarkerVariable::os_name;
    Side side = Side::variable_first;
    std::string op;
    std::string literal;
};

/// The variable of that name in any spelling that PEP 508 knows.
[[nodiscard]] std::optional<MarkerVariable> find_marker_variable(std::string_view name);

}  // namespace heliograph::mirror
