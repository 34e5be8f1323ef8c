// SPDX-License-Identifier: Apache-2.0
// JSON text in and out, with limits. Each format keeps its own codec beside its model and uses
// this.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace heliograph {

class JsonValue;
using JsonArray = std::vector<JsonValue>;
using JsonMember = std::pair<std::string, JsonValue>;
/// Members in their order of appearance; names are unique.
using JsonObject = std::vector<JsonMember>;

/// One JSON value. Numbers are whole: no format of ours has fractions, and a number outside int64
/// is refused where it is read. The `as_` readers turn a wrong kind into an Error that names what
/// was expected.
/// @thread As a value. @cost member() is linear in the number of members.
class JsonValue {
  public:
    JsonValue() = default;  ///< null
    JsonValue(std::same_as<bool> auto value) : m_value(value) {}
    /// A number above int64 is a mistake of the caller and stops the process.
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) JsonValue(Number number)
        : m_value(static_cast<std::int64_t>(number)) {
        HG_ASSERT(std::in_range<std::int64_t>(number));
    }
    JsonValue(std::string value) : m_value(std::move(value)) {}
    JsonValue(std::string_view value) : m_value(std::string(value)) {}
    JsonValue(const char* value) : m_value(std::string(value)) {}
    JsonValue(JsonArray value) : m_value(std::move(value)) {}
    JsonValue(JsonObject value) : m_value(std::move(value)) {}

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(m_value); }
    [[nodiscard]] const bool* if_boolean() const { return std::get_if<bool>(&m_value); }
    [[nodiscard]] const std::int64_t* if_integer() const {
        return std::get_if<std::int64_t>(&m_value);
    }
    [[nodiscard]] const std::string* if_text() const { return std::get_if<std::string>(&m_value); }
    [[nodiscard]] const JsonArray* if_array() const { return std::get_if<JsonArray>(&m_value); }
    [[nodiscard]] const JsonObject* if_object() const { return std::get_if<JsonObject>(&m_value); }

    /// The member of an object, or null pointer when absent or when this is no object.
    [[nodiscard]] const JsonValue* find(std::string_view name) const;

    /// @errors malformed: this is no object, or the member is absent or of another kind. The
    /// message names the member.
    [[nodiscard]] Result<std::string> text_member(std::string_view name) const;
    [[nodiscard]] Result<std::int64_t> integer_member(std::string_view name) const;
    [[nodiscard]] Result<const JsonArray*> array_member(std::string_view name) const;
    [[nodiscard]] Result<const JsonObject*> object_member(std::string_view name) const;

    friend bool operator==(const JsonValue& left, const JsonValue& right) = default;

  private:
    std::variant<std::monostate, bool, std::int64_t, std::string, JsonArray, JsonObject> m_value;
};

struct JsonLimits {
    std::uint64_t text_bytes = 1024 * 1024;
    std::size_t depth = 32;
    std::size_t values = 1'000'000;  ///< Every value and member name counts.
};

/// Parses one JSON text (UTF-8, no byte order mark).
/// @errors too_large (a limit was crossed), malformed (syntax, duplicate member name, number that
/// is no int64,
///         lone surrogate or invalid UTF-8). @thread Safe. @cost One pass. @source RFC 8259; RFC
///         7493 (I-JSON).
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits);

enum class JsonLayout { compact, indented };

/// Renders UTF-8 text in member order, so that equal values give equal bytes; bytes that are no
/// UTF-8 become U+FFFD.
/// @thread Safe. @cost One pass.
[[nodiscard]] std::string render_json(
    const JsonValue& value, JsonLayout layout = JsonLayout::compact
);

}  // namespace heliograph
