// SPDX-License-Identifier: Apache-2.0
// Private: documents of the mirror under audit, or of its master.
#pragma once

#include <mirror/audit/audited_page.hpp>
#include <mirror/net/http_client.hpp>
#include <verify/gate/file_gate.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// How it is talked to.
struct AuditAccess {
    Transport& transport;
    std::optional<pki::ClientContext> trust;
    FetchTimeouts timeouts;
    std::stop_token stop;
};

inline constexpr std::string_view audited_json_type = "application/vnd.pypi.simple.v1+json";

/// 404 or 410.
[[nodiscard]] bool says_absent(int status);

/// @thread One thread.
class AuditClient {
  public:
    /// @param access  Outlives the client.
    AuditClient(Url base, const AuditAccess& access) : m_base(std::move(base)), m_access(access) {}

    [[nodiscard]] std::string source() const { return m_base.to_string(); }

    struct Question {
        std::string place;  ///< Relative to the base, or an absolute https URL.
        std::uint64_t limit_bytes = 0;
        std::string accept = "*/*";
        std::string if_none_match = {};
    };
    /// For the list of projects in its JSON form.
    [[nodiscard]] static Question list_question();

    /// @errors As Transport; unsupported (an address without TLS).
    [[nodiscard]] Result<HttpDocument> get(const Question& question);

    /// The JSON page of a project with what came along.
    [[nodiscard]] Result<HttpDocument> page(const verify::ProjectName& project);

    /// What became of a file that was asked for.
    struct FileAnswer {
        std::optional<verify::Verdict> verdict;  ///< None when it was not given.
        std::optional<std::string> left_out;     ///< Instead: see left_out_claim().
    };

    /// Downloads through the gate and keeps nothing. @errors As get().
    [[nodiscard]] Result<FileAnswer> check_file(
        const std::string& place, verify::FileExpectation expectation
    );

  private:
    [[nodiscard]] Result<HttpGet> request(const Question& question) const;

    Url m_base;
    const AuditAccess& m_access;
};

}  // namespace heliograph::mirror
