// SPDX-License-Identifier: Apache-2.0
// expat for XML-RPC.
#include <mirror/journal/xml_parser.hpp>

#include <expat.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace heliograph::mirror {

namespace {

struct XmlParserCloser {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};

// Between expat's events and ours: nothing is told after the first error.
struct XmlReading {
    XML_ParserStruct* parser;
    XmlEvents& events;
    std::optional<Error> fault;

    void note(Outcome outcome) {
        if (!outcome && !fault) {
            fault = std::move(outcome).error();
            XML_StopParser(parser, XML_FALSE);
        }
    }
};

XmlReading& reading_of(void* data) {
    return *static_cast<XmlReading*>(data);
}

void on_xml_begin(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
    if (auto& reading = reading_of(data); !reading.fault) {
        reading.note(reading.events.begin(name));
    }
}

void on_xml_end(void* data, const XML_Char* name) {
    if (auto& reading = reading_of(data); !reading.fault) {
        reading.note(reading.events.end(name));
    }
}

void on_xml_text(void* data, const XML_Char* text, int size) {
    if (auto& reading = reading_of(data); !reading.fault) {
        reading.note(reading.events.text({text, static_cast<std::size_t>(size)}));
    }
}

void on_xml_document_type(
    void* data,
    const XML_Char* /*name*/,
    const XML_Char* /*system*/,
    const XML_Char* /*public_id*/,
    int /*has_subset*/
) {
    // Entities are declared in one only: without it none can be expanded.
    reading_of(data).note(
        Error(ErrorCode::malformed, "expected XML without a document type, saw one")
    );
}

// lxml, and with it bandersnatch, calls ASCII what expat knows as US-ASCII alone.
int on_unknown_xml_encoding(void* /*data*/, const XML_Char* name, XML_Encoding* encoding) {
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

Outcome read_xml(std::string_view text, XmlEvents& events) {
    HG_ASSERT(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    const std::unique_ptr<XML_ParserStruct, XmlParserCloser> parser(XML_ParserCreate(nullptr));
    if (parser == nullptr) {
        return Error(ErrorCode::internal, "the XML parser could not be made");
    }
    XmlReading reading{parser.get(), events, std::nullopt};
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(parser.get(), on_xml_begin, on_xml_end);
    XML_SetCharacterDataHandler(parser.get(), on_xml_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_xml_document_type);
    XML_SetUnknownEncodingHandler(parser.get(), on_unknown_xml_encoding, nullptr);
    const auto status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (reading.fault) {
        return *std::move(reading.fault);
    }
    if (status != XML_STATUS_OK) {
        return Error(ErrorCode::malformed, "expected XML, saw what is none");
    }
    return {};
}

}  // namespace heliograph::mirror
