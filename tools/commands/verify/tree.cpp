// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_check.hpp>
#include <mirror/fetch/trust_state_file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/file_checker.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace heliograph::tools::verify_commands {

namespace {

namespace fs = std::filesystem;

struct TreeOptions {
    std::string folder;
    CheckOptions check;
    std::optional<unsigned> max_age_hours;
};

Result<ExitCode> check_index_copy(const TreeOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.check.formats, console));
    HG_TRY(const auto copy, mirror::open_copy(options.folder));
    HG_TRY(auto policy, policy_file_of(options.check));
    HG_TRY(const auto trust, load_trust(options.check.trust));
    HG_TRY(const auto state_files, trust_state_paths(trust));
    HG_TRY(const auto known, local_fault(mirror::load_trust_state(state_files)));
    const auto page_policy = policy_of(options.check, policy);
    HG_TRY(
        auto checked,
        mirror::check_copy(
            *copy,
            {trust, known, page_policy, SystemClock().now()},
            {.policy = std::move(policy), .max_age = max_age_of(options.max_age_hours)}
        )
    );
    HG_CHECK(mirror::save_trust_state(state_files, checked.learnt));
    checked.report.tool = "verify tree";
    return reporter.conclude(checked.report);
}

bool looks_like_distribution(const std::string& name) {
    static constexpr std::array<std::string_view, 4> endings{".whl", ".tar.gz", ".zip", ".egg"};
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return name.ends_with(ending);
    });
}

// Other files than distributions are no installer's business.
Result<std::vector<fs::path>> distributions_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code failure;
    for (fs::recursive_directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        std::error_code ignored;
        if (looks_like_distribution(entry->path().filename().string()) &&
            !entry->is_directory(ignored)) {
            paths.push_back(entry->path());
        }
    }
    if (failure) {
        return system_error(failure.value(), "read the folder " + folder.string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

Result<verify::CheckedItem> check_distribution(FileChecker& checker, const fs::path& path) {
    auto name = verify::parse_dist_file_name(path.filename().string());
    if (!name) {
        return verify::CheckedItem{
            "file " + verify::printable(path.filename().string()),
            path.string(),
            {},
            std::move(name).error()};
    }
    return checker.check({path, *name});
}

Result<ExitCode> check_distributions(const TreeOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.check.formats, console));
    if (options.max_age_hours) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --max-age with a copy of an index alone, saw a folder of distributions"
        );
    }
    HG_TRY(const auto paths, distributions_in(options.folder));
    HG_TRY(const auto policy, policy_file_of(options.check));
    HG_TRY(auto index, IndexView::open(options.check, policy));
    FileChecker checker(index, policy, console);
    verify::CheckReport report{"verify tree"};
    for (const auto& path : paths) {
        HG_TRY(auto item, check_distribution(checker, path));
        report.items.push_back(std::move(item));
    }
    HG_CHECK(index.save_state());
    return reporter.conclude(report);
}

Result<ExitCode> check_tree(const TreeOptions& options, Console& console) {
    return mirror::kind_of_copy(options.folder) == mirror::CopyKind::none
               ? check_distributions(options, console)
               : check_index_copy(options, console);
}

}  // namespace

void add_tree(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"tree",
         "Check every distribution in a folder, or a whole copy of an index: pages, signatures, "
         "files.",
         "verify tree wheelhouse\n"
         "verify tree /srv/export --offline --max-age 48\n"
         "verify tree wheelhouse --offline --pages /srv/export"}
    );
    auto options = std::make_shared<TreeOptions>();
    verb.add_option(
            "folder",
            options->folder,
            "Wheels and source archives, what mirror export wrote, or the folder of a mirror"
    )
        ->required();
    add_max_age_option(verb, options->max_age_hours);
    add_check_options(verb, options->check);
    program.set_action(verb, [options](Console& console) { return check_tree(*options, console); });
}

}  // namespace heliograph::tools::verify_commands
