// SPDX-License-Identifier: Apache-2.0
// One GET on a libcurl handle: its callbacks and what they found. libcurl keeps pointers to it, so
// it does not move. Private to this room.
#pragma once

#include <mirror/net/curl_handle.hpp>
#include <mirror/net/http_client.hpp>
#include <mirror/net/surroundings.hpp>
#include <mirror/net/transfer_deadlines.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// @thread One.
class CurlTransfer {
  public:
    /// All arguments outlive the transfer. @param url  Where to ask, after redirects.
    CurlTransfer(
        CURL* easy,
        const HttpGet& request,
        const Url& url,
        BodySink& sink,
        TransferDeadlines& deadlines
    );
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;
    ~CurlTransfer() = default;

    /// Sets every option of the handle.
    /// @errors internal, invalid_argument (https without trust).
    [[nodiscard]] Outcome prepare(const std::string& user_agent, const Surroundings& surroundings);

    /// Tells the deadlines when the request is out.
    void note_progress();

    /// What came of it, once libcurl is done with the handle.
    [[nodiscard]] Result<HttpResponse> conclude(CURLcode code);

  private:
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static CURLcode on_tls(CURL* easy, void* tls_context, void* self);

    [[nodiscard]] Outcome set_surroundings(const Surroundings& surroundings);
    [[nodiscard]] Outcome set_fields(const std::string& user_agent);
    [[nodiscard]] Outcome set_tls();
    [[nodiscard]] Outcome take_header(std::string_view line);
    [[nodiscard]] Outcome take_body(ByteSpan piece);
    [[nodiscard]] Outcome end_head();
    [[nodiscard]] Outcome check_head() const;
    [[nodiscard]] bool delivers() const;
    [[nodiscard]] Error failure(CURLcode code) const;

    CURL* m_easy;
    const HttpGet& m_request;
    BodySink& m_sink;
    TransferDeadlines& m_deadlines;
    HttpResponse m_response;
    CurlList m_fields;
    std::array<char, CURL_ERROR_SIZE> m_message{};
    std::optional<Error> m_error;
    std::size_t m_head_bytes = 0;
    std::uint64_t m_dropped_bytes = 0;
    bool m_head_complete = false;
    bool m_enough = false;  ///< Of a body that nobody wants.
};

}  // namespace heliograph::mirror
