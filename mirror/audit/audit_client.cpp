// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/audit_client.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/left_out_claim.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

bool says_absent(int status) {
    constexpr int not_found = 404;
    constexpr int gone = 410;
    return status == not_found || status == gone;
}

AuditClient::Question AuditClient::list_question() {
    return {
        .place = "simple/",
        .limit_bytes = verify::limits::root_list_bytes,
        .accept = std::string(audited_json_type)};
}

Result<HttpGet> AuditClient::request(const Question& question) const {
    HG_TRY(auto url, m_base.resolve(question.place));
    if (url.scheme() != UrlScheme::https) {
        return Error(ErrorCode::unsupported, "expected an https address, saw " + url.to_string());
    }
    return HttpGet{
        .url = std::move(url),
        .limit_bytes = question.limit_bytes,
        .timeouts = m_access.timeouts,
        .trust = m_access.trust,
        .accept = question.accept,
        .if_none_match = question.if_none_match,
        .stop = m_access.stop};
}

Result<HttpDocument> AuditClient::get(const Question& question) {
    HG_TRY(const auto wanted, request(question));
    auto document = fetch_document(m_access.transport, wanted);
    if (!document) {
        return std::move(document).error().at(wanted.url.to_string());
    }
    return document;
}

Result<HttpDocument> AuditClient::page(const verify::ProjectName& project) {
    return get(
        {.place = page_path(project),
         .limit_bytes = verify::limits::page_bytes,
         .accept = std::string(audited_json_type)}
    );
}

Result<AuditClient::FileAnswer> AuditClient::check_file(
    const std::string& place, verify::FileExpectation expectation
) {
    constexpr int found = 200;
    verify::FileGate gate(std::move(expectation));
    HG_TRY(const auto wanted, request({.place = place, .limit_bytes = gate.limit_bytes() + 1}));
    bool too_long = false;
    BodySink sink{{}, [&](ByteSpan piece) -> Outcome {
                      if (gate.update(piece) == verify::FileFlow::stop) {
                          too_long = true;
                          return Error(ErrorCode::too_large, "longer than its page says");
                      }
                      return {};
                  }};
    auto response = m_access.transport.fetch(wanted, sink);
    if (!response && !too_long) {
        return std::move(response).error().at(wanted.url.to_string());
    }
    if (response && response->status != found) {
        return FileAnswer{std::nullopt, left_out_claim(response->status, response->headers)};
    }
    return FileAnswer{gate.finish(), std::nullopt};
}

}  // namespace heliograph::mirror
