// SPDX-License-Identifier: Apache-2.0
// What any mirror is worth, seen from outside over HTTPS: freshness, answers by the standard,
// sampled pages and files, and, beside its master, what it lost and what it should have.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/clock.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/policy.hpp>
#include <verify/verdict/verdict.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace heliograph::mirror {

/// What its auditor knows a mirror to be, whatever it says of itself.
enum class Coverage {
    complete,  ///< It has every file of its pages.
    partial,   ///< It leaves files out, by a filter.
};

struct AuditRequest {
    Url mirror;                                  ///< https, ends with `/`.
    std::optional<Url> master = std::nullopt;    ///< The same.
    const verify::TrustBundle* trust = nullptr;  ///< Page signatures are checked when it is there.
    std::optional<pki::ClientContext> tls = std::nullopt;
    verify::PagePolicy policy = verify::default_page_policy();
    Coverage coverage = Coverage::complete;
    std::size_t projects = 20;  ///< Sampled pages.
    std::size_t files = 10;     ///< Sampled files, and as many metadata texts.
    std::uint64_t file_bytes = std::uint64_t{256} << 20U;  ///< Larger files are not sampled.
    std::uint64_t seed = 0;  ///< The same seed looks at the same things.
    std::chrono::seconds max_age{std::chrono::hours(24)};
    FetchTimeouts timeouts = {};
    std::stop_token stop = {};
};

/// Findings, besides those of the page and the file gate:
/// `mirror-stale`, `freshness-unknown`, `mirror-behind`, `api-no-json`, `api-no-vary`,
/// `api-no-conditional`, `api-false-presence`, `page-unreadable`, `page-not-served`,
/// `file-not-served`, `file-left-out` (its filter leaves it out, as it claims: a warning for a
/// mirror that is known to be partial, of which another file is looked at instead),
/// `file-without-hash`, `metadata-not-served`, `yank-lost`, `file-missing`, `removed-file-served`,
/// `removed-project-served`, `quarantined-project-served`, `project-missing` (its master lists it:
/// stale where the mirror's list has a lower serial, else false), `nothing-checked` (no page was
/// seen, or no file because all are said to be left out), `not-answered`.
struct AuditReport {
    std::string mirror;
    verify::Verdict verdict;
    std::size_t projects_listed = 0;
    std::size_t pages_checked = 0;
    std::size_t files_checked = 0;
    std::size_t files_left_out = 0;  ///< As it claims, of those that were asked for.
    std::size_t metadata_checked = 0;
};

/// @return A report, whatever is wrong with the mirror.
/// @errors invalid_argument (an address without TLS), network, timeout (it or its master does not
/// answer at all), malformed (the master's list), cancelled.
/// @thread Safe, with a transport of its own. @cost About five requests, one or two for each page,
/// the sampled files.
[[nodiscard]] Result<AuditReport> audit_mirror(
    const AuditRequest& request, Transport& transport, const Clock& clock
);

}  // namespace heliograph::mirror
