// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/multipart.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::string_view line_end = "\r\n";

Error no_form(std::string_view what) {
    return {
        ErrorCode::malformed,
        "expected a well-formed multipart/form-data body, " + std::string(what)};
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_boundary_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("'()+_,-./:=?").find(c) != std::string_view::npos;
}

struct Parameter {
    std::string name;  ///< Lower case.
    std::string value;
};

// The value in front of a text, quoted or a token, taken off it.
Result<std::string> take_value(std::string_view& text) {
    if (!text.starts_with('"')) {
        const auto end = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), is_token_char) - text.begin()
        );
        if (end == 0) {
            return no_form("saw a parameter without a value");
        }
        std::string value(text.substr(0, end));
        text.remove_prefix(end);
        return value;
    }
    const auto end = text.find('"', 1);
    if (end == std::string_view::npos) {
        return no_form("saw a quoted value without its end");
    }
    std::string value(text.substr(1, end - 1));
    // A backslash means an escape to some readers and itself to others.
    if (value.find('\\') != std::string::npos) {
        return no_form("saw a backslash in a quoted value");
    }
    text.remove_prefix(end + 1);
    return value;
}

// `; name=value; name="value"`, to the end of the text.
Result<std::vector<Parameter>> parse_parameters(std::string_view text) {
    std::vector<Parameter> parameters;
    text = trim_blanks(text);
    while (!text.empty()) {
        if (text.front() != ';') {
            return no_form("saw something between two parameters");
        }
        text = trim_blanks(text.substr(1));
        const auto end = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), is_token_char) - text.begin()
        );
        if (end == 0 || end == text.size() || text[end] != '=') {
            return no_form("saw a parameter without a name or value");
        }
        Parameter parameter{lower_case(text.substr(0, end)), {}};
        text.remove_prefix(end + 1);
        HG_TRY(parameter.value, take_value(text));
        text = trim_blanks(text);
        if (std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& other) {
                return other.name == parameter.name;
            })) {
            return no_form("saw the parameter " + parameter.name + " twice");
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

bool is_plain_name(std::string_view text) {
    constexpr std::size_t longest = 255;
    return !text.empty() && text.size() <= longest &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<PartHead> parse_disposition(std::string_view value) {
    const auto type_end = value.find(';');
    if (type_end == std::string_view::npos ||
        lower_case(trim_blanks(value.substr(0, type_end))) != "form-data") {
        return no_form("saw a part that is no form-data");
    }
    HG_TRY(const auto parameters, parse_parameters(value.substr(type_end)));
    PartHead head;
    for (const auto& parameter : parameters) {
        if (parameter.name != "name" && parameter.name != "filename") {
            return no_form("saw a parameter of a part that is neither name nor filename");
        }
        if (!is_plain_name(parameter.value)) {
            return no_form("saw a name of a part that is not 1 to 255 printable ASCII characters");
        }
        if (parameter.name == "name") {
            head.name = parameter.value;
        } else {
            head.filename = parameter.value;
        }
    }
    if (head.name.empty()) {
        return no_form("saw a part without a name");
    }
    return head;
}

Outcome check_other_field(std::string_view name, std::string_view value) {
    if (name == "content-type" && lower_case(value).starts_with("multipart/")) {
        return no_form("saw a multipart inside of a part");
    }
    if (name == "content-transfer-encoding") {
        const std::string encoding = lower_case(value);
        if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") {
            return no_form("saw a part with a transfer encoding");
        }
    }
    return {};
}

// @param text  The header lines of a part, each with its line end.
Result<PartHead> parse_part_head(std::string_view text) {
    std::optional<PartHead> head;
    while (!text.empty()) {
        const auto end = text.find(line_end);
        HG_ASSERT(end != std::string_view::npos);
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + line_end.size());
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 ||
            !std::all_of(
                line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), is_token_char
            ) ||
            line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
            return no_form("saw a header line of a part that is none");
        }
        const std::string name = lower_case(line.substr(0, colon));
        const std::string_view value = trim_blanks(line.substr(colon + 1));
        if (name != "content-disposition") {
            HG_CHECK(check_other_field(name, value));
            continue;
        }
        if (head) {
            return no_form("saw two dispositions of one part");
        }
        HG_TRY(head, parse_disposition(value));
    }
    if (!head) {
        return no_form("saw a part without a disposition");
    }
    return *std::move(head);
}

}  // namespace

Result<std::string> parse_multipart_boundary(std::string_view content_type) {
    const auto type_end = content_type.find(';');
    if (type_end == std::string_view::npos ||
        lower_case(trim_blanks(content_type.substr(0, type_end))) != "multipart/form-data") {
        return no_form("saw another Content-Type, or none");
    }
    HG_TRY(auto parameters, parse_parameters(content_type.substr(type_end)));
    for (auto& parameter : parameters) {
        if (parameter.name != "boundary") {
            continue;
        }
        const std::string& boundary = parameter.value;
        if (boundary.empty() || boundary.size() > multipart_limits::boundary_chars ||
            !std::all_of(boundary.begin(), boundary.end(), is_boundary_char)) {
            return no_form("saw a boundary that RFC 2046 does not allow");
        }
        return std::move(parameter.value);
    }
    return no_form("saw no boundary in the Content-Type");
}

MultipartReader::MultipartReader(std::string_view boundary, MultipartSink& sink)
    : m_sink(sink), m_delimiter("\r\n--" + std::string(boundary)), m_buffer(line_end) {
}

std::string_view MultipartReader::rest() const {
    return std::string_view(m_buffer).substr(m_read);
}

Outcome MultipartReader::read(ByteSpan piece) {
    m_buffer.erase(0, m_read);
    m_read = 0;
    m_buffer.append(text_of(piece));
    Flow flow = Flow::goes_on;
    while (flow == Flow::goes_on) {
        HG_TRY(flow, step());
    }
    return {};
}

Result<MultipartReader::Flow> MultipartReader::step() {
    switch (m_state) {
        case State::delimiter:
            return step_first_delimiter();
        case State::behind_delimiter:
            return step_behind_delimiter();
        case State::head:
            return step_head();
        case State::content:
            return step_content();
        case State::epilogue:
            break;
    }
    if (!line_end.starts_with(rest())) {
        return no_form("saw something behind its last delimiter");
    }
    return Flow::needs_more;
}

Result<MultipartReader::Flow> MultipartReader::step_first_delimiter() {
    const std::string_view seen = rest().substr(0, m_delimiter.size());
    if (!std::string_view(m_delimiter).starts_with(seen)) {
        return no_form("it does not begin with its delimiter");
    }
    if (seen.size() < m_delimiter.size()) {
        return Flow::needs_more;
    }
    m_read += m_delimiter.size();
    m_state = State::behind_delimiter;
    return Flow::goes_on;
}

Result<MultipartReader::Flow> MultipartReader::step_behind_delimiter() {
    const std::string_view seen = rest().substr(0, 2);
    if (seen.size() < 2) {
        return Flow::needs_more;
    }
    if (seen != line_end && (seen != "--" || m_parts == 0)) {
        return no_form("saw something behind a delimiter");
    }
    m_read += 2;
    m_state = seen == line_end ? State::head : State::epilogue;
    return Flow::goes_on;
}

Result<MultipartReader::Flow> MultipartReader::step_head() {
    const std::string_view text = rest();
    constexpr std::string_view head_end = "\r\n\r\n";
    const auto end = text.find(head_end);
    if (end == std::string_view::npos &&
        text.size() < multipart_limits::head_bytes + head_end.size()) {
        return Flow::needs_more;
    }
    if (end == std::string_view::npos || end > multipart_limits::head_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected the header of a part of at most " +
                std::to_string(multipart_limits::head_bytes) + " bytes, it is longer"
        );
    }
    if (++m_parts > multipart_limits::parts) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(multipart_limits::parts) + " parts, saw more"
        );
    }
    HG_TRY(const PartHead head, parse_part_head(text.substr(0, end + line_end.size())));
    HG_CHECK(m_sink.begin_part(head));
    m_read += end + head_end.size();
    m_state = State::content;
    return Flow::goes_on;
}

Result<MultipartReader::Flow> MultipartReader::step_content() {
    const std::string_view text = rest();
    const auto end = text.find(m_delimiter);
    const bool found = end != std::string_view::npos;
    // What could be the beginning of a delimiter waits for the next piece.
    const std::size_t kept = std::min(text.size(), m_delimiter.size() - 1);
    const std::size_t size = found ? end : text.size() - kept;
    if (size > 0) {
        HG_CHECK(m_sink.add_bytes(bytes_of(text.substr(0, size))));
    }
    if (!found) {
        m_read += size;
        return Flow::needs_more;
    }
    HG_CHECK(m_sink.end_part());
    m_read += size + m_delimiter.size();
    m_state = State::behind_delimiter;
    return Flow::goes_on;
}

Outcome MultipartReader::finish() {
    if (m_state != State::epilogue) {
        return no_form("it ended before its last delimiter");
    }
    return {};
}

}  // namespace heliograph::mirror
