// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/http_message.hpp>
#include <pki/base/result.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace heliograph::mirror {

namespace {

char lower(char c) {
    return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return lower(a) == lower(b);
           });
}

bool is_token(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

constexpr std::pair<int, std::string_view> reason_phrases[] = {
    {200, "OK"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

void HeaderList::add(std::string_view name, std::string_view value) {
    HG_ASSERT(is_token(name));
    HG_ASSERT(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    m_entries.push_back({m_text.size(), name.size(), value.size()});
    m_text.append(name).append(value);
}

void HeaderList::clear() {
    m_text.clear();
    m_entries.clear();
}

HeaderList::Field HeaderList::at(std::size_t index) const {
    HG_ASSERT(index < m_entries.size());
    const Entry& entry = m_entries[index];
    const std::string_view text(m_text);
    return {
        text.substr(entry.begin, entry.name_size),
        text.substr(entry.begin + entry.name_size, entry.value_size)};
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const {
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (const Field field = at(i); same_name(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::size_t HeaderList::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        found += same_name(at(i).name, name) ? 1U : 0U;
    }
    return found;
}

std::optional<std::string> HeaderList::joined(std::string_view name) const {
    std::optional<std::string> text;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Field field = at(i);
        if (same_name(field.name, name)) {
            text = text ? *text + ", " + std::string(field.value) : std::string(field.value);
        }
    }
    return text;
}

std::string HeaderList::render() const {
    std::string text;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Field field = at(i);
        text.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    return text;
}

void HttpRequest::clear() {
    method = Method::get;
    method_token.clear();
    path.clear();
    query.clear();
    headers.clear();
    body.clear();
    arrival = BodyArrival::whole;
    stated_body_bytes.reset();
    waker = Waker();
}

std::uint64_t body_size_bytes(const ReplyBody& body) {
    if (const auto* bytes = std::get_if<BytesBody>(&body)) {
        return bytes->bytes->size();
    }
    if (const auto* file = std::get_if<FileBody>(&body)) {
        return file->length_bytes;
    }
    if (const auto* growing = std::get_if<GrowingBody>(&body)) {
        return growing->length_bytes;
    }
    return 0;
}

HttpReply HttpReply::sentence(int status, std::string_view text, HeaderList more) {
    more.add("Content-Type", "text/plain; charset=utf-8");
    Bytes bytes = to_bytes(text);
    bytes.push_back(std::byte{'\n'});
    return {
        status,
        std::make_shared<const std::string>(more.render()),
        BytesBody{std::make_shared<const Bytes>(std::move(bytes))}};
}

HttpReply HttpReply::refusal(int status, std::string_view text, HeaderList more) {
    constexpr std::size_t longest = 400;
    HttpReply reply = sentence(status, text, std::move(more));
    std::string line(text.substr(0, longest));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?'
    );
    reply.reason = std::make_shared<const std::string>(std::move(line));
    return reply;
}

std::string_view reason_phrase(int status) {
    const auto* const found =
        std::find_if(std::begin(reason_phrases), std::end(reason_phrases), [&](const auto& entry) {
            return entry.first == status;
        });
    return found == std::end(reason_phrases) ? "Unknown" : found->second;
}

}  // namespace heliograph::mirror
