// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/placement.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/index_view.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

namespace heliograph::tools::verify_commands {

namespace {

struct FileOptions {
    std::vector<std::string> files;
    EvidenceOptions evidence;
};

struct LocalFile {
    std::filesystem::path path;
    verify::DistFileName name;
};

Result<std::vector<LocalFile>> parse_files(const FileOptions& options) {
    std::vector<LocalFile> files;
    for (const auto& text : options.files) {
        const std::filesystem::path path(text);
        auto name = verify::parse_dist_file_name(path.filename().string());
        if (!name) {
            return Error(ErrorCode::invalid_argument, name.error().message()).at(text);
        }
        files.push_back({path, *std::move(name)});
    }
    return files;
}

/// What is known of one local file at the end.
struct FileResult {
    verify::Verdict verdict;
    std::optional<ExitCode> failure;  ///< When no verdict could be had.
};

/// Checks files of many projects; asks for each project's page once for each mirror.
class FileChecker {
  public:
    FileChecker(IndexView& index, Console& console) : m_index(index), m_console(console) {}

    Result<FileResult> check(const LocalFile& file) {
        ExitCode failure = ExitCode::done;
        verify::Verdict older;
        for (std::size_t mirror = 0; mirror < m_index.mirror_count(); ++mirror) {
            HG_TRY(const auto* answer, ask(mirror, file.name.project()));
            if (!answer->page) {
                failure = worse(failure, exit_code_of(*answer));
                continue;
            }
            if (auto finding = find_older(*answer)) {
                m_console.warn("mirror " + answer->mirror + ": " + finding->sentence());
                older.add(*std::move(finding));
                failure = worse(failure, ExitCode::stale);
                continue;
            }
            if (const auto* listed = answer->page->find(file.name)) {
                return judge(file, *listed, *answer);
            }
            not_listed(file, *answer);
            failure = worse(failure, ExitCode::not_found);
        }
        return FileResult{std::move(older), failure};
    }

  private:
    /// Asks at the first question, tells what was wrong, and keeps the answer.
    Result<const MirrorAnswer*> ask(std::size_t mirror, const verify::ProjectName& project) {
        const auto key = std::pair(project, mirror);
        if (const auto known = m_answers.find(key); known != m_answers.end()) {
            return &known->second;
        }
        HG_TRY(auto answer, m_index.ask(mirror, project));
        if (answer.error) {
            m_console.warn("mirror " + answer.mirror + ": " + answer.error->describe());
        }
        if (answer.page) {
            auto& newest = m_newest.emplace(project, answer.page->serial).first->second;
            newest = std::max(newest, answer.page->serial);
        }
        for (const auto& finding : answer.verdict.findings()) {
            m_console.warn("mirror " + answer.mirror + ": " + finding.sentence());
        }
        return &m_answers.emplace(key, std::move(answer)).first->second;
    }

    /// A page that another mirror's verified page has replaced says nothing of what holds now: a
    /// file that was removed since would pass.
    [[nodiscard]] std::optional<verify::Finding> find_older(const MirrorAnswer& answer) const {
        const auto newest = m_newest.at(answer.page->name);
        if (!(answer.page->serial < newest)) {
            return std::nullopt;
        }
        return verify::Finding{
            .id = "page-outdated",
            .severity = verify::Severity::error,
            .cause = verify::Cause::stale_evidence,
            .subject = "page of project " + answer.page->name.text(),
            .expected = "serial " + std::to_string(newest.value) + ", as another mirror has it",
            .seen = "serial " + std::to_string(answer.page->serial.value),
            .source = answer.mirror,
            .advice = "use another mirror; this one serves an old state"};
    }

    void not_listed(const LocalFile& file, const MirrorAnswer& answer) {
        m_console.warn(
            "mirror " + answer.mirror + ": the verified page of project " +
            file.name.project().text() + " does not list " + file.name.text()
        );
    }

    Result<FileResult> judge(
        const LocalFile& file, const verify::PageFile& listed, const MirrorAnswer& answer
    ) {
        auto folder = file.path.parent_path();
        HG_TRY(auto verdict, mirror::judge_present_file(folder.empty() ? "." : folder, listed));
        if (!verdict) {
            return Error(
                ErrorCode::not_found, "expected the file " + file.path.string() + ", saw none"
            );
        }
        if (verdict->accepted() && listed.yanked) {
            m_console.warn(
                file.path.string() + " is the right file, but it was yanked" +
                (listed.yanked->empty() ? std::string() : ": " + visible(*listed.yanked))
            );
        }
        verify::Verdict whole = answer.verdict;
        whole.merge(*std::move(verdict));
        return FileResult{std::move(whole), std::nullopt};
    }

    IndexView& m_index;
    Console& m_console;
    std::map<std::pair<verify::ProjectName, std::size_t>, MirrorAnswer> m_answers;
    std::map<verify::ProjectName, verify::Serial> m_newest;  ///< Of verified pages of this run.
};

ExitCode report(Console& console, const LocalFile& file, const FileResult& result) {
    if (result.failure) {
        console.fail(file.path.string() + ": no mirror gave a verified page that lists it");
        // A loop over no mirror is no success.
        return worse(*result.failure, ExitCode::not_found);
    }
    if (result.verdict.accepted()) {
        console.say("verified " + file.path.string());
        return ExitCode::done;
    }
    report_findings(console, result.verdict);
    return tools::exit_code_of(result.verdict);
}

Result<ExitCode> check_files(const FileOptions& options, Console& console) {
    HG_TRY(const auto files, parse_files(options));
    HG_TRY(auto index, IndexView::open(options.evidence));
    FileChecker checker(index, console);
    ExitCode code = ExitCode::done;
    std::uint64_t verified = 0;
    JsonArray results;
    for (const auto& file : files) {
        HG_TRY(const auto result, checker.check(file));
        const ExitCode one = report(console, file, result);
        verified += one == ExitCode::done ? 1U : 0U;
        code = worse(code, one);
        results.push_back(JsonObject{
            {"file", file.path.string()},
            {"verified", one == ExitCode::done},
            {"exit_code", static_cast<std::int64_t>(one)},
            {"findings", json_of_findings(result.verdict)},
            {"checks", json_of_checks(result.verdict)}});
    }
    HG_CHECK(index.save_state());
    console.say("verified " + std::to_string(verified) + " of " + counted(files.size(), "file"));
    console.present(JsonObject{
        {"verified", static_cast<std::int64_t>(verified)},
        {"total", static_cast<std::int64_t>(files.size())},
        {"exit_code", static_cast<std::int64_t>(code)},
        {"results", std::move(results)}});
    return code;
}

}  // namespace

void add_file(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"file",
         "Check files on disk against the signed pages of the index.",
         "verify file wheels/*.whl\n"
         "verify file --trust trust.json --mirrors mirrors.txt wheel-0.38.4-py3-none-any.whl"}
    );
    auto options = std::make_shared<FileOptions>();
    verb.add_option("file", options->files, "Wheels and source archives, under their own names")
        ->required();
    add_evidence_options(verb, options->evidence);
    program.set_action(verb, [options](Console& console) {
        return check_files(*options, console);
    });
}

}  // namespace heliograph::tools::verify_commands
