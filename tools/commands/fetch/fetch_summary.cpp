// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/fetch/fetch_summary.hpp>
#include <tools/commands/fetch/report.hpp>

namespace heliograph::tools::fetch_commands {

void FetchSummary::add(const mirror::Requirement& requirement, const FetchAnswer& answer) {
    ++m_asked;
    m_code = worse(m_code, exit_code_of_answer(answer));
    if (!answer || !answer->file) {
        m_missing.push_back(requirement.text());
        return;
    }
    ++m_fetched;
    const auto& file = *answer->file;
    if (file.placement != mirror::FetchedFile::Placement::already_there &&
        file.origin == mirror::FetchedFile::Origin::mirror) {
        m_new_bytes += file.size_bytes;
        m_mirrors.insert(file.mirror);
    }
}

void FetchSummary::report(Console& console) const {
    if (m_asked < 2) {
        return;
    }
    const auto elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::steady_clock::now() - m_started
    )
                                .count();
    std::string line = std::to_string(m_fetched) + " of " + counted(m_asked, "file") +
                       (m_verification == Verification::none ? " here, nothing authenticated; "
                                                             : " verified and here; ") +
                       format_size(m_new_bytes) + " fetched";
    if (m_new_bytes > 0 && elapsed_ms > 0) {
        const auto rate = m_new_bytes * 1000 / static_cast<std::uint64_t>(elapsed_ms);
        line += " at " + format_size(rate) + "/s from " + counted(m_mirrors.size(), "mirror");
    }
    console.say(line);
    if (!m_missing.empty()) {
        std::string names;
        for (const auto& name : m_missing) {
            names += (names.empty() ? "" : ", ") + name;
        }
        console.fail(counted(m_missing.size(), "file") + " could not be had: " + names);
    }
}

}  // namespace heliograph::tools::fetch_commands
