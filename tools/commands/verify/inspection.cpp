// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/verify/inspection.hpp>

#include <utility>

namespace heliograph::tools::verify_commands {

Result<Inspection> Inspection::open(
    const CheckOptions& options, std::optional<unsigned> max_age_hours, Console& console
) {
    HG_TRY(auto reporter, Reporter::open(options.formats, console));
    Inspection inspection(std::move(reporter));
    HG_TRY(inspection.m_demands.policy, policy_file_of(options));
    inspection.m_demands.max_age = max_age_of(max_age_hours);
    inspection.m_page_policy = policy_of(options, inspection.m_demands.policy);
    HG_TRY(inspection.m_trust, load_trust(options.trust));
    HG_TRY(inspection.m_state_files, trust_state_paths(inspection.m_trust));
    HG_TRY(inspection.m_known, local_fault(mirror::load_trust_state(inspection.m_state_files)));
    return inspection;
}

ExitCode Inspection::conclude(std::string tool, mirror::CopyReport checked) const {
    checked.report.tool = std::move(tool);
    const auto code = m_reporter.conclude(checked.report);
    m_reporter.note_unsaved(mirror::save_trust_state(m_state_files, checked.learnt));
    return code;
}

}  // namespace heliograph::tools::verify_commands
