// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/file_checker.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <CLI/App.hpp>

#include <filesystem>

namespace heliograph::tools::verify_commands {

namespace {

struct FileOptions {
    std::vector<std::string> files;
    CheckOptions check;
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

JsonValue json_of_result(const LocalFile& file, const verify::CheckedItem& item) {
    return JsonObject{
        {"file", file.path.string()},
        {"verified", item.accepted()},
        {"exit_code", static_cast<std::int64_t>(exit_code_of(item))},
        {"findings", json_of_findings(item.verdict)},
        {"checks", json_of_checks(item.verdict)}};
}

Result<ExitCode> check_files(const FileOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.check.formats, console));
    HG_TRY(const auto files, parse_files(options));
    HG_TRY(const auto policy, policy_file_of(options.check));
    HG_TRY(auto index, IndexView::open(options.check, policy, console));
    FileChecker checker(index, policy, console);
    verify::CheckReport report{"verify file"};
    JsonArray results;
    for (const auto& file : files) {
        HG_TRY(auto item, checker.check(file));
        results.push_back(json_of_result(file, item));
        report.items.push_back(std::move(item));
    }
    const auto code = reporter.conclude(report, "file", std::move(results));
    reporter.note_unsaved(index.save_state());
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
    add_check_options(verb, options->check);
    program.set_action(verb, [options](Console& console) {
        return check_files(*options, console);
    });
}

}  // namespace heliograph::tools::verify_commands
