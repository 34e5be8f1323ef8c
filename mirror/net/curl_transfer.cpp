// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/curl_transfer.hpp>
#include <pki/base/blank.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <charconv>

namespace heliograph::mirror {

namespace {

constexpr int proxy_wants_credentials = 407;
constexpr std::size_t head_limit_bytes = 64U * 1024U;
// Of an answer that is dropped, so much is read to keep the connection usable.
constexpr std::uint64_t dropped_limit_bytes = 64U * 1024U;

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

// The first position of `bytes 5-9/10`.
std::optional<std::uint64_t> range_start(std::string_view content_range) {
    if (!content_range.starts_with("bytes ")) {
        return std::nullopt;
    }
    content_range.remove_prefix(6);
    const auto dash = content_range.find('-');
    return dash == std::string_view::npos ? std::nullopt : number_of(content_range.substr(0, dash));
}

bool is_plain_field(std::string_view name, std::string_view value) {
    return !name.empty() &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "!#$%&'*+-.^_`|~"
           ) == std::string_view::npos &&
           value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

Outcome append(CurlList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        return Error(ErrorCode::internal, "libcurl could not allocate a header field");
    }
    static_cast<void>(list.release());
    list.reset(longer);
    return {};
}

// Typed, so that nothing but what the option takes reaches the varargs call.
Outcome set_number(CURL* easy, CURLoption option, long value) {
    return check_curl(curl_easy_setopt(easy, option, value));
}
Outcome set_text(CURL* easy, CURLoption option, const char* value) {
    return check_curl(curl_easy_setopt(easy, option, value));
}
template <typename T>
Outcome set_pointer(CURL* easy, CURLoption option, T* value) {
    return check_curl(curl_easy_setopt(easy, option, value));
}

// Whether the server would have proved who it is at another time.
bool is_out_of_time(CURL* easy) {
    long judgement = X509_V_OK;
    if (curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &judgement) != CURLE_OK) {
        return false;
    }
    return judgement == X509_V_ERR_CERT_HAS_EXPIRED || judgement == X509_V_ERR_CERT_NOT_YET_VALID ||
           judgement == X509_V_ERR_CRL_HAS_EXPIRED || judgement == X509_V_ERR_CRL_NOT_YET_VALID;
}

}  // namespace

CurlTransfer::CurlTransfer(
    CURL* easy, const HttpGet& request, const Url& url, BodySink& sink, TransferDeadlines& deadlines
)
    : m_easy(easy),
      m_request(request),
      m_sink(sink),
      m_deadlines(deadlines),
      m_response{0, {}, 0, url} {
}

Outcome CurlTransfer::prepare(const std::string& user_agent, const Surroundings& surroundings) {
    curl_easy_reset(m_easy);
    const std::string url = m_response.url.to_string();
    HG_CHECK(set_text(m_easy, CURLOPT_URL, url.c_str()));
    HG_CHECK(set_text(m_easy, CURLOPT_PROTOCOLS_STR, "http,https"));
    HG_CHECK(set_surroundings(surroundings));
    HG_CHECK(set_number(m_easy, CURLOPT_FOLLOWLOCATION, 0));
    HG_CHECK(set_number(m_easy, CURLOPT_NOSIGNAL, 1));
    HG_CHECK(set_number(m_easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS));
    HG_CHECK(set_number(m_easy, CURLOPT_BUFFERSIZE, 128L * 1024L));
    HG_CHECK(set_number(
        m_easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(m_request.timeouts.connect.count())
    ));
    HG_CHECK(set_pointer(m_easy, CURLOPT_ERRORBUFFER, m_message.data()));
    HG_CHECK(set_pointer(m_easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header));
    HG_CHECK(set_pointer(m_easy, CURLOPT_HEADERDATA, this));
    HG_CHECK(set_pointer(m_easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body));
    HG_CHECK(set_pointer(m_easy, CURLOPT_WRITEDATA, this));
    HG_CHECK(set_fields(user_agent));
    return m_response.url.scheme() == UrlScheme::https ? set_tls() : Outcome();
}

Outcome CurlTransfer::set_surroundings(const Surroundings& surroundings) {
    const bool is_https = m_response.url.scheme() == UrlScheme::https;
    const auto& proxy = is_https ? surroundings.https_proxy : surroundings.http_proxy;
    // Also when there is none: else libcurl would look for one itself.
    HG_CHECK(set_text(m_easy, CURLOPT_PROXY, proxy.c_str()));
    HG_CHECK(set_text(m_easy, CURLOPT_NOPROXY, surroundings.no_proxy.c_str()));
    // What a proxy says of a tunnel is no part of the answer.
    HG_CHECK(set_number(m_easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1));
    // In the open, a password would be everybody's.
    if (!is_https || surroundings.netrc.empty()) {
        return {};
    }
    HG_CHECK(set_number(m_easy, CURLOPT_NETRC, CURL_NETRC_OPTIONAL));
    return set_text(m_easy, CURLOPT_NETRC_FILE, surroundings.netrc.c_str());
}

Outcome CurlTransfer::set_fields(const std::string& user_agent) {
    HG_CHECK(set_text(m_easy, CURLOPT_USERAGENT, user_agent.c_str()));
    HG_CHECK(append(m_fields, "Accept: " + m_request.accept));
    if (!m_request.if_none_match.empty()) {
        HG_CHECK(append(m_fields, "If-None-Match: " + m_request.if_none_match));
    }
    const std::uint64_t from = m_request.range_from_bytes;
    if (from > 0) {
        HG_CHECK(append(m_fields, "Range: bytes=" + std::to_string(from) + "-"));
    }
    if (from > 0 && !m_request.if_range.empty()) {
        HG_CHECK(append(m_fields, "If-Range: " + m_request.if_range));
    }
    if (!m_request.post_xml.empty()) {
        HG_CHECK(append(m_fields, "Content-Type: text/xml"));
        HG_CHECK(append(m_fields, "Expect:"));
        HG_CHECK(set_number(m_easy, CURLOPT_POST, 1));
        HG_CHECK(
            set_number(m_easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(m_request.post_xml.size()))
        );
        HG_CHECK(set_text(m_easy, CURLOPT_POSTFIELDS, m_request.post_xml.c_str()));
    }
    return set_pointer(m_easy, CURLOPT_HTTPHEADER, m_fields.get());
}

Outcome CurlTransfer::set_tls() {
    if (!m_request.trust) {
        return Error(
            ErrorCode::invalid_argument,
            "expected trusted roots to check " + m_response.url.origin() +
                " against, but none are given; give a trust bundle"
        );
    }
    HG_CHECK(set_number(m_easy, CURLOPT_SSL_VERIFYPEER, 1));
    HG_CHECK(set_number(m_easy, CURLOPT_SSL_VERIFYHOST, 2));
    HG_CHECK(set_number(m_easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2));
    // The system's store is never read: the context below brings its own judgement.
    HG_CHECK(set_text(m_easy, CURLOPT_CAINFO, nullptr));
    HG_CHECK(set_text(m_easy, CURLOPT_CAPATH, nullptr));
    HG_CHECK(set_pointer(m_easy, CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_tls));
    return set_pointer(m_easy, CURLOPT_SSL_CTX_DATA, this);
}

CURLcode CurlTransfer::on_tls(CURL* /*easy*/, void* tls_context, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    auto* const context = static_cast<SSL_CTX*>(tls_context);
    const Outcome applied = transfer.m_request.trust->apply_to(context);
    if (!applied) {
        transfer.m_error = applied.error();
        return CURLE_SSL_CERTPROBLEM;
    }
    // Not left to libcurl alone: it falls back to the common name, which RFC 9525 forbids.
    const std::string& host = transfer.m_response.url.host();
    X509_VERIFY_PARAM* const expected = SSL_CTX_get0_param(context);
    const bool named = X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1 ||
                       X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size()) == 1;
    ERR_clear_error();
    return named ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const Outcome taken = transfer.take_header({data, size * count});
    if (!taken) {
        transfer.m_error = taken.error();
        return 0;
    }
    return size * count;
}

Outcome CurlTransfer::take_header(std::string_view line) {
    m_deadlines.bytes_arrived(std::chrono::steady_clock::now(), line.size());
    m_head_bytes += line.size();
    if (m_head_bytes > head_limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected at most 65536 bytes of header fields from " + m_response.url.origin() +
                ", but got more"
        );
    }
    if (m_head_complete) {
        return {};  // Trailers are not part of what is asked for.
    }
    if (line.starts_with("HTTP/")) {
        m_response.headers.clear();  // The final answer follows an interim one.
        return {};
    }
    const std::string_view text = trim_blanks(line);
    if (text.empty()) {
        return end_head();
    }
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    const auto value = colon == std::string_view::npos ? "" : trim_blanks(text.substr(colon + 1));
    if (colon == std::string_view::npos || !is_plain_field(name, value)) {
        return Error(
            ErrorCode::network,
            "expected HTTP header fields from " + m_response.url.origin() + ", but got another line"
        );
    }
    m_response.headers.add(name, value);
    return {};
}

bool CurlTransfer::delivers() const {
    return m_response.status == 200 || m_response.status == 206;
}

Outcome CurlTransfer::end_head() {
    long status = 0;
    HG_CHECK(check_curl(curl_easy_getinfo(m_easy, CURLINFO_RESPONSE_CODE, &status)));
    if (status < 200) {
        return {};
    }
    m_response.status = static_cast<int>(status);
    m_head_complete = true;
    if (!delivers()) {
        return {};
    }
    HG_CHECK(check_head());
    return m_sink.begin ? m_sink.begin(m_response) : Outcome();
}

Outcome CurlTransfer::check_head() const {
    const std::string from = m_response.url.to_string();
    const auto coding = m_response.headers.find("Content-Encoding");
    if (coding && *coding != "identity") {
        return Error(
            ErrorCode::malformed, "expected " + from + " without content coding, but it has one"
        );
    }
    const auto length = m_response.headers.find("Content-Length");
    const auto stated = length ? number_of(*length) : std::nullopt;
    if (stated && *stated > m_request.limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(m_request.limit_bytes) + " bytes from " + from +
                ", but it states " + std::to_string(*stated)
        );
    }
    if (m_response.status == 206) {
        const auto range = m_response.headers.find("Content-Range");
        if (m_request.range_from_bytes == 0 || !range ||
            range_start(*range) != m_request.range_from_bytes) {
            return Error(
                ErrorCode::malformed,
                "expected the bytes from " + std::to_string(m_request.range_from_bytes) + " of " +
                    from + ", but another range came"
            );
        }
    }
    return {};
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const Outcome taken = transfer.take_body(std::as_bytes(std::span(data, size * count)));
    if (!taken) {
        transfer.m_error = taken.error();
    }
    return taken && !transfer.m_enough ? size * count : CURL_WRITEFUNC_ERROR;
}

Outcome CurlTransfer::take_body(ByteSpan piece) {
    m_deadlines.bytes_arrived(std::chrono::steady_clock::now(), piece.size());
    if (!delivers()) {
        m_dropped_bytes += piece.size();
        m_enough = m_dropped_bytes > dropped_limit_bytes;
        return {};
    }
    if (piece.size() > m_request.limit_bytes - m_response.body_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(m_request.limit_bytes) + " bytes from " +
                m_response.url.to_string() + ", but more came"
        );
    }
    m_response.body_bytes += piece.size();
    return m_sink.write ? m_sink.write(piece) : Outcome();
}

void CurlTransfer::note_progress() {
    curl_off_t ready = 0;
    if (curl_easy_getinfo(m_easy, CURLINFO_PRETRANSFER_TIME_T, &ready) == CURLE_OK && ready > 0) {
        m_deadlines.request_sent(std::chrono::steady_clock::now());
    }
}

Result<HttpResponse> CurlTransfer::conclude(CURLcode code) {
    if (m_error) {
        return *std::move(m_error);
    }
    if (code == CURLE_OK || m_enough) {
        if (!m_head_complete) {
            return failure(CURLE_GOT_NOTHING);
        }
        if (m_response.status == proxy_wants_credentials) {
            return Error(
                ErrorCode::network,
                "expected the proxy to pass on what " + m_response.url.origin() +
                    " is asked, it wants other credentials; put them into its URL in http_proxy"
            );
        }
        return std::move(m_response);
    }
    return failure(code);
}

Error CurlTransfer::failure(CURLcode code) const {
    const std::string host = m_response.url.origin();
    const std::string seen = m_message[0] != '\0' ? m_message.data() : curl_easy_strerror(code);
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {ErrorCode::timeout, "expected an answer from " + host + " in time: " + seen};
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
            return {ErrorCode::network, "expected to connect to " + host + ", but: " + seen};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_ISSUER_ERROR:
            return {
                is_out_of_time(m_easy) ? ErrorCode::stale : ErrorCode::network,
                "expected " + host +
                    " to prove who it is over TLS to the given roots, but: " + seen};
        case CURLE_PARTIAL_FILE:
            return {
                ErrorCode::network,
                "expected a whole answer from " + m_response.url.to_string() +
                    ", but it was cut short after " + std::to_string(m_response.body_bytes) +
                    " bytes: " + seen};
        default:
            return {ErrorCode::network, "expected an HTTP answer from " + host + ", but: " + seen};
    }
}

}  // namespace heliograph::mirror
