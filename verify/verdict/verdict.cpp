// SPDX-License-Identifier: Apache-2.0
#include <verify/verdict/verdict.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace heliograph::verify {

void Verdict::add(Finding finding) {
    m_findings.push_back(std::move(finding));
}

void Verdict::pass(std::string check) {
    m_passed.push_back(std::move(check));
}

void Verdict::merge(Verdict other) {
    std::move(other.m_findings.begin(), other.m_findings.end(), std::back_inserter(m_findings));
    std::move(other.m_passed.begin(), other.m_passed.end(), std::back_inserter(m_passed));
}

bool Verdict::accepted() const {
    return !m_passed.empty() && !worst_cause().has_value();
}

std::optional<Cause> Verdict::worst_cause() const {
    std::optional<Cause> worst;
    for (const Finding& finding : m_findings) {
        if (finding.severity == Severity::error && (!worst || finding.cause < *worst)) {
            worst = finding.cause;
        }
    }
    return worst;
}

const Finding* Verdict::find(std::string_view id) const {
    const auto found = std::find_if(m_findings.begin(), m_findings.end(), [&](const Finding& f) {
        return f.severity == Severity::error && f.id == id;
    });
    return found == m_findings.end() ? nullptr : &*found;
}

std::string Verdict::describe() const {
    std::string text;
    for (const Finding& finding : m_findings) {
        if (finding.severity == Severity::error) {
            text += (text.empty() ? "" : "\n") + finding.sentence();
        }
    }
    return text;
}

}  // namespace heliograph::verify
