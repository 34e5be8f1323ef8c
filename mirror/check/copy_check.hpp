// SPDX-License-Identifier: Apache-2.0
// All of a copy of an index, looked at item by item: what pages promise, what lies there, what
// lies there unnamed.
#pragma once

#include <mirror/check/index_copy.hpp>
#include <mirror/proxy/proxy_policy.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/gate/trust_state.hpp>
#include <verify/report/check_report.hpp>

#include <chrono>
#include <optional>

namespace heliograph::mirror {

/// What is demanded beside page signatures and hashes.
struct CheckDemands {
    ProxyPolicy policy = {};
    std::optional<std::chrono::seconds> max_age = std::nullopt;  ///< Of the last complete run.
};

struct CopyReport {
    verify::CheckReport report;
    verify::TrustState learnt;  ///< Serials of accepted pages.
};

/// Looks at everything, whatever it finds. Findings beside those of the page and the file gate:
/// `project-not-found` (the list names it, or one form of its page is missing),
/// `page-forms-differ`, `list-forms-differ`, `file-not-found`, `distribution-misplaced`,
/// `file-not-named`, `project-not-listed` (warnings), `policy-refused`, `freshness-unknown`,
/// `mirror-stale`, `not-checked`.
/// @errors Those of IndexCopy::evidence() and projects(); crypto.
/// @thread One at a time on a copy. @cost Reads every page and file once.
[[nodiscard]] Result<CopyReport> check_copy(
    const IndexCopy& copy, const verify::JudgementBasis& basis, const CheckDemands& demands
);

/// What a policy has against a project, or a file of it, as findings; nothing: nothing.
/// @thread Safe. @cost Linear in the patterns.
void add_objections(
    verify::Verdict& verdict,
    const ProxyPolicy& policy,
    const verify::ProjectName& project,
    const verify::TrustBundle& trust
);
void add_objections(
    verify::Verdict& verdict, const ProxyPolicy& policy, const verify::PageFile& file, Instant at
);

/// What is to be said when the two forms of a page do not say the same: `page-forms-differ`.
/// @return None when they name the same files at the same serial. @thread Safe. @cost Linear.
[[nodiscard]] std::optional<verify::Finding> compare_forms(
    const verify::ProjectPage& html, const verify::ProjectPage& json, std::string source
);

/// That a report without one page must not end well: `nothing-signed`, of missing evidence.
/// @thread Safe.
[[nodiscard]] verify::Finding nothing_signed(std::string source);

/// Whether a copy or an index is as fresh as is demanded. @param since  Begin of its last complete
/// run, as it says; one to come, by more than clock_tolerance, is `mirror-clock-ahead`.
/// @thread Safe.
[[nodiscard]] verify::CheckedItem check_freshness(
    std::optional<Instant> since, std::chrono::seconds max_age, Instant now, std::string source
);

}  // namespace heliograph::mirror
