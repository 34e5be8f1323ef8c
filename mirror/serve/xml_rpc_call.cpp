// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/xml_parser.hpp>
#include <mirror/serve/xml_rpc_call.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace heliograph::mirror {

namespace {

Error no_call(std::string_view what) {
    return {ErrorCode::malformed, "expected an XML-RPC call, " + std::string(what)};
}

Result<std::int64_t> parse_integer(std::string_view text) {
    text = trim_blanks(text);
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return no_call("saw an integer that is none");
    }
    return number;
}

// Elements are known by their whole path.
class CallReader final : public XmlEvents {
  public:
    [[nodiscard]] Result<XmlRpcCall> finish() {
        if (m_call.method.empty()) {
            return no_call("saw no method name");
        }
        return std::move(m_call);
    }
    Outcome begin(std::string_view element) override {
        if (++m_depth > xml_rpc_limits::depth) {
            return Error(
                ErrorCode::too_large, "expected little depth of an XML-RPC call, saw more"
            );
        }
        m_path.append("/").append(element);
        m_text.clear();
        if (m_depth == 1 && element != "methodCall") {
            return no_call("saw another document");
        }
        if (m_path == value_path) {
            m_value.reset();
            m_nested = false;
        } else if (m_path.starts_with(value_path)) {
            m_nested = true;
        }
        return {};
    }

    Outcome text(std::string_view piece) override {
        if (m_text.size() + piece.size() > xml_rpc_limits::value_bytes) {
            return Error(
                ErrorCode::too_large, "expected short values in an XML-RPC call, saw more"
            );
        }
        m_text += piece;
        return {};
    }

    Outcome end(std::string_view element) override {
        if (m_path == "/methodCall/methodName") {
            if (!m_call.method.empty()) {
                return no_call("saw two method names");
            }
            m_call.method = trim_blanks(m_text);
        } else if (m_path == value_path) {
            HG_CHECK(end_value());
        } else if (m_path.starts_with(value_path) && m_depth == value_depth + 1) {
            HG_CHECK(end_typed(element));
        }
        m_path.erase(m_path.size() - element.size() - 1);
        m_text.clear();
        --m_depth;
        return {};
    }

  private:
    static constexpr std::string_view value_path = "/methodCall/params/param/value";
    static constexpr std::size_t value_depth = 4;

    Outcome end_typed(std::string_view element) {
        if (m_value) {
            return no_call("saw a value of two types");
        }
        if (element == "int" || element == "i4" || element == "i8") {
            HG_TRY(m_value, parse_integer(m_text));
        } else if (element == "string") {
            m_value = m_text;
        } else {
            m_value = OtherValue{};
        }
        return {};
    }

    Outcome end_value() {
        if (m_call.parameters.size() == xml_rpc_limits::parameters) {
            return Error(ErrorCode::too_large, "expected few parameters of a call, saw more");
        }
        // A value without a type is a string.
        m_call.parameters.push_back(
            m_value ? *std::exchange(m_value, std::nullopt)
                    : (m_nested ? XmlRpcValue(OtherValue{}) : XmlRpcValue(m_text))
        );
        return {};
    }

    XmlRpcCall m_call;
    std::string m_path;
    std::size_t m_depth = 0;
    std::string m_text;
    std::optional<XmlRpcValue> m_value;
    bool m_nested = false;
};

}  // namespace

Result<XmlRpcCall> parse_xml_rpc_call(std::string_view text) {
    if (text.size() > xml_rpc_limits::text_bytes) {
        return Error(ErrorCode::too_large, "expected an XML-RPC call of at most 16384 bytes");
    }
    CallReader reader;
    HG_CHECK(read_xml(text, reader));
    return reader.finish();
}

}  // namespace heliograph::mirror
