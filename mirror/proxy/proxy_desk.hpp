// SPDX-License-Identifier: Apache-2.0
// Takes requests: who may ask, what for, and whether it is there already. Private to this room.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/proxy/proxy_answer.hpp>
#include <mirror/proxy/proxy_fetch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// @thread One: the server's loop.
class ProxyDesk {
  public:
    struct Parts {
        PageShelf& pages;
        FileShelf& files;
        ProxyRecord& record;
        ProxyFetch& fetch;
        FetchCrew& crew;
        AnswerRules rules;
        std::string_view index;  ///< Its name, for the policy.
    };

    /// @param hosts  Values of Host that are this proxy, lower case.
    ProxyDesk(const Parts& parts, std::string token, std::vector<std::string> hosts);

    [[nodiscard]] HttpAnswer answer(const HttpRequest& request);

  private:
    [[nodiscard]] bool is_for_us(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer answer_page(
        const HttpRequest& request, const verify::ProjectName& project
    );
    [[nodiscard]] HttpAnswer answer_document(const HttpRequest& request, DocumentAsked asked);
    [[nodiscard]] HttpAnswer answer_verdict() const;
    [[nodiscard]] HttpAnswer answer_metrics() const;
    /// What the policy says against a project, recorded; none: nothing.
    [[nodiscard]] std::optional<Refusal> objection(
        ProxyNote::Kind kind, const std::string& subject, const verify::ProjectName& project
    );
    [[nodiscard]] std::string next_id();
    [[nodiscard]] Asking asking(const HttpRequest& request);

    const Parts m_parts;
    const std::string m_token;
    const std::vector<std::string> m_hosts;
    std::uint64_t m_requests = 0;
};

}  // namespace heliograph::mirror
