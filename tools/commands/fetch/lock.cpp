// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/lock_render.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/fetch/closure.hpp>
#include <tools/commands/fetch/commands.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::fetch_commands {

namespace {

constexpr std::string_view standard_output = "-";

/// A lock as it is told of.
struct WrittenLock {
    std::string place;
    Verification verification;
    std::vector<verify::Finding> warnings;
};

// What the page gate tolerated; all pages of a mirror without lists say the same.
std::vector<verify::Finding> warnings_of(const Closure& closure) {
    std::vector<verify::Finding> warnings;
    for (const auto& resolved : closure.files) {
        for (const auto& warning : resolved.page->page->warnings) {
            const auto says_the_same = [&](const verify::Finding& known) {
                return known.id == warning.id && known.source == warning.source;
            };
            if (std::none_of(warnings.begin(), warnings.end(), says_the_same)) {
                warnings.push_back(warning);
            }
        }
    }
    return warnings;
}

JsonValue json_of_lock(const WrittenLock& lock, const Closure& closure) {
    JsonArray warnings;
    for (const auto& warning : lock.warnings) {
        warnings.push_back(json_of(warning));
    }
    JsonArray packages;
    for (const auto& resolved : closure.files) {
        packages.push_back(JsonObject{
            {"name", resolved.file.name.project().text()},
            {"version", resolved.file.name.version().text()},
            {"filename", resolved.file.name.text()},
            {"sha256", resolved.file.sha256.to_hex()}});
    }
    return JsonObject{
        {"verification", verification_name(lock.verification)},
        {"exit_code", static_cast<int>(ExitCode::done)},
        {"lock", lock.place},
        {"warnings", std::move(warnings)},
        {"passed_over", json_of_passed_over(closure)},
        {"packages", std::move(packages)}};
}

Outcome check_place(const std::string& place) {
    if (place == standard_output || is_lock_file(place)) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a name that installers take for a lock file, pylock.toml or pylock.NAME.toml, "
        "saw " +
            place
    );
}

Result<ExitCode> lock_in(
    FetchHouse& house, const Wanted& wanted, WrittenLock lock, Console& console
) {
    HG_TRY(auto found, find_closure(wanted, house, console));
    if (const auto* code = std::get_if<ExitCode>(&found)) {
        return *code;
    }
    const auto& closure = std::get<Closure>(found);
    lock.warnings = warnings_of(closure);
    for (const auto& warning : lock.warnings) {
        console.report(warning);
    }
    HG_TRY(
        const auto text,
        mirror::render_lock_file({house.first_mirror(), *wanted.target.python, closure.files})
    );
    if (lock.place == standard_output) {
        console.write(text);
    } else {
        HG_CHECK(output_fault(write_file_atomically(lock.place, bytes_of(text))));
        console.say("locked " + counted(closure.files.size(), "package") + " in " + lock.place);
    }
    console.present(json_of_lock(lock, closure));
    return ExitCode::done;
}

Result<ExitCode> write_lock(const FetchOptions& given, const std::string& place, Console& console) {
    HG_CHECK(check_place(place));
    HG_TRY(const auto options, options_of_closure(given));
    HG_TRY(const auto wanted, parse_wanted(options));
    HG_TRY(const auto house, FetchHouse::open(options, console));
    auto code = lock_in(*house, wanted, {place, verification_of(options), {}}, console);
    HG_CHECK(house->close(console));
    return code;
}

}  // namespace

void add_lock(Program& program, const std::shared_ptr<FetchOptions>& options) {
    auto& verb = program.add_verb(
        program.root(),
        {"lock",
         "Find out everything that is needed and write it down as pylock.toml, with hashes.",
         "fetch lock build --python 3.11\n"
         "fetch lock -r requirements.txt --python 3.11 --platform manylinux_2_28_x86_64 -o "
         "pylock.linux.toml\n"
         "fetch --verify -r pylock.toml --python 3.11"}
    );
    auto place = std::make_shared<std::string>("pylock.toml");
    verb.add_option("-o,--output", *place, "Where the lock goes; - for standard output")
        ->type_name("FILE")
        ->capture_default_str();
    program.set_action(verb, [options, place](Console& console) {
        return write_lock(*options, *place, console);
    });
}

}  // namespace heliograph::tools::fetch_commands
