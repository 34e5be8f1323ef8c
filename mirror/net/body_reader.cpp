// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/body_reader.hpp>

#include <algorithm>
#include <charconv>

namespace heliograph::mirror {

namespace {

// A size of 16 digits and some extensions; whoever needs more hides something.
constexpr std::size_t size_line_bytes = 256;

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_printable(char c) {
    return c == '\t' || (c >= ' ' && c <= '~');
}

}  // namespace

BodyReader::BodyReader(BodyFraming framing, std::uint64_t limit_bytes)
    : m_phase(Phase::chunk_size), m_limit_bytes(limit_bytes) {
    if (framing.length_bytes) {
        m_left = *framing.length_bytes;
        m_phase = m_left == 0 ? Phase::whole : Phase::counted;
    }
}

BodyReader::Step BodyReader::read(ByteSpan input, std::size_t most_bytes) {
    switch (m_phase) {
        case Phase::counted:
        case Phase::chunk_data:
            return read_data(input, most_bytes);
        case Phase::chunk_size:
            return read_size_line(text_of(input));
        case Phase::chunk_end:
            return read_line_end(text_of(input), Phase::chunk_size);
        case Phase::last_line:
            return read_line_end(text_of(input), Phase::whole);
        case Phase::whole:
            return {State::whole, 0, {}};
        case Phase::refused:
            break;
    }
    return {State::refused, 0, {}};
}

BodyReader::Step BodyReader::read_data(ByteSpan input, std::size_t most_bytes) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(m_left, std::min(input.size(), most_bytes))
        );
    m_left -= size;
    m_body_bytes += size;
    if (m_left == 0) {
        m_phase = m_phase == Phase::counted ? Phase::whole : Phase::chunk_end;
    }
    const State state = m_phase == Phase::whole ? State::whole : State::reading;
    return {state, size, input.first(size)};
}

BodyReader::Step BodyReader::read_size_line(std::string_view input) {
    const auto end = input.find('\n');
    if (end == std::string_view::npos) {
        return input.size() > size_line_bytes ? refuse(400, "A chunk's size line is too long.")
                                              : Step{};
    }
    if (end == 0 || end > size_line_bytes || input[end - 1] != '\r') {
        return refuse(400, "A chunk's size line does not end as RFC 9112 says.");
    }
    const std::string_view line = input.substr(0, end - 1);
    const auto digits = static_cast<std::size_t>(
        std::find_if_not(line.begin(), line.end(), is_hex_digit) - line.begin()
    );
    const std::string_view extension = line.substr(digits);
    if (digits == 0 || digits > 16 || (!extension.empty() && extension.front() != ';') ||
        !std::all_of(extension.begin(), extension.end(), is_printable)) {
        return refuse(400, "A chunk's size is not a hexadecimal number.");
    }
    // Sixteen digits fit.
    static_cast<void>(std::from_chars(line.data(), line.data() + digits, m_left, 16));
    if (m_left > m_limit_bytes - m_body_bytes) {
        return refuse(413, "The body of the request is larger than this server takes.");
    }
    m_phase = m_left == 0 ? Phase::last_line : Phase::chunk_data;
    return {State::reading, end + 1, {}};
}

BodyReader::Step BodyReader::read_line_end(std::string_view input, Phase next) {
    constexpr std::string_view line_end = "\r\n";
    const std::string_view seen = input.substr(0, line_end.size());
    if (!line_end.starts_with(seen)) {
        return refuse(
            400,
            next == Phase::whole ? "This server takes no trailer fields."
                                 : "A chunk is longer than its stated size."
        );
    }
    if (seen.size() < line_end.size()) {
        return {};
    }
    m_phase = next;
    return {next == Phase::whole ? State::whole : State::reading, line_end.size(), {}};
}

BodyReader::Step BodyReader::refuse(int status, std::string_view sentence) {
    m_refusal = {status, sentence};
    m_phase = Phase::refused;
    return {State::refused, 0, {}};
}

}  // namespace heliograph::mirror
