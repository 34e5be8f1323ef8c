// SPDX-License-Identifier: Apache-2.0
// A Transport that answers from a script: no socket, no time.
#pragma once

#include <mirror/net/http_client.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror::scripted {

/// What a URL answers.
struct ScriptedAnswer {
    int status = 200;
    std::string body = {};
    std::optional<Error> error = {};            ///< Instead of any answer.
    std::optional<std::size_t> cut_after = {};  ///< The connection breaks after so many bytes.
    HeaderList headers = {};
    std::size_t times = 0;  ///< Answered so often, then 200 with the same body; 0: for ever.
};

/// URLs without an answer are 404. Bodies come in pieces of seven bytes.
class ScriptedTransport final : public Transport {
  public:
    void answer(const std::string& url, ScriptedAnswer answer) {
        m_answers.insert_or_assign(url, std::move(answer));
    }
    void answer(const std::string& url, std::string body) {
        this->answer(url, ScriptedAnswer{.body = std::move(body)});
    }

    /// The next answer of this URL, before those of answer().
    void answer_first(const std::string& url, std::string body) {
        m_first.insert_or_assign(url, ScriptedAnswer{.body = std::move(body)});
    }

    /// Every URL below this beginning fails so.
    void kill(const std::string& beginning, Error error) {
        m_dead.insert_or_assign(beginning, std::move(error));
    }

    /// What was asked for from the middle on, by URL.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& ranges() const { return m_ranges; }
    /// The least speed that was asked of each URL.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& floors() const { return m_floors; }
    [[nodiscard]] const std::vector<std::string>& requests() const { return m_requests; }
    [[nodiscard]] std::size_t count(const std::string& url) const {
        return static_cast<std::size_t>(std::count(m_requests.begin(), m_requests.end(), url));
    }

    Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override {
        const std::string url = request.url.to_string();
        m_requests.push_back(url);
        m_floors.insert_or_assign(url, request.timeouts.rate_floor_bytes_per_second);
        for (const auto& [beginning, error] : m_dead) {
            if (url.starts_with(beginning)) {
                return error;
            }
        }
        const auto found = m_answers.find(url);
        ScriptedAnswer answer =
            found == m_answers.end() ? ScriptedAnswer{.status = 404} : found->second;
        if (found != m_answers.end() && found->second.times > 0 && --found->second.times == 0) {
            found->second = ScriptedAnswer{.body = answer.body};
        }
        if (const auto first = m_first.extract(url)) {
            answer = first.mapped();
        }
        if (answer.error) {
            return *answer.error;
        }
        HttpResponse response{
            .status = answer.status,
            .headers = answer.headers,
            .body_bytes = 0,
            .url = request.url};
        if (request.range_from_bytes > 0) {
            m_ranges.insert_or_assign(url, request.range_from_bytes);
        }
        if (request.range_from_bytes > 0 && request.range_from_bytes >= answer.body.size() &&
            answer.status == 200) {
            answer.status = response.status = 416;
        }
        if (request.range_from_bytes > 0 && answer.status == 200) {
            answer.body.erase(0, request.range_from_bytes);
            response.status = 206;
        }
        if (answer.status == 200) {
            HG_CHECK(deliver(answer, request.limit_bytes, response, sink));
        }
        return response;
    }

  private:
    static Outcome deliver(
        const ScriptedAnswer& answer,
        std::uint64_t limit_bytes,
        HttpResponse& response,
        BodySink& sink
    ) {
        if (sink.begin) {
            HG_CHECK(sink.begin(response));
        }
        std::string_view rest = answer.body;
        while (!rest.empty()) {
            const std::string_view piece = rest.substr(0, 7);
            rest.remove_prefix(piece.size());
            response.body_bytes += piece.size();
            if (response.body_bytes > limit_bytes) {
                return Error(ErrorCode::too_large, "expected a body within its limit, saw more");
            }
            if (answer.cut_after && response.body_bytes > *answer.cut_after) {
                return Error(
                    ErrorCode::network, "expected the rest of the body, saw the connection closed"
                );
            }
            HG_CHECK(sink.write(bytes_of(piece)));
        }
        if (answer.cut_after && response.body_bytes >= *answer.cut_after) {
            return Error(
                ErrorCode::network, "expected the end of the body, saw the connection closed"
            );
        }
        return {};
    }

    std::map<std::string, ScriptedAnswer> m_answers;
    std::map<std::string, ScriptedAnswer> m_first;
    std::map<std::string, Error> m_dead;
    std::vector<std::string> m_requests;
    std::map<std::string, std::uint64_t> m_ranges;
    std::map<std::string, std::uint64_t> m_floors;
};

}  // namespace heliograph::mirror::scripted
