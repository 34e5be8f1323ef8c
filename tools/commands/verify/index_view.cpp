// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_judge.hpp>
#include <mirror/check/index_copy.hpp>
#include <mirror/fetch/trust_state_file.hpp>
#include <mirror/net/curl_transport.hpp>
#include <tools/cli/exit_code.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/mirror_sources.hpp>
#include <tools/commands/verify/index_view.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

// What a mirror can be blamed for; everything else is this machine's.
bool is_mirror_failure(const Error& error) {
    return mirror::is_transport_failure(error) || error.code() == ErrorCode::too_large ||
           error.code() == ErrorCode::malformed;
}

}  // namespace

void add_evidence_options(CLI::App& command, EvidenceOptions& options) {
    add_source_options(command, options);
    add_lenient_flag(command, options);
}

void add_lenient_flag(CLI::App& command, EvidenceOptions& options) {
    command.add_flag(
        "--lenient",
        options.lenient,
        "Warn instead of failing when revocation lists are missing or out of date"
    );
}

verify::PagePolicy policy_of(const EvidenceOptions& options) {
    return options.lenient ? verify::default_page_policy() : verify::strict_page_policy();
}

verify::PagePolicy policy_of(const EvidenceOptions& options, const mirror::ProxyPolicy& policy) {
    return policy.demands_revocation() ? verify::strict_page_policy() : policy_of(options);
}

/// Members are constructed in this order and refer to earlier ones, so the whole stays at one
/// address.
struct IndexView::Parts {
    SystemClock clock;
    verify::TrustBundle trust;
    std::vector<std::filesystem::path> state_files;
    verify::TrustState known;
    verify::TrustState learnt;
    std::unique_ptr<mirror::CurlTransport> transport;
    std::optional<mirror::ClientBasis> basis;
    std::vector<mirror::MirrorClient> clients;
    std::unique_ptr<mirror::IndexCopy> copy;  ///< Instead of mirrors.
    std::optional<mirror::CopyJudge> judge;
};

IndexView::IndexView(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {
}
IndexView::IndexView(IndexView&&) noexcept = default;
IndexView& IndexView::operator=(IndexView&&) noexcept = default;
IndexView::~IndexView() = default;

Result<IndexView> IndexView::open(
    const CheckOptions& options, const mirror::ProxyPolicy& policy, Console& console
) {
    if (options.offline && options.pages.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --pages DIR, a copy of the index, with --offline; saw none, and mirrors must "
            "not be asked"
        );
    }
    auto parts = std::make_unique<Parts>();
    HG_TRY(parts->trust, load_trust(options.trust));
    HG_TRY(parts->state_files, trust_state_paths(parts->trust));
    HG_TRY(parts->known, local_fault(mirror::load_trust_state(parts->state_files)));
    const auto page_policy = policy_of(options, policy);
    if (options.pages.empty()) {
        HG_CHECK(open_mirrors(*parts, options, page_policy, console));
    } else {
        HG_TRY(parts->copy, mirror::open_copy(options.pages));
        HG_TRY(
            parts->judge,
            mirror::CopyJudge::open(
                *parts->copy, {parts->trust, parts->known, page_policy, parts->clock.now()}
            )
        );
    }
    return IndexView(std::move(parts));
}

Outcome IndexView::open_mirrors(
    Parts& parts, const CheckOptions& options, const verify::PagePolicy& policy, Console& console
) {
    HG_TRY(const auto tls, make_client_context(parts.trust, options.tls, parts.clock));
    HG_TRY(parts.transport, open_http_client());
    HG_TRY(
        const auto list,
        find_mirrors(
            {.options = options,
             .trust = parts.trust,
             .transport = *parts.transport,
             .tls = tls,
             .policy = policy,
             .now = parts.clock.now()},
            console
        )
    );
    parts.basis.emplace(mirror::ClientBasis{
        *parts.transport, parts.trust, parts.known, parts.clock, policy, tls});
    for (const auto& mirror : list.mirrors) {
        parts.clients.emplace_back(mirror.url, *parts.basis);
    }
    return {};
}

std::size_t IndexView::mirror_count() const {
    return m_parts->copy ? 1 : m_parts->clients.size();
}

const verify::TrustBundle& IndexView::trust() const {
    return m_parts->trust;
}

Instant IndexView::now() const {
    return m_parts->clock.now();
}

Result<MirrorAnswer> IndexView::ask_copy(const verify::ProjectName& project) {
    MirrorAnswer answer{m_parts->copy->source(), {}, std::nullopt, std::nullopt};
    auto judged = m_parts->judge->page(project, verify::PageForm::json);
    if (!judged) {
        if (!is_mirror_failure(judged.error())) {
            return std::move(judged).error();
        }
        answer.error = std::move(judged).error();
        return answer;
    }
    answer.verdict = std::move(judged->verdict);
    answer.page = std::move(judged->page);
    if (answer.page) {
        m_parts->learnt.remember(answer.page->name, answer.page->serial);
    }
    return answer;
}

Result<MirrorAnswer> IndexView::ask(std::size_t mirror, const verify::ProjectName& project) {
    if (m_parts->copy) {
        return ask_copy(project);
    }
    auto& client = m_parts->clients[mirror];
    MirrorAnswer answer{client.base().to_string(), {}, std::nullopt, std::nullopt};
    auto judged = client.page(project);
    mirror::learn_revocations(*m_parts->basis, client);
    if (!judged) {
        if (!is_mirror_failure(judged.error())) {
            return std::move(judged).error();
        }
        answer.error = std::move(judged).error();
        return answer;
    }
    answer.verdict = std::move(judged->verdict);
    answer.page = std::move(judged->page);
    if (answer.page) {
        m_parts->learnt.remember(answer.page->name, answer.page->serial);
    }
    return answer;
}

Outcome IndexView::save_state() const {
    return mirror::save_trust_state(m_parts->state_files, m_parts->learnt);
}

ExitCode exit_code_of(const MirrorAnswer& answer) {
    return answer.error ? tools::exit_code_of(*answer.error) : tools::exit_code_of(answer.verdict);
}

void report_findings(Console& console, const verify::Verdict& verdict) {
    for (const auto& finding : verdict.findings()) {
        console.report(finding);
    }
}

JsonValue json_of_findings(const verify::Verdict& verdict) {
    JsonArray findings;
    for (const auto& finding : verdict.findings()) {
        findings.push_back(json_of(finding));
    }
    return findings;
}

JsonValue json_of_checks(const verify::Verdict& verdict) {
    JsonArray checks;
    for (const auto& check : verdict.passed()) {
        checks.emplace_back(check);
    }
    return checks;
}

}  // namespace heliograph::tools::verify_commands
