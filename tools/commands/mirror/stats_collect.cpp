// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_list.hpp>
#include <mirror/statistics/collection.hpp>
#include <mirror/sync/folder_access.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/stats_collect.hpp>
#include <tools/commands/source.hpp>
#include <tools/commands/stop_signal.hpp>
#include <verify/index/file_name.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <unordered_map>

namespace heliograph::tools::mirror_commands {

namespace {

struct CollectChoice {
    std::shared_ptr<std::string> folder;
    std::string mirrors;
    TlsFiles tls;
    unsigned days = 35;
};

// Whether this index has or had such a file of such a project, asked once for each name.
class FileRegister {
  public:
    explicit FileRegister(const mirror::Catalog& catalog) : m_catalog(catalog) {}

    Result<bool> knows(const mirror::AccessKey& key) {
        const auto before = m_answers.find(key.filename);
        if (before != m_answers.end()) {
            return before->second == key.package;
        }
        HG_TRY(const auto owner, owner_of(key.filename));
        m_answers.emplace(key.filename, owner);
        return owner == key.package;
    }

  private:
    // Its project; empty: there is no such file.
    Result<std::string> owner_of(const std::string& filename) {
        const auto name = verify::parse_dist_file_name(filename);
        if (!name) {
            return std::string();
        }
        const auto file = m_catalog.file_named(*name);
        if (file) {
            return name->project().text();
        }
        if (file.error().code() != ErrorCode::not_found) {
            return file.error();
        }
        HG_TRY(const auto retired, m_catalog.retired(*name));
        HG_TRY(const auto withheld, m_catalog.withheld_files(name->project()));
        const bool is_kept_back =
            std::any_of(withheld.begin(), withheld.end(), [&](const mirror::FileRecord& record) {
                return record.path.name() == *name;
            });
        return retired || is_kept_back ? name->project().text() : std::string();
    }

    const mirror::Catalog& m_catalog;
    std::unordered_map<std::string, std::string> m_answers;
};

Result<ExitCode> report_collection(Console& console, const mirror::CollectReport& report) {
    JsonArray columns;
    ExitCode code = ExitCode::done;
    for (const auto& column : report.columns) {
        const auto url = column.mirror.to_string();
        console.say(
            url + ": " + counted(column.days, "new day") + ", " + std::to_string(column.missing) +
            " that it does not have"
        );
        JsonArray failures;
        for (const auto& failure : column.failures) {
            console.fail(failure.describe());
            failures.push_back(JsonValue(failure.describe()));
            const auto cause = exit_code_of(failure);
            code = code == ExitCode::done ? cause : std::min(code, cause);
        }
        columns.push_back(JsonObject{
            {"url", url},
            {"column", mirror::column_name(column.mirror)},
            {"days", column.days},
            {"missing", column.missing},
            {"failures", std::move(failures)}});
    }
    JsonArray own_failures;
    for (const auto& failure : report.failures) {
        console.fail(failure.describe());
        own_failures.push_back(JsonValue(failure.describe()));
        // A file of ours that is unreadable is this machine's fault.
        code = code == ExitCode::done ? ExitCode::local : code;
    }
    console.say(
        counted(report.days_summed, "day") + " and " + counted(report.months_summed, "month") +
        " summed anew"
    );
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"days_summed", report.days_summed},
        {"months_summed", report.months_summed},
        {"failures", std::move(own_failures)},
        {"mirrors", std::move(columns)}});
    return code;
}

Result<ExitCode> collect(const CollectChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_master_folder(*choice.folder));
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    const SystemClock clock;
    HG_TRY(const auto transport, open_http_client());
    HG_TRY(const auto trust, mirror::read_trust(folder));
    HG_TRY(const auto tls, make_client_context(trust, choice.tls, clock));
    const std::string list =
        choice.mirrors.empty() ? (folder.path() / "mirrors.txt").string() : choice.mirrors;
    auto mirrors = mirror::load_mirror_list(list, *transport, tls);
    if (!mirrors && choice.mirrors.empty() && mirrors.error().code() == ErrorCode::not_found) {
        return Error(
            ErrorCode::not_found,
            "expected " + list +
                ", which says whose downloads are summed up, one mirror's address a line; write "
                "it, "
                "or name another list with --mirrors"
        );
    }
    HG_CHECK(mirrors);
    std::vector<mirror::Url> urls;
    for (const auto& mirror : mirrors->mirrors) {
        urls.push_back(mirror.url);
    }
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    HG_CHECK(make_folder(folder.path() / "stats"));
    HG_TRY(const auto lock, FileLock::acquire(folder.path() / "stats" / "lock"));
    FileRegister files(*catalog);
    const mirror::CollectRequest request{
        .folder = folder.path(),
        .mirrors = std::move(urls),
        .trust = tls,
        .today = mirror::day_of(clock.now()),
        .reach = std::chrono::days(choice.days),
        .timeouts = mirror::SyncOptions::patient_timeouts(),
        .stop = stop.get_token()};
    HG_TRY(
        const auto report,
        mirror::collect_statistics(
            request, *transport, [&files](const mirror::AccessKey& key) { return files.knows(key); }
        )
    );
    return report_collection(console, report);
}

}  // namespace

void add_stats_collect(Program& program, CLI::App& group, std::shared_ptr<std::string> folder) {
    auto& verb = program.add_verb(
        group,
        {"collect",
         "Ask all mirrors for their days and sum them up; run it daily on the master.",
         "mirror stats collect --dir master --mirrors mirrors.txt"}
    );
    auto choice = std::make_shared<CollectChoice>();
    choice->folder = std::move(folder);
    verb.add_option(
            "--mirrors",
            choice->mirrors,
            "File or URL with a mirror's address a line [mirrors.txt in the folder, which /mirrors "
            "shows]"
    )
        ->type_name("FILE");
    verb.add_option("--ca", choice->tls.authorities, "PEM roots to accept, beside the index's own")
        ->type_name("FILE");
    verb.add_option(
            "--client-cert", choice->tls.client_bundle, "bundle.pem to show to mirrors that ask"
    )
        ->type_name("FILE");
    verb.add_option("--days", choice->days, "How far back mirrors are asked")
        ->check(CLI::Range(1U, 4000U))
        ->capture_default_str();
    program.set_action(verb, [choice](Console& console) { return collect(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
