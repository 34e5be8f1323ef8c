// SPDX-License-Identifier: Apache-2.0
// What the verbs share that look at a whole index, wherever it lies: by what it is judged, and how
// the report ends.
#pragma once

#include <mirror/check/copy_check.hpp>
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

/// @thread One thread.
class Inspection {
  public:
    /// Reads trust, what it taught before, and the policy, before anything is looked at.
    /// @param max_age_hours  None: any age will do.
    /// @errors Those of Reporter::open(), policy_file_of(), load_trust() and load_trust_state().
    [[nodiscard]] static Result<Inspection> open(
        const CheckOptions& options, std::optional<unsigned> max_age_hours, Console& console
    );

    [[nodiscard]] const verify::TrustBundle& trust() const { return m_trust; }
    [[nodiscard]] const verify::TrustState& known() const { return m_known; }
    [[nodiscard]] const verify::PagePolicy& page_policy() const { return m_page_policy; }
    [[nodiscard]] const mirror::CheckDemands& demands() const { return m_demands; }
    /// Refers to this inspection, as of now.
    [[nodiscard]] verify::JudgementBasis basis() const {
        return {m_trust, m_known, m_page_policy, SystemClock().now()};
    }

    /// Reports, as Reporter::conclude(), and remembers what was learnt. @param tool  `verify tree`.
    [[nodiscard]] ExitCode conclude(std::string tool, mirror::CopyReport checked) const;

  private:
    explicit Inspection(Reporter reporter) : m_reporter(std::move(reporter)) {}

    Reporter m_reporter;
    verify::TrustBundle m_trust;
    std::vector<std::filesystem::path> m_state_files;
    verify::TrustState m_known;
    verify::PagePolicy m_page_policy;
    mirror::CheckDemands m_demands;
};

}  // namespace heliograph::tools::verify_commands
