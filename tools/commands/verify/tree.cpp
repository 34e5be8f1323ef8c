// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/distribution_folder.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/file_checker.hpp>
#include <tools/commands/verify/inspection.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

struct TreeOptions {
    std::string folder;
    bool is_copy = false;
    CheckOptions check;
    std::optional<unsigned> max_age_hours;
};

Result<ExitCode> check_index_copy(const TreeOptions& options, Console& console) {
    if (!options.check.pages.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --copy or --pages, saw both: a copy is judged by its own pages"
        );
    }
    HG_TRY(const auto inspection, Inspection::open(options.check, options.max_age_hours, console));
    HG_TRY(const auto copy, mirror::open_copy(options.folder));
    HG_TRY(auto checked, mirror::check_copy(*copy, inspection.basis(), inspection.demands()));
    return inspection.conclude("verify tree", std::move(checked));
}

// What lies in a folder must not choose by which rules it is judged.
Outcome refuse_copy(const TreeOptions& options) {
    if (options.max_age_hours) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --max-age with --copy alone, saw it with a folder of distributions"
        );
    }
    if (mirror::kind_of_copy(options.folder) != mirror::CopyKind::none) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a folder of distributions, saw that " + options.folder +
                " calls itself a copy of an index; say --copy to check it as one"
        );
    }
    return {};
}

Result<ExitCode> check_distributions(const TreeOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.check.formats, console));
    HG_CHECK(refuse_copy(options));
    HG_TRY(auto found, mirror::distributions_below(options.folder));
    HG_TRY(const auto policy, policy_file_of(options.check));
    HG_TRY(auto index, IndexView::open(options.check, policy, console));
    FileChecker checker(index, policy, console);
    verify::CheckReport report{"verify tree"};
    for (auto& one : found.named) {
        HG_TRY(auto item, checker.check({std::move(one.path), std::move(one.name)}));
        report.items.push_back(std::move(item));
    }
    std::move(found.others.begin(), found.others.end(), std::back_inserter(report.items));
    const auto code = reporter.conclude(report);
    reporter.note_unsaved(index.save_state());
    return code;
}

Result<ExitCode> check_tree(const TreeOptions& options, Console& console) {
    return options.is_copy ? check_index_copy(options, console)
                           : check_distributions(options, console);
}

}  // namespace

void add_tree(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"tree",
         "Check every distribution in a folder, or with --copy a whole copy of an index: pages, "
         "signatures, files.",
         "verify tree wheelhouse\n"
         "verify tree --copy /srv/export --offline --max-age 48\n"
         "verify tree wheelhouse --offline --pages /srv/export"}
    );
    auto options = std::make_shared<TreeOptions>();
    verb.add_option(
            "folder",
            options->folder,
            "Wheels and source archives, whatever lies below it; with --copy, the copy"
    )
        ->required();
    auto* copy = verb.add_flag(
        "--copy",
        options->is_copy,
        "The folder is a copy of an index (what mirror export wrote, or a mirror's folder), judged "
        "by the pages in it; no mirror is asked"
    );
    add_max_age_option(verb, options->max_age_hours)->needs(copy);
    add_check_options(verb, options->check);
    program.set_action(verb, [options](Console& console) { return check_tree(*options, console); });
}

}  // namespace heliograph::tools::verify_commands
