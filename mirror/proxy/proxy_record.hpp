// SPDX-License-Identifier: Apache-2.0
// What the proxy verified and what it refused, and which mirrors were at fault: for /verdict and
// for whoever started the proxy.
#pragma once

#include <mirror/fetch/blame.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/json.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One page or file and what became of it.
struct ProxyNote {
    enum class Outcome { verified, refused };
    enum class Kind { page, file, metadata, provenance };

    Outcome outcome = Outcome::verified;
    Kind kind = Kind::page;
    std::string subject;  ///< `page of project wheel`, `file wheel-1.0-py3-none-any.whl`.
    Instant at{};
    std::string mirror = {};  ///< Whose bytes; empty when refused.
    std::uint64_t size_bytes = 0;
    std::string detail = {};                   ///< Of a refusal: the sentence that the client got.
    std::vector<std::string> withheld = {};    ///< Why files of a verified page are left out.
    std::vector<MirrorFailure> failures = {};  ///< Mirrors at fault, also when another delivered.
};

struct ProxyCounts {
    std::uint64_t pages_verified = 0;
    std::uint64_t files_verified = 0;  ///< Files, metadata and provenance.
    std::uint64_t refused = 0;
    std::uint64_t failovers = 0;  ///< Verified, but not from the mirror that was asked first.
    std::uint64_t requests = 0;   ///< With the right token.
    std::uint64_t verified_bytes = 0;
    std::uint64_t withheld = 0;  ///< Files left out of verified pages by the policy.
};

/// Keeps the first notes, at most 10,000, and counts all.
/// @thread Safe.
class ProxyRecord {
  public:
    void note(ProxyNote note);
    void count_request();

    [[nodiscard]] ProxyCounts counts() const;
    [[nodiscard]] std::vector<ProxyNote> notes() const;

  private:
    mutable std::mutex m_mutex;
    std::vector<ProxyNote> m_notes;
    ProxyCounts m_counts;
};

/// Prometheus' text format, one counter each. @thread Safe.
[[nodiscard]] std::string render_metrics(const ProxyCounts& counts);

/// `counts` and `verdicts`, each with outcome, subject, mirror, failures.
/// @thread Safe. @cost Linear.
[[nodiscard]] JsonValue json_of(const ProxyCounts& counts, const std::vector<ProxyNote>& notes);

}  // namespace heliograph::mirror
