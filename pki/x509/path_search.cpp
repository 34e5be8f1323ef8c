// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/path_search.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// Leaf, authorities and root; self-issued ones do not count against the depth of the request, so
// there may be twice as many.
constexpr std::size_t longest_path = 2 * chain_depth_limit + 2;

class PathWalk {
  public:
    PathWalk(ChainEvidence& evidence, WalkedLinks links, const PathVisitor& visit)
        : m_evidence(evidence), m_links(links), m_visit(visit) {}

    // Whether the search has ended.
    Result<bool> walk(CertificatePath& path) {
        if (path.size() > m_longest.size()) {
            m_longest = path;
        }
        if (m_evidence.at(path.back()).is_trusted) {
            return m_evidence.take_path() ? m_visit(path) : Result<bool>(true);
        }
        if (path.size() == longest_path) {
            return false;
        }
        for (std::size_t candidate = 1; candidate < m_evidence.size(); ++candidate) {
            if (repeats(path, candidate)) {
                continue;
            }
            if (!m_evidence.take_step()) {
                return true;
            }
            HG_TRY(const LinkState state, m_evidence.link(path.back(), candidate));
            if (state == LinkState::none ||
                (state == LinkState::loose && m_links == WalkedLinks::good)) {
                continue;
            }
            path.push_back(candidate);
            HG_TRY(const bool ended, walk(path));
            path.pop_back();
            if (ended) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] const CertificatePath& longest() const { return m_longest; }

  private:
    // One name with one key stands on a path once, whatever else its certificates say (RFC 4158,
    // section 2.4.2).
    [[nodiscard]] bool repeats(const CertificatePath& path, std::size_t candidate) const {
        const CertificateFields& fields = m_evidence.at(candidate).fields;
        return std::any_of(path.begin(), path.end(), [&](std::size_t index) {
            const CertificateFields& other = m_evidence.at(index).fields;
            return index == candidate || (other.subject.same_as(fields.subject) &&
                                          to_bytes(other.spki) == to_bytes(fields.spki));
        });
    }

    ChainEvidence& m_evidence;
    WalkedLinks m_links;
    const PathVisitor& m_visit;
    CertificatePath m_longest;
};

}  // namespace

Result<CertificatePath> search_paths(
    ChainEvidence& evidence, std::size_t start, WalkedLinks links, const PathVisitor& visit
) {
    PathWalk walk(evidence, links, visit);
    CertificatePath path{start};
    HG_TRY(const bool ended, walk.walk(path));
    static_cast<void>(ended);
    return walk.longest();
}

}  // namespace heliograph::pki
