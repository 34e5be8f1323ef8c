// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/signer_standing.hpp>
#include <mirror/sync/scrub.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/mirror/at_least_one.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/upstream_option.hpp>
#include <tools/commands/stop_signal.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <set>

namespace heliograph::tools::mirror_commands {

namespace {

using State = mirror::ScrubDamage::State;

struct VerifyChoice {
    std::shared_ptr<std::string> folder;
    std::shared_ptr<UpstreamChoice> upstream;
    bool repair = false;
    bool quick = false;
    std::optional<std::size_t> sample;
    std::optional<std::uint64_t> rate;
};

mirror::ScrubOptions scrub_options(const VerifyChoice& choice, mirror::SyncOptions sync) {
    mirror::ScrubOptions options{
        .sync = std::move(sync), .sample_files = choice.sample, .bytes_per_second = choice.rate};
    if (choice.quick) {
        options.unchanged = mirror::ScrubOptions::Unchanged::counts_as_sound;
    }
    return options;
}

std::string_view state_name(State state) {
    switch (state) {
        case State::found:
            return "found";
        case State::repaired:
            return "repaired";
        case State::lost:
            return "lost";
    }
    return "lost";
}

// A master has no upstream to mend it from, and its operator no other mirror.
verify::Finding for_role(verify::Finding finding, const mirror::MirrorFolder& folder) {
    if (!folder.marker().upstream && finding.advice.find("--repair") != std::string::npos) {
        finding.advice = "publish the same file again, which mends it: mirror add FILE";
    }
    return finding;
}

class DamageTeller {
  public:
    DamageTeller(Console& console, const mirror::MirrorFolder& folder)
        : m_console(console), m_folder(folder) {}

    void tell(const mirror::ScrubDamage& damage);

    /// Projects with something wrong besides their signer.
    [[nodiscard]] std::size_t damaged() const { return m_damaged; }
    /// Of all that was not mended.
    [[nodiscard]] ExitCode exit_code() const;

  private:
    void report(const verify::Finding& finding);

    Console& m_console;
    const mirror::MirrorFolder& m_folder;
    std::set<std::string> m_told;
    verify::Verdict m_open;               // Of what could be had again, or was not asked for.
    ExitCode m_failure = ExitCode::done;  // Of what could not be had.
    std::size_t m_damaged = 0;
};

ExitCode DamageTeller::exit_code() const {
    if (m_open.findings().empty() && m_failure != ExitCode::done) {
        return m_failure;
    }
    const auto code = m_open.worst_cause() ? exit_code_of(m_open) : ExitCode::evidence_false;
    return worse(code, m_failure);
}

void DamageTeller::report(const verify::Finding& finding) {
    if (!mirror::is_of_signer(finding) || m_told.insert(finding.sentence()).second) {
        m_console.report(finding);
    }
}

void DamageTeller::tell(const mirror::ScrubDamage& damage) {
    auto& console = m_console;
    verify::Verdict verdict;
    for (const auto& finding : damage.verdict.findings()) {
        verdict.add(for_role(finding, m_folder));
    }
    if (!m_folder.marker().upstream) {
        verdict = mirror::for_operator(verdict);
    }
    if (!damage.is_of_signer_alone()) {
        ++m_damaged;
    }
    if (damage.state == State::lost && damage.failure) {
        m_failure = worse(m_failure, exit_code_of(*damage.failure));
    } else if (damage.state != State::repaired) {
        m_open.merge(verdict);
    }
    for (const auto& finding : verdict.findings()) {
        if (damage.state == State::repaired) {
            console.warn(finding.sentence());
        } else {
            report(finding);
        }
    }
    switch (damage.state) {
        case State::found:
            break;
        case State::repaired:
            console.say("repaired " + damage.project.text());
            break;
        case State::lost:
            console.fail("could not repair " + damage.project.text() + ": " + damage.reason);
            break;
    }
}

JsonValue json_of_damage(const mirror::ScrubDamage& damage) {
    JsonArray findings;
    for (const auto& finding : damage.verdict.findings()) {
        findings.push_back(json_of(finding));
    }
    return JsonObject{
        {"project", damage.project.text()},
        {"state", state_name(damage.state)},
        {"reason", damage.reason},
        {"findings", std::move(findings)}};
}

Result<ExitCode> verify_folder(const VerifyChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    // A damaged catalogue is told as such before the upstream is asked for anything.
    HG_TRY([[maybe_unused]] const auto readable, local_fault(folder.open_catalog()));
    const SystemClock clock;
    HG_TRY(const auto transport, open_http_client());
    HG_TRY(const auto client, load_client(*choice.upstream));
    auto options = scrub_options(choice, sync_options(*choice.upstream, client));
    std::stop_source stop;
    options.sync.stop = stop.get_token();
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    auto* repair_through = choice.repair ? transport.get() : nullptr;
    ProgressSink watched(
        console.events(),
        console.progress("check", ProgressUnit::items),
        {"scrub.plan", "projects", "scrub.project.checked", "project"}
    );
    HG_TRY(
        const auto report, mirror::scrub_folder(folder, repair_through, options, clock, watched)
    );
    watched.finish();
    JsonArray damages;
    DamageTeller teller(console, folder);
    for (const auto& damage : report.damage) {
        teller.tell(damage);
        damages.push_back(json_of_damage(damage));
    }
    const std::string looked_at =
        counted(report.projects, "project") + ", " + counted(report.blobs, "stored file") + ", " +
        format_size(report.bytes) + " read" +
        (report.unread > 0 ? ", " + std::to_string(report.unread) + " unchanged" : "");
    if (report.sound()) {
        console.say("sound: " + looked_at);
    } else {
        const auto lost =
            std::count_if(report.damage.begin(), report.damage.end(), [](const auto& damage) {
                return damage.state == State::lost;
            });
        const bool is_damaged = teller.damaged() > 0;
        std::string mend;
        if (!choice.repair && folder.marker().upstream) {
            // What nobody altered is as bad at the upstream, until it has something better.
            mend = is_damaged ? "; mend it with: mirror verify --repair"
                              : "; take what the upstream has by now with: mirror sync";
        }
        if (lost > 0) {
            mend = "; " + std::to_string(lost) +
                   " of them could not be repaired, and what is damaged of them is served no more; "
                   "the next mirror sync gets it";
        }
        console.fail(
            (is_damaged ? "damaged: " : "clients refuse what is here: ") + looked_at + "; " +
            counted(teller.damaged(), "project") + " with damage" + mend
        );
    }
    const ExitCode code = report.sound() ? ExitCode::done : teller.exit_code();
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"sound", report.sound()},
        {"projects", report.projects},
        {"stored_files", report.blobs},
        {"bytes", report.bytes},
        {"unchanged", report.unread},
        {"orphans", report.orphans},
        {"damage", std::move(damages)}});
    return code;
}

}  // namespace

void add_verify(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"verify",
         "Read every stored byte and compare it with the catalogue, every page with its signature.",
         "mirror verify --dir mirror1\nmirror verify --dir mirror1 --repair\n"
         "mirror verify --dir mirror1 --rate 20000000"}
    );
    auto choice = std::make_shared<VerifyChoice>();
    choice->folder = add_folder_option(verb);
    choice->upstream = add_upstream_options(verb);
    verb.add_flag(
        "--repair", choice->repair, "Mirror: get what is damaged from the upstream again"
    );
    verb.add_flag(
        "--quick",
        choice->quick,
        "Do not read again what has the size, times and inode of the last check that read it"
    );
    verb.add_option("--sample", choice->sample, "Check projects at random that hold so many files")
        ->type_name("FILES")
        ->check(at_least_one());
    verb.add_option("--rate", choice->rate, "Read at most so many bytes a second")
        ->type_name("BYTES")
        ->check(at_least_one());
    program.set_action(verb, [choice](Console& console) {
        return verify_folder(*choice, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
