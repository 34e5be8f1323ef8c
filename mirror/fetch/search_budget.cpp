// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/search_budget.hpp>

namespace heliograph::mirror {

namespace {

Outcome add(
    std::uint64_t& spent,
    std::uint64_t more,
    std::uint64_t most,
    const std::string& what,
    const std::string& at
) {
    if (more <= most - spent) {
        spent += more;
        return {};
    }
    return Error(
        ErrorCode::too_large,
        "expected a search of at most " + std::to_string(most) + " " + what + ", saw more at " +
            at + "; name narrower versions"
    );
}

}  // namespace

Outcome SearchBudget::spend(std::uint64_t effort, const std::string& at) {
    return add(
        m_spent.effort,
        effort,
        m_limits.effort,
        "comparisons of versions and characters of dependencies",
        at
    );
}

Outcome SearchBudget::keep(std::uint64_t size_bytes, const std::string& at) {
    return add(
        m_spent.kept_bytes,
        size_bytes,
        m_limits.kept_bytes,
        "bytes of pages and dependencies in memory",
        at
    );
}

Outcome SearchBudget::fetch(std::uint64_t size_bytes, const std::string& at) {
    return add(
        m_spent.fetched_bytes,
        size_bytes,
        m_limits.fetched_bytes,
        "bytes of metadata and of files that are read for theirs",
        at
    );
}

}  // namespace heliograph::mirror
