// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/metalink.hpp>
#include <mirror/discovery/metalink_reader.hpp>
#include <verify/index/file_path.hpp>
#include <verify/report/xml_text.hpp>
#include <verify/verdict/finding.hpp>

#include <expat.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

struct ExpatCloser {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};

/// What expat is given back with each event.
struct Reading {
    XML_ParserStruct* parser;
    MetalinkReader reader = {};

    void stop_at_fault() const {
        if (reader.fault()) {
            XML_StopParser(parser, XML_FALSE);
        }
    }
};

Reading& reading_of(void* place) {
    return *static_cast<Reading*>(place);
}

void on_begin(void* place, const char* name, const char** words) {
    auto& reading = reading_of(place);
    MetalinkAttributes attributes;
    for (std::size_t i = 0; words[i] != nullptr; i += 2) {
        attributes.emplace(words[i], words[i + 1]);
    }
    reading.reader.begin(name, attributes);
    reading.stop_at_fault();
}

void on_end(void* place, const char* /*name*/) {
    auto& reading = reading_of(place);
    if (!reading.reader.fault()) {
        reading.reader.end();
    }
    reading.stop_at_fault();
}

void on_text(void* place, const char* text, int size) {
    auto& reading = reading_of(place);
    reading.reader.add_text({text, static_cast<std::size_t>(size)});
    reading.stop_at_fault();
}

void on_doctype(
    void* place,
    const char* /*name*/,
    const char* /*system*/,
    const char* /*public*/,
    int /*internal*/
) {
    auto& reading = reading_of(place);
    reading.reader.stop(
        Error(ErrorCode::malformed, "expected a metalink without a document type, saw one")
    );
    reading.stop_at_fault();
}

std::string attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + verify::encode_xml_text(value) + "\"";
}

}  // namespace

Result<Metalink> parse_metalink(std::string_view text) {
    if (text.size() > metalink_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a metalink of at most " + std::to_string(metalink_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    const std::unique_ptr<XML_ParserStruct, ExpatCloser> parser(XML_ParserCreateNS(nullptr, ' '));
    if (parser == nullptr) {
        return Error(ErrorCode::internal, "expected room for an XML parser, there is none");
    }
    Reading reading{.parser = parser.get()};
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(parser.get(), on_begin, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
    const auto status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (reading.reader.fault()) {
        return *reading.reader.fault();
    }
    if (status != XML_STATUS_OK) {
        return Error(
            ErrorCode::malformed,
            std::string("expected a metalink, saw no XML: ") +
                XML_ErrorString(XML_GetErrorCode(parser.get())) + " (line " +
                std::to_string(XML_GetCurrentLineNumber(parser.get())) + ")"
        );
    }
    return reading.reader.finish();
}

std::string render_metalink(const Metalink& metalink) {
    std::string text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">\n";
    for (const auto& file : metalink.files) {
        text += "  <file" + attribute("name", file.name) + ">\n";
        if (file.size_bytes) {
            text += "    <size>" + std::to_string(*file.size_bytes) + "</size>\n";
        }
        if (file.sha256) {
            text += "    <hash type=\"sha-256\">" + file.sha256->to_hex() + "</hash>\n";
        }
        for (const auto& url : file.urls) {
            text += "    <url" + attribute("priority", std::to_string(url.priority)) +
                    (url.location.empty() ? "" : attribute("location", url.location)) + ">" +
                    verify::encode_xml_text(url.url.to_string()) + "</url>\n";
        }
        text += "  </file>\n";
    }
    return text + "</metalink>\n";
}

std::vector<ListedMirror> mirrors_of(const Metalink& metalink) {
    std::set<unsigned> priorities;
    std::vector<std::pair<unsigned, ListedMirror>> found;
    std::set<std::string> known;
    for (const auto& file : metalink.files) {
        const auto name = verify::parse_dist_file_name(file.name);
        if (!name || !file.sha256) {
            continue;
        }
        const auto place = verify::FilePath(*file.sha256, *name).absolute();
        for (const auto& one : file.urls) {
            const auto whole = one.url.to_string();
            if (!one.url.query().empty() || !one.url.path().ends_with(place)) {
                continue;
            }
            // The final slash of the base is the first of the place.
            auto base = Url::parse(whole.substr(0, whole.size() - place.size() + 1));
            if (base && known.insert(base->to_string()).second) {
                priorities.insert(one.priority);
                found.push_back(
                    {one.priority,
                     {.url = *std::move(base), .region = {}, .origin = MirrorOrigin::metalink}}
                );
            }
        }
    }
    std::vector<ListedMirror> mirrors;
    for (auto& [priority, mirror] : found) {
        const auto rank = std::distance(priorities.begin(), priorities.find(priority));
        mirror.priority = std::min(static_cast<unsigned>(rank), verify::last_priority);
        mirrors.push_back(std::move(mirror));
    }
    return mirrors;
}

}  // namespace heliograph::mirror
