// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/marker_node.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

using MarkerNode = Marker::Node;
using NodePtr = std::shared_ptr<const MarkerNode>;

constexpr std::string_view word_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";

/// Recursive descent: or < and < comparison | ( or ).
class MarkerReader {
  public:
    explicit MarkerReader(std::string_view text) : m_whole(text), m_rest(text) {}

    Result<NodePtr> read() {
        HG_TRY(auto root, read_group(MarkerNode::Kind::any, 0));
        skip_blanks();
        if (!m_rest.empty()) {
            return wrong("'and', 'or' or the end");
        }
        return root;
    }

  private:
    struct Operand {
        std::optional<MarkerVariable> variable;
        std::string literal;
    };

    Result<NodePtr> read_group(MarkerNode::Kind kind, std::size_t depth) {
        const bool any = kind == MarkerNode::Kind::any;
        std::vector<NodePtr> parts;
        do {
            HG_TRY(auto part, any ? read_group(MarkerNode::Kind::all, depth) : read_atom(depth));
            parts.push_back(std::move(part));
        } while (take_word(any ? "or" : "and"));
        if (parts.size() == 1) {
            return parts.front();
        }
        auto node = std::make_shared<MarkerNode>();
        node->kind = kind;
        for (auto& part : parts) {
            // (a and b) and c says no more than a and b and c.
            if (part->kind == kind) {
                node->parts.insert(node->parts.end(), part->parts.begin(), part->parts.end());
            } else {
                node->parts.push_back(std::move(part));
            }
        }
        return NodePtr(std::move(node));
    }

    Result<NodePtr> read_atom(std::size_t depth) {
        skip_blanks();
        if (!m_rest.starts_with('(')) {
            return read_comparison();
        }
        if (depth == marker_depth) {
            return Error(
                ErrorCode::too_large,
                "expected parentheses at most " + std::to_string(marker_depth) +
                    " deep in a marker, saw more"
            );
        }
        m_rest.remove_prefix(1);
        HG_TRY(auto inner, read_group(MarkerNode::Kind::any, depth + 1));
        skip_blanks();
        if (!m_rest.starts_with(')')) {
            return wrong("')'");
        }
        m_rest.remove_prefix(1);
        return inner;
    }

    Result<NodePtr> read_comparison() {
        HG_TRY(auto left, read_operand());
        HG_TRY(auto op, read_operator());
        HG_TRY(auto right, read_operand());
        if (left.variable.has_value() == right.variable.has_value()) {
            return wrong("a variable on one side of each comparison and a text on the other");
        }
        auto node = std::make_shared<MarkerNode>();
        node->side =
            left.variable ? MarkerNode::Side::variable_first : MarkerNode::Side::literal_first;
        node->variable = left.variable ? *left.variable : *right.variable;
        node->literal = left.variable ? std::move(right.literal) : std::move(left.literal);
        node->op = std::move(op);
        return NodePtr(std::move(node));
    }

    Result<Operand> read_operand() {
        skip_blanks();
        const char quote = m_rest.empty() ? '\0' : m_rest.front();
        if (quote == '"' || quote == '\'') {
            const auto end = m_rest.find(quote, 1);
            if (end == std::string_view::npos) {
                return wrong("the other quotation mark");
            }
            const auto literal = m_rest.substr(1, end - 1);
            const auto strange = [](char c) { return c < ' ' || c > '~'; };
            if (std::any_of(literal.begin(), literal.end(), strange)) {
                return wrong("printable ASCII between quotation marks");
            }
            m_rest.remove_prefix(end + 1);
            return Operand{std::nullopt, std::string(literal)};
        }
        const auto word = next_word();
        const auto variable = find_marker_variable(word);
        if (!variable) {
            return wrong("a text in quotation marks or a variable of PEP 508");
        }
        m_rest.remove_prefix(word.size());
        return Operand{variable, {}};
    }

    Result<std::string> read_operator() {
        skip_blanks();
        for (const std::string_view op : {"===", "==", "!=", "<=", ">=", "~=", "<", ">"}) {
            if (m_rest.starts_with(op)) {
                m_rest.remove_prefix(op.size());
                return std::string(op);
            }
        }
        if (take_word("in")) {
            return std::string("in");
        }
        if (take_word("not") && take_word("in")) {
            return std::string("not in");
        }
        return wrong("a comparison");
    }

    [[nodiscard]] std::string_view next_word() const {
        return m_rest.substr(0, m_rest.find_first_not_of(word_characters));
    }

    bool take_word(std::string_view word) {
        skip_blanks();
        if (next_word() != word) {
            return false;
        }
        m_rest.remove_prefix(word.size());
        return true;
    }

    void skip_blanks() {
        m_rest.remove_prefix(std::min(m_rest.find_first_not_of(" \t"), m_rest.size()));
    }

    [[nodiscard]] Error wrong(const std::string& expected) const {
        return {
            ErrorCode::malformed,
            "expected " + expected + " at position " +
                std::to_string(m_whole.size() - m_rest.size()) + " of the marker '" +
                verify::printable(m_whole) + "'"};
    }

    std::string_view m_whole;
    std::string_view m_rest;
};

}  // namespace

Result<Marker> parse_environment_marker(std::string_view text) {
    if (text.size() > marker_chars) {
        return Error(
            ErrorCode::too_large,
            "expected a marker of at most " + std::to_string(marker_chars) + " characters, saw " +
                std::to_string(text.size())
        );
    }
    HG_TRY(auto root, MarkerReader(text).read());
    return Marker(std::move(root));
}

}  // namespace heliograph::mirror
