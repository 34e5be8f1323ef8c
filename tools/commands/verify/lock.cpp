// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_check.hpp>
#include <mirror/check/lock_check.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/page_finder.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace heliograph::tools::verify_commands {

namespace {

using Entries = std::vector<mirror::LockEntry>;

struct LockOptions {
    std::vector<std::string> locks;
    std::string files;
    bool any = false;
    CheckOptions check;

    [[nodiscard]] mirror::LockCoverage coverage() const {
        return any ? mirror::LockCoverage::one_of_each_project : mirror::LockCoverage::every_file;
    }
};

template <typename T>
Result<Entries> entries_of(const Result<T>& lock, const std::string& path) {
    if (!lock) {
        return Error(lock.error()).at(path);
    }
    return mirror::lock_entries(*lock, path);
}

Result<Entries> read_entries(const std::string& path) {
    // PEP 751 names lock files so; a list of requirements never ends like this.
    if (path.ends_with(".toml")) {
        HG_TRY(const auto text, read_file(path, mirror::lock_file_bytes));
        return entries_of(
            mirror::parse_lock_file(text_of(text), mirror::UnhashedFiles::reported), path
        );
    }
    HG_TRY(const auto text, read_file(path, mirror::requirements_file_bytes));
    return entries_of(mirror::parse_partly_hashed_requirements(text_of(text)), path);
}

// That a lock cannot be meant is a mistake of whoever gave it, and no evidence.
verify::CheckedItem unreadable_lock(const std::string& path, Error error) {
    const auto code = error.code();
    const bool is_form = code == ErrorCode::malformed || code == ErrorCode::too_large ||
                         code == ErrorCode::unsupported;
    return {
        "lock " + verify::printable(path),
        path,
        {},
        is_form ? with_code(error, ErrorCode::invalid_argument) : std::move(error)};
}

/// All entries, or an item for each lock that cannot be read.
struct ReadLocks {
    Entries entries;
    std::vector<verify::CheckedItem> unreadable;
};

ReadLocks read_all_locks(const std::vector<std::string>& paths) {
    ReadLocks all;
    for (const auto& path : paths) {
        auto entries = read_entries(path);
        if (entries) {
            std::move(entries->begin(), entries->end(), std::back_inserter(all.entries));
        } else {
            all.unreadable.push_back(unreadable_lock(path, std::move(entries).error()));
        }
    }
    return all;
}

void append_items(verify::CheckReport& report, std::vector<verify::CheckedItem> items) {
    std::move(items.begin(), items.end(), std::back_inserter(report.items));
}

/// Lock entries against the verified pages of an index.
class PageLockCheck {
  public:
    PageLockCheck(IndexView& index, const mirror::ProxyPolicy& policy, Console& console)
        : m_index(index), m_policy(policy), m_finder(index, console) {}

    Outcome check(
        const mirror::LockEntry& entry, mirror::LockCoverage coverage, verify::CheckReport& report
    ) {
        HG_TRY(auto found, m_finder.find(entry.project, [](const auto&) {
            return std::optional<verify::Finding>();
        }));
        if (found.answer == nullptr) {
            found.failure.name = entry.text();
            found.failure.place = entry.lock;
            found.failure.line = entry.line;
            report.items.push_back(std::move(found.failure));
            return {};
        }
        const auto& page = *found.answer->page;
        auto items = mirror::check_lock_on_page(entry, page, coverage, found.answer->mirror);
        for (auto& item : items) {
            mirror::add_objections(item.verdict, m_policy, entry.project, m_index.trust());
        }
        for (const auto& file : page.files) {
            if (is_wished(entry, file) && !items.empty()) {
                mirror::add_objections(items.front().verdict, m_policy, file, m_index.now());
            }
        }
        append_items(report, std::move(items));
        return {};
    }

  private:
    static bool is_wished(const mirror::LockEntry& entry, const verify::PageFile& file) {
        return std::any_of(entry.files.begin(), entry.files.end(), [&](const auto& wish) {
            return wish.sha256 == file.sha256 || (wish.name && *wish.name == file.name);
        });
    }

    IndexView& m_index;
    const mirror::ProxyPolicy& m_policy;
    PageFinder m_finder;
};

Outcome check_against_pages(
    const LockOptions& options,
    const Entries& entries,
    Console& console,
    const Reporter& reporter,
    verify::CheckReport& report
) {
    HG_TRY(const auto policy, policy_file_of(options.check));
    HG_TRY(auto index, IndexView::open(options.check, policy, console));
    PageLockCheck check(index, policy, console);
    for (const auto& entry : entries) {
        HG_CHECK(check.check(entry, options.coverage(), report));
    }
    reporter.note_unsaved(index.save_state());
    return {};
}

// What only pages can tell is never passed over.
bool wants_pages(const LockOptions& options) {
    return options.files.empty() || !options.check.pages.empty() || !options.check.policy.empty() ||
           !options.check.require.empty();
}

Result<ExitCode> check_lock(const LockOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.check.formats, console));
    auto [entries, unreadable] = read_all_locks(options.locks);
    verify::CheckReport report{"verify lock", std::move(unreadable)};
    // By some of the locks alone, right files would be told as locked by none.
    if (!report.items.empty()) {
        return reporter.conclude(report);
    }
    if (!options.files.empty()) {
        HG_TRY(
            auto items, mirror::check_lock_in_folder(entries, options.files, options.coverage())
        );
        append_items(report, std::move(items));
    }
    if (wants_pages(options)) {
        HG_CHECK(check_against_pages(options, entries, console, reporter, report));
    }
    return reporter.conclude(report);
}

}  // namespace

void add_lock(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"lock",
         "Check that the files of a lock are there, in a folder or on the signed pages of the "
         "index, with the hashes and sizes that it states; none without a hash.",
         "verify lock requirements.txt\n"
         "verify lock pylock.toml --files wheelhouse\n"
         "verify lock pylock.toml --files wheelhouse --any"}
    );
    auto options = std::make_shared<LockOptions>();
    verb.add_option("lock", options->locks, "requirements.txt with hashes, or pylock.toml")
        ->required();
    verb.add_option(
            "--files",
            options->files,
            "Look for the files in this folder; by the lock alone, unless --pages, --policy or "
            "--require ask for pages too"
    )
        ->type_name("DIR");
    verb.add_flag(
        "--any",
        options->any,
        "One file of each project is enough, as for one platform, and none of a project that the "
        "lock names under markers alone; each that is there must be right"
    );
    add_check_options(verb, options->check);
    program.set_action(verb, [options](Console& console) { return check_lock(*options, console); });
}

}  // namespace heliograph::tools::verify_commands
