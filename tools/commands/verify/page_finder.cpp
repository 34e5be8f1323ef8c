// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/page_finder.hpp>

#include <algorithm>

namespace heliograph::tools::verify_commands {

Result<FoundPage> PageFinder::find(const verify::ProjectName& project, const Suits& suits) {
    FoundPage found{nullptr, {"page of project " + project.text()}};
    for (std::size_t mirror = 0; mirror < m_index.mirror_count(); ++mirror) {
        HG_TRY(const auto* answer, ask(mirror, project));
        if (!answer->page) {
            if (answer->error) {
                found.failure.error = answer->error;
            }
            for (const auto& finding : answer->verdict.findings()) {
                found.failure.verdict.add(finding);
            }
            continue;
        }
        auto objection = find_older(*answer);
        if (!objection) {
            objection = suits(*answer->page);
        }
        if (!objection) {
            found.answer = answer;
            return found;
        }
        m_console.warn("mirror " + answer->mirror + ": " + objection->sentence());
        found.failure.verdict.add(*std::move(objection));
    }
    return found;
}

Result<const MirrorAnswer*> PageFinder::ask(
    std::size_t mirror, const verify::ProjectName& project
) {
    const auto key = std::pair(project, mirror);
    if (const auto known = m_answers.find(key); known != m_answers.end()) {
        return &known->second;
    }
    HG_TRY(auto answer, m_index.ask(mirror, project));
    if (answer.error) {
        m_console.warn("mirror " + answer.mirror + ": " + answer.error->describe());
    }
    if (answer.page) {
        auto& newest = m_newest.emplace(project, answer.page->serial).first->second;
        newest = std::max(newest, answer.page->serial);
    }
    for (const auto& finding : answer.verdict.findings()) {
        m_console.warn("mirror " + answer.mirror + ": " + finding.sentence());
    }
    return &m_answers.emplace(key, std::move(answer)).first->second;
}

std::optional<verify::Finding> PageFinder::find_older(const MirrorAnswer& answer) const {
    const auto newest = m_newest.at(answer.page->name);
    if (!(answer.page->serial < newest)) {
        return std::nullopt;
    }
    return verify::Finding{
        .id = "page-outdated",
        .severity = verify::Severity::error,
        .cause = verify::Cause::stale_evidence,
        .subject = "page of project " + answer.page->name.text(),
        .expected = "serial " + std::to_string(newest.value) + ", as another mirror has it",
        .seen = "serial " + std::to_string(answer.page->serial.value),
        .source = answer.mirror,
        .advice = "use another mirror; this one serves an old state"};
}

}  // namespace heliograph::tools::verify_commands
