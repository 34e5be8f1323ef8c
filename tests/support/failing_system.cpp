// SPDX-License-Identifier: Apache-2.0
#include <tests/support/case_stride.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/temp_folder.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t bit(Operation operation) {
    return std::uint64_t{1} << static_cast<unsigned>(operation);
}

std::string read_all(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<DiskStep> parse_log(const std::string& log) {
    std::vector<DiskStep> steps;
    std::size_t at = 0;
    const auto take = [&](std::size_t size) {
        if (log.size() - at < size) {
            throw std::runtime_error("fault log: it ends in the middle of a record");
        }
        std::string part = log.substr(at, size);
        at += size;
        return part;
    };
    while (at < log.size()) {
        DiskStep step;
        const std::string head = take(sizeof step.record);
        std::memcpy(&step.record, head.data(), head.size());
        step.path = take(step.record.path_bytes);
        step.other_path = take(step.record.other_path_bytes);
        step.data = take(step.record.data_bytes);
        steps.push_back(std::move(step));
    }
    return steps;
}

using Variables = std::map<std::string, std::string>;

struct Describe {
    Variables& to;

    void operator()(const Record& /*fault*/) const { to["FAULT_ACTION"] = "observe"; }
    void operator()(const FailNth& fault) const {
        to["FAULT_ACTION"] = "fail";
        to["FAULT_NTH"] = std::to_string(fault.nth);
        to["FAULT_ERROR"] = std::to_string(fault.error);
        to["FAULT_LASTING"] = fault.duration == FailNth::Duration::from_then_on ? "1" : "0";
        to["FAULT_KINDS"] = std::to_string(fault.kinds);
    }
    void operator()(const ShortenNth& fault) const {
        to["FAULT_ACTION"] = "short";
        to["FAULT_NTH"] = std::to_string(fault.nth);
        to["FAULT_KINDS"] = std::to_string(bit(Operation::write));
    }
    void operator()(const KillNth& fault) const {
        const bool torn = fault.moment == KillNth::Moment::torn;
        to["FAULT_ACTION"] = torn ? "tear" : "kill";
        to["FAULT_NTH"] = std::to_string(fault.nth);
        if (torn) {
            to["FAULT_KINDS"] = std::to_string(bit(Operation::write));
        }
    }
};

void preload(const fs::path& root, Variables& variables) {
    variables["FAULT_ROOT"] = fs::canonical(root).string();
    variables["LD_PRELOAD"] = HELIOGRAPH_FAULT_PRELOAD;
    const char* sanitizer = std::getenv("ASAN_OPTIONS");
    variables["ASAN_OPTIONS"] =
        std::string(sanitizer == nullptr ? "" : sanitizer) + ":verify_asan_link_order=0";
}

bool is_struck(const DiskStep& step) {
    const Fate fate = step.record.fate;
    return fate != Fate::done && fate != Fate::failed_by_itself;
}

}  // namespace

std::uint64_t kinds_that_need_room() {
    return bit(Operation::create) | bit(Operation::write) | bit(Operation::truncate) |
           bit(Operation::rename) | bit(Operation::make_folder) | bit(Operation::link);
}

std::uint64_t kinds_that_sync() {
    return bit(Operation::sync_file) | bit(Operation::sync_folder);
}

std::uint64_t next_nth(std::uint64_t nth) {
    return nth + case_stride;
}

std::string describe(const DiskStep& step) {
    constexpr std::array<std::string_view, 11> operations{
        "create",
        "write",
        "truncate",
        "sync file",
        "sync folder",
        "sync all",
        "rename",
        "remove",
        "make folder",
        "link",
        "unseen write"};
    constexpr std::array<std::string_view, 5> fates{
        "done", "failed by the fault", "failed by itself", "killed before", "torn, then killed"};
    std::string text(operations.at(static_cast<std::size_t>(step.record.operation)));
    text += " " + step.path;
    if (!step.other_path.empty()) {
        text += " -> " + step.other_path;
    }
    text.append(" (").append(fates.at(static_cast<std::size_t>(step.record.fate))).append(")");
    return text;
}

bool FaultyRun::struck() const {
    return outcome.signal == SIGKILL || std::any_of(steps.begin(), steps.end(), is_struck);
}

std::string FaultyRun::where() const {
    const auto found = std::find_if(steps.begin(), steps.end(), is_struck);
    if (found != steps.end()) {
        return describe(*found);
    }
    return steps.empty() ? "nowhere: no step at all" : "after " + describe(steps.back());
}

FaultyRun run_with(const Fault& fault, const fs::path& root, Command command) {
    const test::TempFolder scratch;
    const fs::path log = scratch / "fault.log";
    Variables& variables = command.environment;
    variables["FAULT_LOG"] = log.string();
    variables["FAULT_DATA"] = "1";
    std::visit(Describe{variables}, fault);
    preload(root, variables);
    FaultyRun result;
    result.outcome = run(command);
    result.steps = parse_log(read_all(log));
    return result;
}

Outcome run_unsynced(const fs::path& root, Command command) {
    command.environment["FAULT_LOG"] = "/dev/null";
    command.environment["FAULT_ACTION"] = "unsynced";
    preload(root, command.environment);
    return run(command);
}

void copy_folder(const fs::path& from, const fs::path& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

std::map<std::string, std::string> contents_of(const fs::path& folder) {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            contents[fs::relative(entry.path(), folder).string()] = read_all(entry.path());
        }
    }
    return contents;
}

}  // namespace heliograph::test_support
