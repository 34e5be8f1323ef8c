// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>

#include <nlohmann/json.hpp>

#include <limits>
#include <optional>
#include <unordered_set>

namespace heliograph {

namespace {

// Builds a JsonValue from the parser's events and stops it at the first crossed limit.
// The frame stack holds the open arrays and objects; a closed one moves into its parent.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit Builder(const JsonLimits& limits) : m_limits(limits) {}

    bool null() override { return add(JsonValue()); }
    bool boolean(bool value) override { return add(JsonValue(value)); }
    bool number_integer(number_integer_t value) override { return add(JsonValue(value)); }
    bool number_unsigned(number_unsigned_t value) override {
        if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
            return refuse(
                ErrorCode::malformed, "expected whole numbers within 64 bits, saw a larger one"
            );
        }
        return add(JsonValue(static_cast<std::int64_t>(value)));
    }
    bool number_float(number_float_t /*value*/, const string_t& text) override {
        return refuse(
            ErrorCode::malformed, "expected whole numbers within 64 bits, saw " + text.substr(0, 40)
        );
    }
    bool string(string_t& value) override { return add(JsonValue(std::move(value))); }
    bool binary(binary_t& /*value*/) override {
        return refuse(ErrorCode::malformed, "expected JSON text, saw a binary value");
    }
    bool start_object(std::size_t /*size*/) override { return open(JsonValue(JsonObject())); }
    bool start_array(std::size_t /*size*/) override { return open(JsonValue(JsonArray())); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (!m_frames.back().names.insert(name).second) {
            return refuse(
                ErrorCode::malformed,
                "expected each JSON member once, saw \"" + name.substr(0, 80) + "\" twice"
            );
        }
        m_frames.back().pending_name = std::move(name);
        return count();
    }
    bool parse_error(
        std::size_t position,
        const std::string& /*token*/,
        const nlohmann::json::exception& /*error*/
    ) override {
        return refuse(
            ErrorCode::malformed,
            "expected JSON text, it breaks off at byte " + std::to_string(position)
        );
    }

    Result<JsonValue> finish() && {
        if (m_error) {
            return *std::move(m_error);
        }
        HG_ASSERT(m_root.has_value());
        return *std::move(m_root);
    }

  private:
    struct Frame {
        std::variant<JsonArray, JsonObject> container;
        std::unordered_set<std::string> names;
        std::string pending_name;
    };

    bool refuse(ErrorCode code, std::string message) {
        if (!m_error) {
            m_error = Error(code, std::move(message));
        }
        return false;
    }

    bool count() {
        if (++m_values > m_limits.values) {
            return refuse(
                ErrorCode::too_large,
                "expected JSON of at most " + std::to_string(m_limits.values) + " values, saw more"
            );
        }
        return true;
    }

    bool place(JsonValue value) {
        if (m_frames.empty()) {
            m_root = std::move(value);
        } else if (auto& top = m_frames.back();
                   auto* array = std::get_if<JsonArray>(&top.container)) {
            array->push_back(std::move(value));
        } else {
            std::get<JsonObject>(top.container)
                .emplace_back(std::move(top.pending_name), std::move(value));
        }
        return true;
    }

    bool add(JsonValue value) { return count() && place(std::move(value)); }

    bool open(const JsonValue& empty) {
        if (m_frames.size() >= m_limits.depth) {
            return refuse(
                ErrorCode::too_large,
                "expected JSON at most " + std::to_string(m_limits.depth) + " levels deep, saw more"
            );
        }
        Frame frame;
        if (empty.if_array() == nullptr) {
            frame.container = JsonObject();
        }
        m_frames.push_back(std::move(frame));
        return count();
    }

    bool close() {
        JsonValue value = std::visit(
            [](auto&& container) { return JsonValue(std::move(container)); },
            m_frames.back().container
        );
        m_frames.pop_back();
        return place(std::move(value));
    }

    JsonLimits m_limits;
    std::size_t m_values = 0;
    std::vector<Frame> m_frames;
    std::optional<JsonValue> m_root;
    std::optional<Error> m_error;
};

nlohmann::ordered_json to_library(const JsonValue& value) {
    if (const auto* boolean = value.if_boolean()) {
        return *boolean;
    }
    if (const auto* integer = value.if_integer()) {
        return *integer;
    }
    if (const auto* text = value.if_text()) {
        return *text;
    }
    if (const auto* array = value.if_array()) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& element : *array) {
            list.push_back(to_library(element));
        }
        return list;
    }
    if (const auto* object = value.if_object()) {
        nlohmann::ordered_json::object_t members;
        members.reserve(object->size());
        for (const auto& [name, member] : *object) {
            // Past the library's own look-up of duplicates, which makes large objects quadratic.
            members.emplace_back(name, to_library(member));
        }
        return members;
    }
    return nullptr;
}

Error wrong_member(std::string_view name, std::string_view kind) {
    return {
        ErrorCode::malformed,
        "expected the JSON member \"" + std::string(name) + "\" to be " + std::string(kind) +
            ", it is absent or something else"};
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
    if (const auto* object = if_object()) {
        for (const auto& [member_name, member] : *object) {
            if (member_name == name) {
                return &member;
            }
        }
    }
    return nullptr;
}

Result<std::string> JsonValue::text_member(std::string_view name) const {
    const auto* member = find(name);
    const auto* text = member != nullptr ? member->if_text() : nullptr;
    if (text == nullptr) {
        return wrong_member(name, "text");
    }
    return *text;
}

Result<std::int64_t> JsonValue::integer_member(std::string_view name) const {
    const auto* member = find(name);
    const auto* integer = member != nullptr ? member->if_integer() : nullptr;
    if (integer == nullptr) {
        return wrong_member(name, "a whole number");
    }
    return *integer;
}

Result<const JsonArray*> JsonValue::array_member(std::string_view name) const {
    const auto* member = find(name);
    const auto* array = member != nullptr ? member->if_array() : nullptr;
    if (array == nullptr) {
        return wrong_member(name, "an array");
    }
    return array;
}

Result<const JsonObject*> JsonValue::object_member(std::string_view name) const {
    const auto* member = find(name);
    const auto* object = member != nullptr ? member->if_object() : nullptr;
    if (object == nullptr) {
        return wrong_member(name, "an object");
    }
    return object;
}

Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.text_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected JSON of at most " + std::to_string(limits.text_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    // The library skips a byte order mark; RFC 8259 section 8.1 lets us refuse it, and one text
    // then has one form.
    if (text.substr(0, 3) == "\xef\xbb\xbf") {
        return Error(ErrorCode::malformed, "expected JSON text, it begins with a byte order mark");
    }
    Builder builder(limits);
    // The builder keeps the reason for a refusal; the parser's own answer repeats that there is
    // one.
    static_cast<void>(nlohmann::json::sax_parse(text, &builder));
    return std::move(builder).finish();
}

std::string render_json(const JsonValue& value, JsonLayout layout) {
    return to_library(value).dump(
        layout == JsonLayout::indented ? 2 : -1,
        ' ',
        false,
        nlohmann::ordered_json::error_handler_t::replace
    );
}

}  // namespace heliograph
