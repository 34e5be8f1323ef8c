// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/curl_transport.hpp>
#include <mirror/sync/sync_ahead.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/sync_report.hpp>
#include <tools/commands/mirror/sync_watch.hpp>
#include <tools/commands/mirror/upstream_option.hpp>
#include <tools/commands/stop_signal.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <memory>
#include <stop_token>
#include <vector>

namespace heliograph::tools::mirror_commands {

namespace {

struct SyncChoice {
    std::shared_ptr<std::string> folder;
    std::shared_ptr<UpstreamChoice> upstream;
    bool reconcile = false;
    bool retry = false;
    bool watch = false;
    bool once = false;
    bool dry_run = false;
    std::optional<unsigned> interval_seconds;
    std::optional<std::size_t> connections;
    std::string contact;
};

// An upstream that is not ours is treated with care: few connections, and a list that its own
// servers hold for minutes is not asked for every half minute.
struct Manners {
    std::size_t connections;
    std::chrono::seconds interval;
};

Result<Manners> manners_of(const SyncChoice& choice, const mirror::MirrorFolder& folder) {
    constexpr std::size_t most_foreign = 10;
    const bool foreign = folder.marker().unsigned_terms.has_value();
    const Manners usual =
        foreign ? Manners{3, std::chrono::seconds(600)} : Manners{8, std::chrono::seconds(30)};
    const auto connections = choice.connections.value_or(usual.connections);
    if (foreign && connections > most_foreign) {
        return Error(
            ErrorCode::invalid_argument,
            "expected at most " + std::to_string(most_foreign) +
                " connections to an upstream that signs nothing, saw " + std::to_string(connections)
        );
    }
    return Manners{
        connections,
        choice.interval_seconds ? std::chrono::seconds(*choice.interval_seconds) : usual.interval};
}

// One transport a thread: one for the journal, the others for projects.
struct Transports {
    std::unique_ptr<mirror::Transport> asking;
    std::vector<std::unique_ptr<mirror::Transport>> loading;
};

Result<Transports> open_transports(const SyncChoice& choice, std::size_t connections) {
    const std::string agent =
        mirror::user_agent() + (choice.contact.empty() ? "" : " (" + choice.contact + ")");
    Transports transports;
    HG_TRY(transports.asking, open_http_client(agent));
    for (std::size_t opened = 0; opened < connections; ++opened) {
        HG_TRY(auto transport, open_http_client(agent));
        transports.loading.push_back(std::move(transport));
    }
    return transports;
}

std::string_view action_of(mirror::PlannedProject::Kind kind) {
    switch (kind) {
        case mirror::PlannedProject::Kind::ask:
            return "ask";
        case mirror::PlannedProject::Kind::remove:
            return "remove";
        case mirror::PlannedProject::Kind::fetch:
            break;
    }
    return "fetch";
}

JsonValue json_of_planned(const mirror::PlannedProject& project) {
    return JsonObject{
        {"project", project.project.text()},
        {"action", action_of(project.kind)},
        {"here_serial", project.here.value},
        {"wanted_serial", project.wanted.value}};
}

void report_planned(Console& console, const mirror::PlannedProject& project) {
    const std::string wanted = " at serial " + std::to_string(project.wanted.value);
    if (project.kind == mirror::PlannedProject::Kind::remove) {
        console.print("would remove " + project.project.text() + ", gone upstream" + wanted);
    } else if (project.kind == mirror::PlannedProject::Kind::ask) {
        console.print(
            "would ask for " + project.project.text() +
            (project.here.value == 0 ? ", new here" : ", which may be unchanged")
        );
    } else {
        console.print(
            "would fetch " + project.project.text() + wanted +
            (project.here.value == 0 ? ", new here"
                                     : ", here at " + std::to_string(project.here.value))
        );
    }
}

// What a changed filter would do to what is here.
JsonValue report_filter(Console& console, const mirror::FilterPreview& preview) {
    JsonArray projects;
    JsonArray files;
    JsonArray missing;
    for (const auto& project : preview.projects) {
        console.print("would drop " + project.text() + ", not wanted any more");
        projects.emplace_back(project.text());
    }
    for (const auto& file : preview.files) {
        const auto& name = file.path.name().text();
        const std::string reason(mirror::leave_reason_name(file.reason));
        console.print(
            "would drop file " + name + " (" + reason + "), " + format_size(file.size_bytes)
        );
        files.push_back(JsonObject{{"file", name}, {"reason", reason}, {"bytes", file.size_bytes}});
    }
    for (const auto& file : preview.missing) {
        const auto& name = file.path.name().text();
        console.print("would fetch file " + name + ", " + format_size(file.size_bytes));
        missing.push_back(JsonObject{{"file", name}, {"bytes", file.size_bytes}});
    }
    if (preview.unknown != 0) {
        console.print(
            "which files would come of " + counted(preview.unknown, "project") +
            " is not known before their pages are asked for: the upstream signs nothing, and the "
            "pages that were made here name what is here alone"
        );
    }
    return JsonObject{
        {"projects_with_unknown_files", preview.unknown},
        {"dropped_projects", std::move(projects)},
        {"dropped_files", std::move(files)},
        {"wanted_files", std::move(missing)}};
}

// What a run would look at, in the order of a run; nothing is stored.
ExitCode show_preview(Console& console, const mirror::SyncPreview& preview) {
    for (const auto& finding : preview.upstream.findings()) {
        console.report(finding);
    }
    auto filter = report_filter(console, preview.filter);
    JsonArray projects;
    for (const auto& project : preview.projects) {
        report_planned(console, project);
        projects.push_back(json_of_planned(project));
    }
    if (preview.evidence_changed) {
        console.print("would ask for the upstream's signers and judge all pages by them");
    }
    console.say(
        "from serial " + std::to_string(preview.from.value) + " to " +
        std::to_string(preview.to.value) + ", " + counted(preview.projects.size(), "project") +
        " to look at; nothing was stored"
    );
    const ExitCode code =
        preview.upstream.accepted() ? ExitCode::done : exit_code_of(preview.upstream);
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"from_serial", preview.from.value},
        {"to_serial", preview.to.value},
        {"evidence_changed", preview.evidence_changed},
        {"findings", json_of_verdict(preview.upstream)},
        {"filter", std::move(filter)},
        {"projects", std::move(projects)}});
    return code;
}

// Each event shows the service manager that the work goes on.
class BeatingSink final : public EventSink {
  public:
    BeatingSink(EventSink& next, mirror::ServiceNotice& notice) : m_next(next), m_notice(notice) {}

    void emit(const Event& event) override {
        m_notice.beat();
        m_next.emit(event);
    }

  private:
    EventSink& m_next;
    mirror::ServiceNotice& m_notice;
};

struct WatchLines {
    const mirror::MirrorFolder& folder;
    const mirror::SyncTransports& lines;
    const mirror::SyncOptions& options;
    std::chrono::seconds interval;
};

Result<ExitCode> follow(const WatchLines& lines, Console& console) {
    // A transfer may take so long without a word of it.
    constexpr std::chrono::minutes margin{5};
    const auto longest_quiet =
        std::chrono::duration_cast<std::chrono::seconds>(lines.options.timeouts.whole + margin);
    HG_TRY(const auto notice, mirror::ServiceNotice::from_environment(longest_quiet));
    BeatingSink events(console.events(), *notice);
    const SystemClock clock;
    return watch(
        {.folder = lines.folder,
         .lines = lines.lines,
         .options = lines.options,
         .clock = clock,
         .events = events,
         .console = console,
         .notice = *notice,
         .interval = lines.interval,
         .report =
             [&console](const mirror::SyncReport& report) {
                 if (report.looked_at > 0 || !report.complete()) {
                     report_run(console, report);
                 }
             }}
    );
}

Result<ExitCode> sync(const SyncChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    // A damaged catalogue is told as such before the upstream is asked for anything.
    HG_TRY([[maybe_unused]] const auto readable, local_fault(folder.open_catalog()));
    const SystemClock clock;
    HG_TRY(const auto manners, manners_of(choice, folder));
    HG_TRY(const auto transports, open_transports(choice, manners.connections));
    HG_TRY(const auto client, load_client(*choice.upstream));
    auto options = sync_options(*choice.upstream, client);
    if (choice.reconcile) {
        options.reconcile = mirror::Reconcile::yes;
    }
    if (choice.retry) {
        options.parked = mirror::ParkedTries::all;
    }
    std::stop_source stop;
    options.stop = stop.get_token();
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    mirror::SyncTransports lines{.asking = *transports.asking, .loading = {}};
    for (const auto& transport : transports.loading) {
        lines.loading.push_back(transport.get());
    }
    if (choice.dry_run) {
        HG_TRY(
            const auto preview,
            mirror::preview_folder(folder, lines.asking, options, clock, console.events())
        );
        return show_preview(console, preview);
    }
    if (choice.watch) {
        return follow({folder, lines, options, manners.interval}, console);
    }
    ProgressSink watched(
        console.events(),
        console.progress("sync", ProgressUnit::items),
        {"sync.plan", "projects", "sync.project.", "project"}
    );
    HG_TRY(const auto report, mirror::sync_folder(folder, lines, options, clock, watched));
    watched.finish();
    return present_run(console, report);
}

}  // namespace

void add_sync(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"sync",
         "Take in what changed upstream: verify first, then store, then move on.",
         "mirror sync --dir mirror1\n"
         "mirror sync --dir mirror1 --watch"}
    );
    auto choice = std::make_shared<SyncChoice>();
    choice->folder = add_folder_option(verb);
    choice->upstream = add_upstream_options(verb);
    verb.add_flag(
        "--reconcile",
        choice->reconcile,
        "Compare with the whole list of projects upstream too, and look for every stored file"
    );
    verb.add_flag(
        "--retry", choice->retry, "Try all parked projects now, not each when its turn comes"
    );
    auto* const watch_flag = verb.add_flag(
        "--watch",
        choice->watch,
        "Go on until told to stop (SIGTERM): the upstream holds our question until there is news; "
        "tells systemd (Type=notify) how it goes"
    );
    auto* const once_flag =
        verb.add_flag("--once", choice->once, "One run, which is also what happens unasked");
    verb.add_flag("--dry-run", choice->dry_run, "Say what a run would look at, and store nothing")
        ->excludes(watch_flag);
    once_flag->excludes(watch_flag);
    verb.add_option(
            "--interval",
            choice->interval_seconds,
            "With --watch: seconds between questions to an upstream that does not hold them [30; "
            "600 when it signs nothing]"
    )
        ->needs(watch_flag)
        ->check(CLI::Range(1, 86'400));
    verb.add_option(
            "--connections",
            choice->connections,
            "Most transfers at once [8; 3, and never more than 10, when the upstream signs nothing]"
    )
        ->check(CLI::Range(1, 32));
    verb.add_option(
            "--contact",
            choice->contact,
            "Who runs this mirror, told to the upstream: a mail address or a page"
    )
        ->type_name("TEXT")
        ->check([](const std::string& text) {
            const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char letter) {
                return letter >= ' ' && letter <= '~' && letter != '(' && letter != ')';
            });
            return plain && text.size() <= 200
                       ? std::string()
                       : std::string("expected at most 200 printable letters without parentheses");
        });
    program.set_action(verb, [choice](Console& console) { return sync(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
