// SPDX-License-Identifier: Apache-2.0
// The only file that includes Beast. Its parser reads the head; everything that is refused beyond
// it (see HeadScanner and judge_head) is stated here.
#include <mirror/net/http_codec.hpp>
#include <mirror/net/request_target.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace heliograph::mirror {

namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

// Hands what Beast finds to a request. Bodies never reach it: the codec reads them itself.
class BeastParser final : public beast_http::basic_parser<true> {
  public:
    BeastParser(HttpRequest& request, std::size_t header_bytes) : m_request(request) {
        skip(true);
        header_limit(static_cast<std::uint32_t>(header_bytes + 1));
        body_limit(boost::none);
    }

    [[nodiscard]] int version() const { return m_version; }
    [[nodiscard]] std::string_view target() const { return m_target; }

  private:
    using ErrorCodeOut = boost::beast::error_code;

    void on_request_impl(
        beast_http::verb verb,
        boost::beast::string_view token,
        boost::beast::string_view target,
        int version,
        ErrorCodeOut& /*error*/
    ) override {
        m_request.method_token = view(token);
        m_request.method = verb == beast_http::verb::get    ? Method::get
                           : verb == beast_http::verb::head ? Method::head
                           : verb == beast_http::verb::post ? Method::post
                                                            : Method::other;
        m_target = view(target);
        m_version = version;
    }
    void on_field_impl(
        beast_http::field /*field*/,
        boost::beast::string_view name,
        boost::beast::string_view value,
        ErrorCodeOut& /*error*/
    ) override {
        m_request.headers.add(view(name), view(value));
    }
    void on_response_impl(int, boost::beast::string_view, int, ErrorCodeOut&) override {}
    void on_header_impl(ErrorCodeOut&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, ErrorCodeOut&) override {}
    std::size_t on_body_impl(boost::beast::string_view, ErrorCodeOut&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, ErrorCodeOut&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, ErrorCodeOut&)
        override {
        return 0;
    }
    void on_finish_impl(ErrorCodeOut&) override {}

    HttpRequest& m_request;
    std::string_view m_target;
    int m_version = 0;
};

bool is_host(std::string_view host) {
    return !host.empty() && host.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~:[]%!$&'()*+,;="
                            ) == std::string_view::npos;
}

char lower(char c) {
    return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
}

// Compared without case.
bool same_token(std::string_view item, std::string_view token) {
    return item.size() == token.size() &&
           std::equal(item.begin(), item.end(), token.begin(), [](char a, char b) {
               return lower(a) == b;
           });
}

// Whether a comma-separated list of tokens holds one, without case.
bool lists_token(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto item = list.substr(0, comma);
        while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) {
            item.remove_prefix(1);
        }
        while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) {
            item.remove_suffix(1);
        }
        if (same_token(item, token)) {
            return true;
        }
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    return false;
}

Persistence asked_persistence(int version, const HeaderList& headers) {
    const auto connection = headers.joined("Connection");
    if (connection && lists_token(*connection, "close")) {
        return Persistence::close;
    }
    const bool keeps = version >= 11 || (connection && lists_token(*connection, "keep-alive"));
    return keeps ? Persistence::keep : Persistence::close;
}

}  // namespace

HttpCodec::State HttpCodec::read(std::string_view input, HttpRequest& request) {
    if (m_head_bytes == 0) {
        const HeadScanner::State scanned = m_scanner.scan(input);
        if (scanned == HeadScanner::State::refused) {
            return refuse(m_scanner.refusal().status, m_scanner.refusal().sentence);
        }
        if (scanned == HeadScanner::State::incomplete) {
            return State::incomplete;
        }
    } else if (input.size() < m_head_bytes + m_body_bytes) {
        return State::incomplete;
    }
    m_head_bytes = m_scanner.size_bytes();
    request.clear();
    if (read_head(input.substr(0, m_head_bytes), request) == State::refused) {
        return State::refused;
    }
    if (m_arrival == BodyArrival::streamed) {
        m_consumed = m_head_bytes;
        return State::streaming;
    }
    if (input.size() < m_head_bytes + m_body_bytes) {
        return State::incomplete;
    }
    request.body = to_bytes(input.substr(m_head_bytes, m_body_bytes));
    m_consumed = m_head_bytes + m_body_bytes;
    return State::complete;
}

HttpCodec::State HttpCodec::read_head(std::string_view head, HttpRequest& request) {
    BeastParser parser(request, m_limits.header_bytes);
    boost::beast::error_code error;
    const std::size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error == beast_http::error::bad_version) {
        return refuse(505, "This server speaks HTTP/1.1.");
    }
    if (error || used != head.size()) {
        return refuse(400, "The head of the request is not HTTP/1.1.");
    }
    return judge_head(parser.version(), parser.target(), request);
}

HttpCodec::State HttpCodec::judge_head(int version, std::string_view target, HttpRequest& request) {
    const std::size_t hosts = request.headers.count("Host");
    if (hosts > 1 || (hosts == 0 && version >= 11)) {
        return refuse(400, "The request must name exactly one Host.");
    }
    if (hosts == 1 && !is_host(*request.headers.find("Host"))) {
        return refuse(400, "The Host of the request is not a host.");
    }
    const auto parts = split_target(target);
    if (!parts) {
        return refuse(400, "The target of the request is not a path.");
    }
    auto path = decode_path(parts->path);
    if (!path) {
        return refuse(400, "The path of the request is not in normal form.");
    }
    request.path = *std::move(path);
    request.query = parts->query;
    m_persistence = asked_persistence(version, request.headers);
    return judge_body(version, request);
}

HttpCodec::State HttpCodec::judge_body(int version, HttpRequest& request) {
    const std::size_t lengths = request.headers.count("Content-Length");
    const std::size_t codings = request.headers.count("Transfer-Encoding");
    if (lengths + codings > 1) {
        return refuse(400, "The request states the length of its body more than once.");
    }
    m_body_bytes = 0;
    m_framing = {};
    m_arrival = BodyArrival::whole;
    m_invitation = Invitation::not_needed;
    if (judge_expectation(version, request.headers) == State::refused) {
        return State::refused;
    }
    if (codings == 1) {
        if (m_limits.streamed_body_bytes == 0) {
            return refuse(411, "This server takes no body without a Content-Length.");
        }
        if (version < 11 || !same_token(*request.headers.find("Transfer-Encoding"), "chunked")) {
            return refuse(501, "This server knows no transfer coding but chunked, of HTTP/1.1.");
        }
        m_framing.length_bytes.reset();
        m_arrival = BodyArrival::streamed;
    }
    if (lengths == 1 &&
        judge_length(*request.headers.find("Content-Length"), request) == State::refused) {
        return State::refused;
    }
    if (codings + lengths == 0) {
        m_invitation = Invitation::not_needed;
    }
    request.arrival = m_arrival;
    return State::complete;
}

HttpCodec::State HttpCodec::judge_expectation(int version, const HeaderList& headers) {
    const std::size_t expectations = headers.count("Expect");
    if (expectations == 0) {
        return State::complete;
    }
    if (m_limits.streamed_body_bytes == 0 || expectations > 1 ||
        !same_token(*headers.find("Expect"), "100-continue")) {
        return refuse(417, "This server meets no expectations; send the request without Expect.");
    }
    // A client of HTTP/1.0 does not know what it says.
    m_invitation = version >= 11 ? Invitation::awaited : Invitation::not_needed;
    return State::complete;
}

HttpCodec::State HttpCodec::judge_length(std::string_view text, HttpRequest& request) {
    std::uint64_t length = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
    if (parsed.ec == std::errc::invalid_argument || parsed.ptr != text.data() + text.size()) {
        return refuse(400, "The Content-Length of the request is not a number.");
    }
    const bool awaited = m_invitation == Invitation::awaited;
    const bool whole = length <= m_limits.request_body_bytes && !awaited;
    if (parsed.ec != std::errc() || (!whole && length > m_limits.streamed_body_bytes)) {
        return refuse(413, "The body of the request is larger than this server takes.");
    }
    request.stated_body_bytes = length;
    m_framing.length_bytes = length;
    m_arrival = whole ? BodyArrival::whole : BodyArrival::streamed;
    m_body_bytes = whole ? static_cast<std::size_t>(length) : 0;
    return State::complete;
}

HttpCodec::State HttpCodec::refuse(int status, std::string_view sentence) {
    m_refusal = {status, sentence};
    return State::refused;
}

void HttpCodec::reset() {
    m_scanner.reset();
    m_head_bytes = 0;
    m_body_bytes = 0;
    m_consumed = 0;
    m_framing = {};
    m_invitation = Invitation::not_needed;
    m_arrival = BodyArrival::whole;
    m_persistence = Persistence::keep;
    m_refusal = {};
}

}  // namespace heliograph::mirror
