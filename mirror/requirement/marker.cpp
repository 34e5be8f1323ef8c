// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/marker.hpp>
#include <mirror/requirement/marker_node.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/specifier.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

using Node = Marker::Node;

struct SpelledVariable {
    std::string_view name;
    MarkerVariable variable;
};

// The first name of each variable is the one of PEP 508, in the order of the enumeration; the rest
// are older spellings that the standard wants read.
constexpr std::array<SpelledVariable, 18> spellings = {{
    {"os_name", MarkerVariable::os_name},
    {"sys_platform", MarkerVariable::sys_platform},
    {"platform_machine", MarkerVariable::platform_machine},
    {"platform_python_implementation", MarkerVariable::platform_python_implementation},
    {"platform_release", MarkerVariable::platform_release},
    {"platform_system", MarkerVariable::platform_system},
    {"platform_version", MarkerVariable::platform_version},
    {"python_version", MarkerVariable::python_version},
    {"python_full_version", MarkerVariable::python_full_version},
    {"implementation_name", MarkerVariable::implementation_name},
    {"implementation_version", MarkerVariable::implementation_version},
    {"extra", MarkerVariable::extra},
    {"os.name", MarkerVariable::os_name},
    {"sys.platform", MarkerVariable::sys_platform},
    {"platform.version", MarkerVariable::platform_version},
    {"platform.machine", MarkerVariable::platform_machine},
    {"platform.python_implementation", MarkerVariable::platform_python_implementation},
    {"python_implementation", MarkerVariable::platform_python_implementation},
}};

// Only these are versions; the rest are names, which have no order: there `<=` and `>=` mean equal.
bool is_version(MarkerVariable variable) {
    return variable == MarkerVariable::implementation_version ||
           variable == MarkerVariable::platform_release ||
           variable == MarkerVariable::python_full_version ||
           variable == MarkerVariable::python_version;
}

bool holds_text(const std::string& op, std::string_view left, std::string_view right) {
    if (op == "!=") {
        return left != right;
    }
    return op != "<" && op != ">" && left == right;
}

std::string normalised_extra(const std::string& text) {
    const auto name = verify::parse_project_name(text);
    return name ? name->text() : text;
}

std::string quoted(const std::string& text) {
    const char quote = text.find('"') == std::string::npos ? '"' : '\'';
    return quote + text + quote;
}

Result<MarkerAnswer> answer_of(bool holds) {
    return holds ? MarkerAnswer::applies : MarkerAnswer::does_not;
}

Result<MarkerAnswer> compare(
    const Node& node, const MarkerEnvironment& environment, std::string_view extra
) {
    const bool about_extra = node.variable == MarkerVariable::extra;
    std::string value = about_extra ? std::string(extra) : environment.value(node.variable);
    std::string literal = node.literal;
    if (about_extra) {
        value = normalised_extra(value);
        literal = normalised_extra(literal);
    }
    const bool variable_first = node.side == Node::Side::variable_first;
    const std::string& left = variable_first ? value : literal;
    const std::string& right = variable_first ? literal : value;
    if (node.op == "in" || node.op == "not in") {
        const bool inside = right.find(left) != std::string::npos;
        return answer_of(inside == (node.op == "in"));
    }
    if (is_version(node.variable)) {
        const auto range = verify::parse_specifier_set(node.op + right);
        const auto version = verify::parse_version(left);
        if (range && !right.empty() && right.find(',') == std::string::npos) {
            // What is no version is in no range, not even in that of `!=`.
            return answer_of(version && range->accepts(*version));
        }
    }
    if (node.op == "~=" || node.op == "===") {
        return Error(
            ErrorCode::unsupported,
            "expected two versions around " + node.op + " in a marker, saw " + quoted(left) +
                " and " + quoted(right)
        );
    }
    return answer_of(holds_text(node.op, left, right));
}

Result<MarkerAnswer> answer(
    const Node& node, const MarkerEnvironment& environment, std::string_view extra
) {
    if (node.kind == Node::Kind::comparison) {
        return compare(node, environment, extra);
    }
    // Every part is looked at, so that what cannot be compared shows wherever it stands.
    const bool all = node.kind == Node::Kind::all;
    bool holds = all;
    for (const auto& part : node.parts) {
        HG_TRY(const auto one, answer(*part, environment, extra));
        const bool applies = one == MarkerAnswer::applies;
        holds = all ? holds && applies : holds || applies;
    }
    return answer_of(holds);
}

// Markers know no negation of more than one comparison: what may hold of parts may hold of all.
bool may_hold_there(const Node& node, const MarkerWorld& world, std::string_view extra) {
    if (node.kind != Node::Kind::comparison) {
        const auto part_may = [&](const std::shared_ptr<const Node>& part) {
            return may_hold_there(*part, world, extra);
        };
        return node.kind == Node::Kind::all
                   ? std::all_of(node.parts.begin(), node.parts.end(), part_may)
                   : std::any_of(node.parts.begin(), node.parts.end(), part_may);
    }
    const auto holds = [&](const MarkerEnvironment& environment) {
        const auto one = compare(node, environment, extra);
        return !one || *one == MarkerAnswer::applies;
    };
    if (node.variable == MarkerVariable::extra) {
        return holds({});
    }
    const auto& values = world.values.at(static_cast<std::size_t>(node.variable));
    return values.empty() || std::any_of(values.begin(), values.end(), [&](const auto& value) {
               MarkerEnvironment environment;
               environment.set(node.variable, value);
               return holds(environment);
           });
}

std::string rendered(const Node& node) {
    if (node.kind == Node::Kind::comparison) {
        const std::string name(marker_variable_name(node.variable));
        const std::string literal = quoted(node.literal);
        return node.side == Node::Side::variable_first ? name + " " + node.op + " " + literal
                                                       : literal + " " + node.op + " " + name;
    }
    std::string text;
    for (const auto& part : node.parts) {
        const bool inner =
            node.kind == Node::Kind::all && part->kind == Node::Kind::any && part->parts.size() > 1;
        text += text.empty() ? "" : node.kind == Node::Kind::all ? " and " : " or ";
        text += inner ? "(" + rendered(*part) + ")" : rendered(*part);
    }
    return text;
}

}  // namespace

std::string_view marker_variable_name(MarkerVariable variable) {
    return spellings.at(static_cast<std::size_t>(variable)).name;
}

std::optional<MarkerVariable> find_marker_variable(std::string_view name) {
    for (const auto& spelling : spellings) {
        if (spelling.name == name) {
            return spelling.variable;
        }
    }
    return std::nullopt;
}

Result<MarkerAnswer> Marker::evaluate(const MarkerEnvironment& environment, std::string_view extra)
    const {
    return answer(*m_root, environment, extra);
}

bool Marker::may_hold(const MarkerWorld& world, std::string_view extra) const {
    return may_hold_there(*m_root, world, extra);
}

std::string Marker::text() const {
    return rendered(*m_root);
}

}  // namespace heliograph::mirror
