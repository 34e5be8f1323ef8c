// SPDX-License-Identifier: Apache-2.0
// An index as `verify` sees it: the mirrors of a list, judged by a trust bundle.
#pragma once

#include <mirror/fetch/mirror_client.hpp>
#include <mirror/proxy/proxy_policy.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <tools/commands/source.hpp>
#include <verify/gate/trust_state.hpp>

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools::verify_commands {

/// Flags of every verb that judges pages.
struct EvidenceOptions : SourceOptions {
    bool lenient = false;
};

/// Flags of every verb that checks what is there already.
struct CheckOptions : EvidenceOptions {
    std::string pages;     ///< A copy of the index to judge by; empty: mirrors are asked.
    bool offline = false;  ///< Refuse whatever would open a socket.
    std::string policy;    ///< A file; empty: none.
    std::vector<std::string> require;  ///< Words of ProxyPolicy::demand().
    std::vector<std::string> formats;  ///< Of --format; see Reporter.
};

/// Adds --lenient.
void add_lenient_flag(CLI::App& command, EvidenceOptions& options);

/// The same, and those of add_source_options().
void add_evidence_options(CLI::App& command, EvidenceOptions& options);

/// Every kind of evidence is demanded unless the user said otherwise.
[[nodiscard]] verify::PagePolicy policy_of(const EvidenceOptions& options);
/// The same, with what the policy file demands.
[[nodiscard]] verify::PagePolicy policy_of(
    const EvidenceOptions& options, const mirror::ProxyPolicy& policy
);

/// What one mirror says of one project.
struct MirrorAnswer {
    std::string mirror;
    verify::Verdict verdict;
    std::optional<verify::ProjectPage> page;  ///< Only when the verdict is accepted.
    std::optional<Error> error;               ///< The mirror could not be asked.
};

/// @thread One thread.
class IndexView {
  public:
    /// Mirrors, or the copy that --pages names as the only one of them.
    /// @errors Those of load_trust(), make_client_context(), find_mirrors(), load_trust_state() and
    /// mirror::open_copy(); invalid_argument (--offline without a copy).
    [[nodiscard]] static Result<IndexView> open(
        const CheckOptions& options, const mirror::ProxyPolicy& policy, Console& console
    );
    IndexView(const IndexView&) = delete;
    IndexView& operator=(const IndexView&) = delete;
    IndexView(IndexView&&) noexcept;
    IndexView& operator=(IndexView&&) noexcept;
    ~IndexView();

    [[nodiscard]] std::size_t mirror_count() const;
    [[nodiscard]] const verify::TrustBundle& trust() const;
    [[nodiscard]] Instant now() const;

    /// Asks one mirror, by its place in the list. Every mirror is judged by the serials that were
    /// known when the run began, so that a mirror which lags behind another one is no liar.
    /// @errors crypto, io, invalid_argument (https without roots): nothing that a mirror does.
    [[nodiscard]] Result<MirrorAnswer> ask(std::size_t mirror, const verify::ProjectName& project);

    /// Remembers the serials of accepted pages for later runs.
    /// @errors Those of save_trust_state().
    [[nodiscard]] Outcome save_state() const;

  private:
    struct Parts;
    explicit IndexView(std::unique_ptr<Parts> parts);
    [[nodiscard]] static Outcome open_mirrors(
        Parts& parts,
        const CheckOptions& options,
        const verify::PagePolicy& policy,
        Console& console
    );
    [[nodiscard]] Result<MirrorAnswer> ask_copy(const verify::ProjectName& project);

    std::unique_ptr<Parts> m_parts;
};

/// The exit code of one answer that is not accepted, or done.
[[nodiscard]] ExitCode exit_code_of(const MirrorAnswer& answer);

/// All findings of a verdict on the console, warnings included.
void report_findings(Console& console, const verify::Verdict& verdict);

/// Findings and passed checks for JSON documents.
[[nodiscard]] JsonValue json_of_findings(const verify::Verdict& verdict);
[[nodiscard]] JsonValue json_of_checks(const verify::Verdict& verdict);

}  // namespace heliograph::tools::verify_commands
