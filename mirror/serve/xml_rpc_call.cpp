// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/xml_rpc_call.hpp>
#include <pki/base/blank.hpp>

#include <expat.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>

namespace heliograph::mirror {

namespace {

struct ParserCloser {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};

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

// Takes expat's events. Elements are known by their whole path.
class CallReader {
  public:
    explicit CallReader(XML_ParserStruct* parser) : m_parser(parser) {}

    [[nodiscard]] Result<XmlRpcCall> finish() {
        if (m_fault) {
            return *std::move(m_fault);
        }
        if (m_call.method.empty()) {
            return no_call("saw no method name");
        }
        return std::move(m_call);
    }
    [[nodiscard]] bool stopped() const { return m_fault.has_value(); }

    void stop(Error error) {
        if (!m_fault) {
            m_fault = std::move(error);
        }
        XML_StopParser(m_parser, XML_FALSE);
    }

    void begin(std::string_view element) {
        if (++m_depth > xml_rpc_limits::depth) {
            stop(Error(ErrorCode::too_large, "expected little depth of an XML-RPC call, saw more"));
            return;
        }
        m_path.append("/").append(element);
        m_text.clear();
        if (m_depth == 1 && element != "methodCall") {
            stop(no_call("saw another document"));
        } else if (m_path == value_path) {
            m_value.reset();
            m_nested = false;
        } else if (m_path.starts_with(value_path)) {
            m_nested = true;
        }
    }

    void add_text(std::string_view text) {
        if (m_text.size() + text.size() > xml_rpc_limits::value_bytes) {
            stop(Error(ErrorCode::too_large, "expected short values in an XML-RPC call, saw more"));
            return;
        }
        m_text += text;
    }

    void end(std::string_view element) {
        if (m_path == "/methodCall/methodName") {
            if (!m_call.method.empty()) {
                stop(no_call("saw two method names"));
            }
            m_call.method = trim_blanks(m_text);
        } else if (m_path == value_path) {
            end_value();
        } else if (m_path.starts_with(value_path) && m_depth == value_depth + 1) {
            end_typed(element);
        }
        m_path.erase(m_path.size() - element.size() - 1);
        m_text.clear();
        --m_depth;
    }

  private:
    static constexpr std::string_view value_path = "/methodCall/params/param/value";
    static constexpr std::size_t value_depth = 4;

    void end_typed(std::string_view element) {
        if (m_value) {
            stop(no_call("saw a value of two types"));
        } else if (element == "int" || element == "i4" || element == "i8") {
            auto number = parse_integer(m_text);
            if (!number) {
                stop(std::move(number).error());
                return;
            }
            m_value = *number;
        } else if (element == "string") {
            m_value = m_text;
        } else {
            m_value = OtherValue{};
        }
    }

    void end_value() {
        if (m_call.parameters.size() == xml_rpc_limits::parameters) {
            stop(Error(ErrorCode::too_large, "expected few parameters of a call, saw more"));
            return;
        }
        // A value without a type is a string.
        m_call.parameters.push_back(
            m_value ? *std::exchange(m_value, std::nullopt)
                    : (m_nested ? XmlRpcValue(OtherValue{}) : XmlRpcValue(m_text))
        );
    }

    XML_ParserStruct* m_parser;
    XmlRpcCall m_call;
    std::string m_path;
    std::size_t m_depth = 0;
    std::string m_text;
    std::optional<XmlRpcValue> m_value;
    bool m_nested = false;
    std::optional<Error> m_fault;
};

CallReader& reader_of(void* data) {
    return *static_cast<CallReader*>(data);
}

void on_begin(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
    if (!reader_of(data).stopped()) {
        reader_of(data).begin(name);
    }
}
void on_end(void* data, const XML_Char* name) {
    if (!reader_of(data).stopped()) {
        reader_of(data).end(name);
    }
}
void on_text(void* data, const XML_Char* text, int size) {
    if (!reader_of(data).stopped()) {
        reader_of(data).add_text({text, static_cast<std::size_t>(size)});
    }
}
void on_document_type(
    void* data,
    const XML_Char* /*name*/,
    const XML_Char* /*system*/,
    const XML_Char* /*public_id*/,
    int /*has_subset*/
) {
    // Entities are declared in one only: without it none can be expanded.
    reader_of(data).stop(no_call("saw a document type"));
}

// lxml, and with it bandersnatch, calls ASCII what expat knows as US-ASCII alone.
int on_unknown_encoding(void* /*data*/, const XML_Char* name, XML_Encoding* encoding) {
    std::string upper(name);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (upper != "ASCII") {
        return XML_STATUS_ERROR;
    }
    for (int byte = 0; byte < 256; ++byte) {
        encoding->map[byte] = byte < 128 ? byte : -1;
    }
    encoding->data = nullptr;
    encoding->convert = nullptr;
    encoding->release = nullptr;
    return XML_STATUS_OK;
}

}  // namespace

Result<XmlRpcCall> parse_xml_rpc_call(std::string_view text) {
    if (text.size() > xml_rpc_limits::text_bytes) {
        return Error(ErrorCode::too_large, "expected an XML-RPC call of at most 16384 bytes");
    }
    const std::unique_ptr<XML_ParserStruct, ParserCloser> parser(XML_ParserCreate(nullptr));
    if (parser == nullptr) {
        return Error(ErrorCode::internal, "the XML parser could not be made");
    }
    CallReader reader(parser.get());
    XML_SetUserData(parser.get(), &reader);
    XML_SetElementHandler(parser.get(), on_begin, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_document_type);
    XML_SetUnknownEncodingHandler(parser.get(), on_unknown_encoding, nullptr);
    const auto status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK && !reader.stopped()) {
        return no_call("saw what is no XML");
    }
    return reader.finish();
}

}  // namespace heliograph::mirror
