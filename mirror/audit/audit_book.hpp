// SPDX-License-Identifier: Apache-2.0
// Private: where the parts of an audit write down what they find.
#pragma once

#include <mirror/audit/audited_page.hpp>
#include <pki/base/result.hpp>
#include <verify/verdict/verdict.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

/// One entry: what was looked at, what would have been right, what was there.
struct AuditEntry {
    std::string subject;
    std::string expected;
    std::string seen;
};

/// @thread One thread.
class AuditBook {
  public:
    explicit AuditBook(std::string source) : m_source(std::move(source)) {}

    void find(
        std::string_view id,
        verify::Cause cause,
        AuditEntry entry,
        verify::Severity severity = verify::Severity::error
    );

    /// What did not answer is evidence that is missing. @return Only what ends the whole audit.
    [[nodiscard]] Outcome note_failure(const std::string& subject, const Error& error);

    /// What a mirror's page says otherwise than its master's.
    void compare_pages(
        const verify::ProjectName& project, const AuditedPage& here, const AuditedPage& there
    );

    void pass(std::string check) { m_verdict.pass(std::move(check)); }
    void merge(verify::Verdict verdict) { m_verdict.merge(std::move(verdict)); }
    [[nodiscard]] verify::Verdict take() { return std::move(m_verdict); }
    [[nodiscard]] const std::string& source() const { return m_source; }

  private:
    void compare_files(const AuditedPage& here, const AuditedPage& there);

    std::string m_source;
    verify::Verdict m_verdict;
};

}  // namespace heliograph::mirror
