// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/compaction.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>

#include <CLI/App.hpp>

#include <charconv>
#include <optional>
#include <system_error>

namespace heliograph::tools::mirror_commands {

namespace {

namespace fs = std::filesystem;

// `1000` events, or `30d`: those of so many days.
std::optional<mirror::HistoryBound> parse_keep(std::string_view text, Instant now) {
    constexpr std::uint64_t most_days = 36'500;
    const bool days = text.ends_with('d');
    if (days) {
        text.remove_suffix(1);
    }
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        (days && number > most_days)) {
        return std::nullopt;
    }
    if (!days) {
        return mirror::HistoryBound(number);
    }
    return mirror::HistoryBound(now - std::chrono::hours(24) * static_cast<int>(number));
}

std::uint64_t size_of_catalog(const mirror::MirrorFolder& folder) {
    std::uint64_t size_bytes = 0;
    for (const auto* name : {"catalog.db", "catalog.db-wal"}) {
        std::error_code absent;
        const auto size = fs::file_size(folder.path() / name, absent);
        size_bytes += absent ? 0 : size;
    }
    return size_bytes;
}

struct CompactChoice {
    std::shared_ptr<std::string> folder;
    std::string keep = "30d";
};

Result<ExitCode> compact(const CompactChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    HG_TRY(const auto lock, folder.lock());
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    const SystemClock clock;
    const auto bound = parse_keep(choice.keep, clock.now());
    HG_ASSERT(bound.has_value());
    const auto before_bytes = size_of_catalog(folder);
    HG_TRY(const auto report, mirror::compact_journal(*catalog, *bound));
    const auto after_bytes = size_of_catalog(folder);
    console.say(
        "dropped " + counted(report.dropped, "event") + ", kept " + counted(report.kept, "event") +
        "; the catalogue has " + format_size(after_bytes) + ", it had " + format_size(before_bytes)
    );
    console.say(
        "followers at serial " + std::to_string(report.checkpoint.value) +
        " or later go on by events, others compare the list of projects; the last serial is " +
        std::to_string(report.last_serial.value)
    );
    console.present(JsonObject{
        {"checkpoint", report.checkpoint.value},
        {"serial", report.last_serial.value},
        {"dropped", report.dropped},
        {"kept", report.kept},
        {"bytes_before", before_bytes},
        {"bytes_after", after_bytes}});
    return ExitCode::done;
}

}  // namespace

void add_compact(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"compact",
         "Bound the journal: keep recent events, and of older ones the newest of each project.",
         "mirror compact --dir master --keep 30d"}
    );
    auto choice = std::make_shared<CompactChoice>();
    choice->folder = add_folder_option(verb);
    verb.add_option(
            "--keep",
            choice->keep,
            "How much history stays whole: a number of events, or days with a d behind them"
    )
        ->type_name("N|DAYSd")
        ->check([](const std::string& text) {
            return parse_keep(text, Instant{})
                       ? std::string()
                       : std::string("expected a number of events (1000) or of days (30d)");
        })
        ->capture_default_str();
    program.set_action(verb, [choice](Console& console) { return compact(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
