// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_check.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/index_view.hpp>
#include <tools/commands/verify/report_output.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::verify_commands {

namespace {

namespace limits = verify::limits;

struct PageOptions {
    std::string project;
    std::string page;
    std::string signature;
    std::string chain;
    std::string revocation;
    CheckOptions evidence;
};

JsonValue json_of_answer(const MirrorAnswer& answer) {
    return JsonObject{
        {"source", answer.mirror},
        {"verified", answer.verdict.accepted()},
        {"serial",
         answer.page ? JsonValue(static_cast<std::int64_t>(answer.page->serial.value))
                     : JsonValue()},
        {"files",
         answer.page ? JsonValue(static_cast<std::int64_t>(answer.page->files.size()))
                     : JsonValue()},
        {"error", answer.error ? json_of(*answer.error) : JsonValue()},
        {"findings", json_of_findings(answer.verdict)},
        {"checks", json_of_checks(answer.verdict)}};
}

verify::CheckedItem item_of(const verify::ProjectName& project, const MirrorAnswer& answer) {
    const std::string detail = answer.page
                                   ? ", serial " + std::to_string(answer.page->serial.value) +
                                         ", " + counted(answer.page->files.size(), "file")
                                   : "";
    return {
        "page of project " + project.text() + detail, answer.mirror, answer.verdict, answer.error};
}

/// What answers are held against beside their evidence.
struct PageDemands {
    const verify::ProjectName& project;
    const mirror::ProxyPolicy& policy;
    const verify::TrustBundle& trust;
    Instant now;
};

void object(MirrorAnswer& answer, const PageDemands& demands) {
    if (!answer.page) {
        return;
    }
    mirror::add_objections(answer.verdict, demands.policy, demands.project, demands.trust);
    for (const auto& file : answer.page->files) {
        mirror::add_objections(answer.verdict, demands.policy, file, demands.now);
    }
}

ExitCode conclude(
    const Reporter& reporter, const PageDemands& demands, std::vector<MirrorAnswer> answers
) {
    verify::CheckReport report{"verify page"};
    JsonArray results;
    for (auto& answer : answers) {
        object(answer, demands);
        report.items.push_back(item_of(demands.project, answer));
        results.push_back(json_of_answer(answer));
    }
    return reporter.conclude(report, "page", std::move(results));
}

Result<ExitCode> check_mirrors(
    const PageOptions& options,
    const verify::ProjectName& project,
    const Reporter& reporter,
    Console& console
) {
    HG_TRY(const auto policy, policy_file_of(options.evidence));
    HG_TRY(auto index, IndexView::open(options.evidence, policy, console));
    std::vector<MirrorAnswer> answers;
    for (std::size_t mirror = 0; mirror < index.mirror_count(); ++mirror) {
        HG_TRY(auto answer, index.ask(mirror, project));
        answers.push_back(std::move(answer));
    }
    const auto code =
        conclude(reporter, {project, policy, index.trust(), index.now()}, std::move(answers));
    reporter.note_unsaved(index.save_state());
    return code;
}

Result<std::optional<Bytes>> read_optional(const std::string& path, std::uint64_t limit_bytes) {
    if (path.empty()) {
        return std::optional<Bytes>();
    }
    auto bytes = read_file(path, limit_bytes);
    if (!bytes) {
        return std::move(bytes).error().at(path);
    }
    return std::optional(*std::move(bytes));
}

std::optional<ByteSpan> view(const std::optional<Bytes>& bytes) {
    return bytes ? std::optional<ByteSpan>(*bytes) : std::nullopt;
}

// No socket is opened here: saved documents are judged as they lie.
Result<ExitCode> check_saved(
    const PageOptions& options, const verify::ProjectName& project, const Reporter& reporter
) {
    HG_TRY(const auto trust, load_trust(options.evidence.trust));
    HG_TRY(const auto policy, policy_file_of(options.evidence));
    HG_TRY(const auto page, read_optional(options.page, limits::page_bytes));
    HG_TRY(const auto signature, read_optional(options.signature, limits::signature_bytes));
    HG_TRY(const auto chain, read_optional(options.chain, limits::server_key_bytes));
    HG_TRY(const auto revocation, read_optional(options.revocation, limits::revocation_bytes));
    const bool is_json = text_of(*page).starts_with('{');
    const verify::PageEvidence evidence{
        .wanted = project,
        .form = is_json ? verify::PageForm::json : verify::PageForm::html,
        .page = *page,
        .signature = view(signature),
        .source = options.page};
    const verify::SignerEvidence signer{
        .chain_pem = view(chain), .revocation_pem = view(revocation), .source = options.page};
    const verify::TrustState nothing_seen;
    const SystemClock clock;
    HG_TRY(
        auto judged,
        verify::judge_page(
            evidence,
            signer,
            {trust, nothing_seen, policy_of(options.evidence, policy), clock.now()}
        )
    );
    return conclude(
        reporter,
        {project, policy, trust, clock.now()},
        {{options.page, std::move(judged.verdict), std::move(judged.page), std::nullopt}}
    );
}

Result<ExitCode> check_page(const PageOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.evidence.formats, console));
    auto project = verify::parse_project_name(options.project);
    if (!project) {
        return Error(ErrorCode::invalid_argument, project.error().message());
    }
    return options.page.empty() ? check_mirrors(options, *project, reporter, console)
                                : check_saved(options, *project, reporter);
}

}  // namespace

void add_page(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"page",
         "Check a project's page on every mirror of the list, or a saved page with its evidence.",
         "verify page setuptools --mirrors mirrors.txt\n"
         "verify page wheel --page wheel.json --signature wheel.sig --chain serverkey.crt --crl "
         "serverkey.crl"}
    );
    auto options = std::make_shared<PageOptions>();
    verb.add_option("project", options->project, "Whose page it must be")->required();
    auto* page =
        verb.add_option("--page", options->page, "A saved page, HTML or JSON; no mirror is asked");
    page->type_name("FILE");
    verb.add_option("--signature", options->signature, "The saved /serversig/PROJECT")
        ->type_name("FILE")
        ->needs(page);
    verb.add_option("--chain", options->chain, "The saved /serverkey.crt")
        ->type_name("FILE")
        ->needs(page);
    verb.add_option("--crl", options->revocation, "The saved /serverkey.crl")
        ->type_name("FILE")
        ->needs(page);
    add_check_options(verb, options->evidence);
    program.set_action(verb, [options](Console& console) { return check_page(*options, console); });
}

}  // namespace heliograph::tools::verify_commands
