// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/xml_parser.hpp>
#include <mirror/sync/xml_rpc_value.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace answer_limits = xml_rpc_answer_limits;

Error no_answer(std::string_view what) {
    return {ErrorCode::malformed, "expected the answer to an XML-RPC call, " + std::string(what)};
}

// Which element may stand in which.
struct AllowedChild {
    std::string_view parent;
    std::string_view child;
};

constexpr std::array<AllowedChild, 18> allowed_children{
    {{"", "methodResponse"},
     {"methodResponse", "params"},
     {"methodResponse", "fault"},
     {"params", "param"},
     {"param", "value"},
     {"fault", "value"},
     {"value", "int"},
     {"value", "i4"},
     {"value", "i8"},
     {"value", "string"},
     {"value", "nil"},
     {"value", "array"},
     {"value", "struct"},
     {"array", "data"},
     {"data", "value"},
     {"struct", "member"},
     {"member", "name"},
     {"member", "value"}}};

bool is_allowed(std::string_view parent, std::string_view child) {
    return std::any_of(allowed_children.begin(), allowed_children.end(), [&](const auto& one) {
        return one.parent == parent && one.child == child;
    });
}

bool holds_text(std::string_view element) {
    return element == "value" || element == "int" || element == "i4" || element == "i8" ||
           element == "string" || element == "name";
}

Result<std::int64_t> read_integer(std::string_view text) {
    text = trim_blanks(text);
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return no_answer("saw an integer that is none");
    }
    return number;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class AnswerReader final : public XmlEvents {
  public:
    Outcome begin(std::string_view element) override {
        const std::string_view parent = m_path.empty() ? std::string_view() : m_path.back();
        if (!is_allowed(parent, element)) {
            return no_answer("saw an element or a kind of value that none has");
        }
        if (m_path.size() == answer_limits::depth) {
            return Error(ErrorCode::too_large, "expected an answer of little depth, saw more");
        }
        const bool is_type = parent == "value";
        m_path.emplace_back(element);
        if (element == "value") {
            return begin_value();
        }
        if (!is_blank(m_text)) {
            return no_answer("saw text beside an element");
        }
        m_text.clear();
        if (is_type) {
            return begin_typed(element);
        }
        if (element == "fault") {
            m_is_fault = true;
        } else if (element == "member") {
            m_names.emplace_back(std::nullopt);
        }
        return {};
    }

    Outcome text(std::string_view piece) override {
        if (!holds_text(m_path.back())) {
            return is_blank(piece) ? Outcome() : no_answer("saw text between its elements");
        }
        if (m_text.size() + piece.size() > answer_limits::value_bytes) {
            return Error(ErrorCode::too_large, "expected short texts in an answer, saw more");
        }
        m_text += piece;
        return {};
    }

    Outcome end(std::string_view element) override {
        m_path.pop_back();
        if (element == "value") {
            return end_value();
        }
        if (element == "name") {
            if (m_names.back()) {
                return no_answer("saw a member of two names");
            }
            m_names.back() = std::exchange(m_text, {});
        } else if (element == "member") {
            m_names.pop_back();
        } else if (element == "string") {
            m_open.back().node.value = std::exchange(m_text, {});
        } else if (element == "int" || element == "i4" || element == "i8") {
            HG_TRY(m_open.back().node.value, read_integer(m_text));
        }
        m_text.clear();
        return {};
    }

    Result<std::variant<XmlRpcNode, XmlRpcFailure>> finish() {
        if (!m_root) {
            return no_answer("saw none of its values");
        }
        using Answer = std::variant<XmlRpcNode, XmlRpcFailure>;
        if (!m_is_fault) {
            return Answer(*std::move(m_root));
        }
        HG_TRY(auto failure, read_failure(*m_root));
        return Answer(std::move(failure));
    }

  private:
    struct OpenValue {
        XmlRpcNode node;
        bool typed = false;
    };

    Outcome begin_value() {
        if (++m_values > answer_limits::values) {
            return Error(ErrorCode::too_large, "expected fewer values in an answer, saw more");
        }
        m_text.clear();
        m_open.emplace_back();
        return {};
    }

    Outcome begin_typed(std::string_view element) {
        auto& open = m_open.back();
        if (open.typed) {
            return no_answer("saw a value of two types");
        }
        open.typed = true;
        if (element == "nil") {
            open.node.value = XmlRpcNil{};
        } else if (element == "array") {
            open.node.value = XmlRpcArray{};
        } else if (element == "struct") {
            open.node.value = XmlRpcStruct{};
        }
        return {};
    }

    Outcome end_value() {
        auto ended = std::move(m_open.back());
        m_open.pop_back();
        if (!ended.typed) {
            ended.node.value = std::exchange(m_text, {});  // A value without a type is a string.
        } else if (!is_blank(m_text)) {
            return no_answer("saw text beside the type of a value");
        }
        m_text.clear();
        if (m_open.empty()) {
            if (m_root) {
                return no_answer("saw two values");
            }
            m_root = std::move(ended.node);
            return {};
        }
        auto& parent = m_open.back().node.value;
        if (auto* const array = std::get_if<XmlRpcArray>(&parent)) {
            array->items.push_back(std::move(ended.node));
            return {};
        }
        auto* const structure = std::get_if<XmlRpcStruct>(&parent);
        if (structure == nullptr || m_names.empty() || !m_names.back()) {
            return no_answer("saw a member without a name");
        }
        structure->members.push_back({*std::move(m_names.back()), std::move(ended.node)});
        m_names.back().reset();
        return {};
    }

    static Result<XmlRpcFailure> read_failure(const XmlRpcNode& node) {
        XmlRpcFailure failure;
        const auto* const structure = std::get_if<XmlRpcStruct>(&node.value);
        if (structure == nullptr) {
            return no_answer("saw a fault without its members");
        }
        for (const auto& [name, value] : structure->members) {
            if (const auto* code = std::get_if<std::int64_t>(&value.value);
                code != nullptr && name == "faultCode") {
                failure.code = *code;
            }
            if (const auto* text = std::get_if<std::string>(&value.value);
                text != nullptr && name == "faultString") {
                failure.text = *text;
            }
        }
        return failure;
    }

    std::vector<std::string> m_path;
    std::vector<OpenValue> m_open;
    std::vector<std::optional<std::string>> m_names;  ///< Of the members that are open.
    std::string m_text;
    std::optional<XmlRpcNode> m_root;
    std::size_t m_values = 0;
    bool m_is_fault = false;
};

}  // namespace

Result<std::variant<XmlRpcNode, XmlRpcFailure>> parse_xml_rpc_answer(std::string_view text) {
    if (text.size() > answer_limits::text_bytes) {
        return Error(ErrorCode::too_large, "expected an XML-RPC answer of at most 160 MiB");
    }
    AnswerReader reader;
    HG_CHECK(read_xml(text, reader));
    return reader.finish();
}

}  // namespace heliograph::mirror
