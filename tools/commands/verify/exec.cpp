// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/refusal.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/child_environment.hpp>
#include <tools/commands/verify/child_run.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/confined_child.hpp>
#include <tools/commands/verify/detour.hpp>
#include <tools/commands/verify/proxy_house.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <optional>
#include <thread>
#include <variant>

namespace heliograph::tools::verify_commands {

namespace {

// The child's own exit codes pass through, so ours are above what programs commonly use.
constexpr int own_failures = 70;

struct ExecOptions : ProxyOptions {
    std::vector<std::string> command;
    std::string confine;  ///< Empty: not.
};

constexpr const char* where_possible = "where-possible";
constexpr const char* required = "required";

/// None: the command is to have, or has to make do with, this process's own network.
Result<std::optional<ConfinedChild>> confined_child(const ExecOptions& options, Console& console) {
    if (options.confine.empty()) {
        return std::optional<ConfinedChild>();
    }
    auto child = ConfinedChild::make();
    if (child) {
        return std::optional(std::move(*child));
    }
    if (options.confine == required || child.error().code() != ErrorCode::unsupported) {
        return std::move(child).error();
    }
    console.warn(
        "the command is not confined and may reach any address: " + child.error().describe() +
        "; --confine=required runs nothing then"
    );
    return std::optional<ConfinedChild>();
}

/// Where the proxy listens for this command.
std::variant<Endpoint, FileDescriptor> place_for(std::optional<ConfinedChild>& confined) {
    if (confined) {
        return confined->take_listener();
    }
    return Endpoint{"127.0.0.1", 0};
}

/// The proxy on a thread of its own, for as long as the child runs.
class RunningProxy {
  public:
    explicit RunningProxy(mirror::VerifyingProxy& proxy)
        : m_proxy(proxy), m_thread([this] { m_ended = m_proxy.run(); }) {}
    RunningProxy(const RunningProxy&) = delete;
    RunningProxy& operator=(const RunningProxy&) = delete;
    ~RunningProxy() { static_cast<void>(stop()); }

    [[nodiscard]] Outcome stop() {
        if (m_thread.joinable()) {
            m_proxy.stop();
            m_thread.join();
        }
        return m_ended;
    }

  private:
    mirror::VerifyingProxy& m_proxy;
    Outcome m_ended;
    std::thread m_thread;
};

enum class Network { own, shared };

void tell_counts(Console& console, const mirror::ProxyCounts& counts, Network network) {
    if (counts.requests == 0) {
        console.warn(
            std::string("the command asked the verifying proxy for nothing, so nothing was verified"
            ) +
            (network == Network::own ? "; it could ask nobody else"
                                     : "; if it fetched packages, its own options or project files "
                                       "sent it elsewhere")
        );
        return;
    }
    console.tell(
        "of what was asked of the proxy: verified " + counted(counts.pages_verified, "page") +
        " and " + counted(counts.files_verified, "file") + " (" +
        format_size(counts.verified_bytes) + "), refused " + std::to_string(counts.refused)
    );
}

// pip shows of a refused page only that there is no such project: the reason stands here.
void tell_verdicts(Console& console, const std::vector<mirror::ProxyNote>& notes) {
    for (const auto& note : notes) {
        const bool refused = note.outcome == mirror::ProxyNote::Outcome::refused;
        if (refused) {
            const bool named = note.detail.starts_with(note.subject);
            console.fail("refused " + (named ? "" : note.subject + ": ") + note.detail);
        }
        for (const auto& why : note.withheld) {
            console.warn("withheld " + why);
        }
        for (const auto& failure : note.failures) {
            const std::string sentence = sentence_of(failure);
            if (refused && sentence == note.detail && failure.evidence.empty()) {
                continue;  // said already
            }
            console.warn(
                sentence + (refused ? std::string() : "; " + note.mirror + " gave what holds") +
                (failure.evidence.empty() ? std::string() : "; proof in " + failure.evidence)
            );
        }
    }
}

Result<ExitCode> run_behind_proxy(const ExecOptions& options, Console& console) {
    if (const auto detour = find_detour(options.command, own_environment())) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a command that leaves the choice of the index to the verifying proxy, saw " +
                *detour + "; leave that out, or run the command without verify exec"
        );
    }
    HG_TRY(auto confined, confined_child(options, console));
    HG_TRY(const auto house, ProxyHouse::open(options, place_for(confined), console));
    // Until here signals end this program as any other; its threads begin below.
    const HeldSignals held;
    auto& proxy = house->proxy();
    RunningProxy running(proxy);
    HG_TRY(
        const auto end,
        run_child(
            {options.command,
             child_environment(own_environment(), proxy.url() + "simple/"),
             console.format() == OutputFormat::json ? ChildOutput::to_errors
                                                    : ChildOutput::inherited,
             confined ? &*confined : nullptr},
            held
        )
    );
    if (const auto stopped = running.stop(); !stopped) {
        console.warn("what was learnt of mirrors could not be kept: " + stopped.error().describe());
    }
    const auto counts = proxy.counts();
    const auto notes = proxy.notes();
    tell_verdicts(console, notes);
    tell_counts(console, counts, confined ? Network::own : Network::shared);
    const auto record = mirror::json_of(counts, notes);
    console.present(JsonObject{
        {"exit_code", end.exit_code},
        {"signal", end.signal == 0 ? JsonValue() : JsonValue(end.signal)},
        {"confined", confined.has_value()},
        {"counts", *record.find("counts")},
        {"verdicts", *record.find("verdicts")}});
    return static_cast<ExitCode>(end.exit_code);
}

Result<ExitCode> execute(const ExecOptions& options, Console& console) {
    auto code = run_behind_proxy(options, console);
    if (code) {
        return code;
    }
    console.fail(code.error().describe());
    const int own = own_failures + static_cast<int>(tools::exit_code_of(code.error()));
    console.present(JsonObject{{"exit_code", own}, {"error", json_of(code.error())}});
    return static_cast<ExitCode>(own);
}

}  // namespace

void add_exec(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"exec",
         "Run pip, uv pip or pdm behind a verifying proxy of its own, and end as it ended: its "
         "exit "
         "code passes through; 70 and above are this program's own exit codes, each plus 70.",
         "verify exec -- pip install wheel\n"
         "verify exec --mirrors mirrors.txt -- uv pip install -r requirements.txt\n"
         "verify exec --policy policy.json -- pip install wheel\n"
         "verify exec --confine=required -- pip install wheel\n"
         "verify exec --json -- pip download wheel"}
    );
    auto options = std::make_shared<ExecOptions>();
    verb.add_option(
            "command",
            options->command,
            "The command and its arguments, behind --; with --json its output goes to standard "
            "error"
    )
        ->required();
    // Without a value it stays what it is for where nothing else is possible.
    verb.add_flag(
            std::string("--confine{") + where_possible + "}",
            options->confine,
            "Give the command a network of its own, in which it reaches the proxy and nobody else: "
            "no option, setup.py or curl leads round it. 'where-possible', which stands for no "
            "value, warns where the system forbids that; 'required' runs nothing then"
    )
        ->check(CLI::IsMember({where_possible, required}).description(""))
        ->envname("HELIOGRAPH_CONFINE");
    add_proxy_options(verb, *options);
    program.set_action(verb, [options](Console& console) { return execute(*options, console); });
}

}  // namespace heliograph::tools::verify_commands
