// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_filter_form.hpp>
#include <mirror/sync/scrub_note.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/filter_option.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/signer_state.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <iterator>

namespace heliograph::tools::mirror_commands {

namespace {

// So many parked projects are named; the others are counted.
constexpr std::size_t most_named = 100;

JsonValue json_of_pending(const mirror::PendingProject& pending) {
    return JsonObject{
        {"project", pending.project.text()},
        {"cause", mirror::pending_cause_name(pending.cause)},
        {"wanted_serial", pending.wanted.value},
        {"attempts", pending.attempts},
        {"since", format_rfc3339(pending.since)},
        {"last_try", format_rfc3339(pending.last_try)},
        {"next_try", format_rfc3339(pending.next_try)},
        {"reason", pending.reason}};
}

JsonValue text_or_null(const std::optional<Instant>& instant) {
    return instant ? JsonValue(format_rfc3339(*instant)) : JsonValue();
}

// All that is told, from a few indexed reads.
struct FolderStatus {
    mirror::CatalogState state;
    mirror::UpstreamState upstream;
    mirror::PendingOverview parked;
    std::uint64_t projects = 0;
    bool is_master = false;
    std::optional<std::size_t> wanted;  ///< So many projects were asked for; none: all.
    bool is_unsigned = false;           ///< Its upstream signs nothing.
    mirror::FileFilter files;
    std::vector<mirror::LeftOutCount> left_out;

    [[nodiscard]] std::uint64_t behind() const {
        return upstream.last_serial > state.last_serial
                   ? upstream.last_serial.value - state.last_serial.value
                   : 0;
    }
    [[nodiscard]] bool complete() const {
        return is_master || (state.last_modified && behind() == 0 && parked.total() == 0);
    }
};

Result<FolderStatus> read_status(const mirror::MirrorFolder& folder) {
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    FolderStatus status;
    status.is_master = folder.marker().role == mirror::MirrorRole::master;
    if (folder.marker().projects) {
        status.wanted = folder.marker().projects->size();
    }
    status.is_unsigned = folder.marker().unsigned_terms.has_value();
    HG_TRY(status.state, catalog->state());
    HG_TRY(status.upstream, catalog->upstream_state());
    HG_TRY(status.parked, catalog->pending_overview(most_named));
    status.files = folder.marker().files;
    HG_TRY(status.left_out, catalog->left_out_counts());
    HG_TRY(status.projects, catalog->project_count());
    return status;
}

// `complete`, or what is missing.
std::string verdict_line(const FolderStatus& status) {
    if (status.complete()) {
        const std::string wanted =
            status.wanted ? " (of " + counted(*status.wanted, "wanted project") + ")" : "";
        const std::string left_out = status.left_out.empty() ? "" : ", but for what is left out";
        return "complete: everything that the upstream showed is here" + wanted + left_out;
    }
    if (!status.state.last_modified) {
        return "not complete: no sync came to its end yet";
    }
    return "not complete: " + std::to_string(status.behind()) + " serials behind, " +
           counted(status.parked.total(), "project") + " parked (" +
           std::to_string(status.parked.refused) + " refused, " +
           std::to_string(status.parked.failed) + " failed, " + std::to_string(status.parked.gone) +
           " gone)";
}

void print_filter(const FolderStatus& status, Console& console) {
    for (const auto& line : describe_files(status.files)) {
        console.print("filter: " + line);
    }
    for (const auto& count : status.left_out) {
        console.print(
            "left out for " + std::string(mirror::leave_reason_name(count.reason)) + ": " +
            counted(count.files, "file") + ", " + format_size(count.bytes)
        );
    }
}

void print_withdrawals(const mirror::WithdrawalRecord& withdrawals, Console& console) {
    if (!withdrawals.last) {
        return;
    }
    console.print(
        "withdrawals: " + std::to_string(withdrawals.followed) + " followed, the last " +
        format_rfc3339(*withdrawals.last) + ", " + std::to_string(withdrawals.last_lag.count()) +
        " s after upstream, the slowest ever " + std::to_string(withdrawals.longest_lag.count()) +
        " s"
    );
}

JsonValue json_of_withdrawals(const mirror::WithdrawalRecord& withdrawals) {
    return JsonObject{
        {"followed", withdrawals.followed},
        {"last", text_or_null(withdrawals.last)},
        {"last_lag_seconds",
         withdrawals.last ? JsonValue(withdrawals.last_lag.count()) : JsonValue()},
        {"longest_lag_seconds",
         withdrawals.last ? JsonValue(withdrawals.longest_lag.count()) : JsonValue()}};
}

JsonValue json_of_left_out(const std::vector<mirror::LeftOutCount>& counts) {
    JsonArray listed;
    for (const auto& count : counts) {
        listed.push_back(JsonObject{
            {"reason", mirror::leave_reason_name(count.reason)},
            {"files", count.files},
            {"bytes", count.bytes}});
    }
    return listed;
}

void print_mirror(const FolderStatus& status, Console& console) {
    console.print(verdict_line(status));
    if (status.is_unsigned) {
        console.print("evidence: the upstream signs nothing; hashes and TLS only");
    }
    print_filter(status, console);
    print_withdrawals(status.upstream.withdrawals, console);
    const auto& upstream = status.upstream;
    if (upstream.answered) {
        console.print(
            "upstream: serial " + std::to_string(upstream.last_serial.value) + ", seen " +
            format_rfc3339(*upstream.answered)
        );
    }
    if (upstream.not_before) {
        console.print(
            "the upstream asked to be left alone until " + format_rfc3339(*upstream.not_before)
        );
    }
    for (const auto& project : status.parked.longest) {
        console.print(
            "parked: " + project.project.text() + ", " +
            std::string(mirror::pending_cause_name(project.cause)) + ", " +
            counted(project.attempts, "attempt") + " since " + format_rfc3339(project.since) +
            ", next " + format_rfc3339(project.next_try) + ": " + project.reason
        );
    }
    if (status.parked.total() > status.parked.longest.size()) {
        console.print(
            "and " + std::to_string(status.parked.total() - status.parked.longest.size()) +
            " more parked projects"
        );
    }
}

// Who signs, until when, and what there is to do about it.
Result<JsonObject> show_signers(const mirror::MirrorFolder& folder, Console& console) {
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(const auto state, read_signer_state(folder, *catalog, SystemClock().now()));
    for (const auto& signer : state.signers) {
        console.print(
            "pages are signed by " + signer.subject + ", until " +
            format_rfc3339(signer.not_after) + (signer.is_good ? "" : "; clients refuse it")
        );
    }
    JsonArray warnings;
    for (const auto& warning : state.warnings) {
        console.warn(warning);
        warnings.emplace_back(warning);
    }
    return JsonObject{{"signers", json_of_signers(state)}, {"warnings", std::move(warnings)}};
}

// What `mirror serve --scrub` found in its last whole round.
JsonValue show_scrub(const mirror::ScrubNote& note, Console& console) {
    std::string names;
    JsonArray damaged;
    for (const auto& project : note.damaged) {
        names += (names.empty() ? "" : ", ") + project;
        damaged.emplace_back(project);
    }
    const std::string looked_at = "check in the background: " + counted(note.projects, "project") +
                                  " from " + format_rfc3339(note.began) + " to " +
                                  format_rfc3339(note.ended);
    const std::string unsettled =
        note.unsettled_projects == 0
            ? ""
            : ", " + std::to_string(note.unsettled_projects) +
                  " not settled, since others changed them during every look";
    if (note.damaged_projects == 0) {
        console.print(looked_at + (unsettled.empty() ? ", sound" : unsettled));
    } else {
        console.print(
            looked_at + unsettled + ", " + std::to_string(note.damaged_projects) +
            " damaged: " + names + (note.damaged_projects > note.damaged.size() ? ", ..." : "") +
            "; look closer with: mirror verify"
        );
    }
    return JsonObject{
        {"began", format_rfc3339(note.began)},
        {"ended", format_rfc3339(note.ended)},
        {"projects", note.projects},
        {"stored_files", note.stored_files},
        {"bytes", note.bytes},
        {"damaged_projects", note.damaged_projects},
        {"unsettled_projects", note.unsettled_projects},
        {"damaged", std::move(damaged)}};
}

JsonValue json_of_mirror(const FolderStatus& status) {
    JsonArray longest;
    for (const auto& project : status.parked.longest) {
        longest.push_back(json_of_pending(project));
    }
    return JsonObject{
        {"complete", status.complete()},
        {"evidence", status.is_unsigned ? "hashes-and-tls" : "signatures"},
        {"wanted_projects", status.wanted ? JsonValue(*status.wanted) : JsonValue()},
        {"filter", mirror::json_of_file_filter(status.files)},
        {"left_out", json_of_left_out(status.left_out)},
        {"withdrawals", json_of_withdrawals(status.upstream.withdrawals)},
        {"behind", status.behind()},
        {"upstream_serial", status.upstream.last_serial.value},
        {"upstream_answered", text_or_null(status.upstream.answered)},
        {"upstream_not_before", text_or_null(status.upstream.not_before)},
        {"reconciled", text_or_null(status.upstream.reconciled)},
        {"parked",
         JsonObject{
             {"refused", status.parked.refused},
             {"failed", status.parked.failed},
             {"gone", status.parked.gone}}},
        {"pending", std::move(longest)}};
}

Result<ExitCode> show_status(const std::string& folder_flag, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(folder_flag));
    HG_TRY(const auto status, read_status(folder));
    const std::string modified =
        status.state.last_modified ? format_rfc3339(*status.state.last_modified) : "never";
    console.print(
        status.is_master
            ? "master in " + folder.path().string()
            : "mirror of " + folder.marker().upstream.value_or("") + " in " + folder.path().string()
    );
    console.print(
        counted(status.projects, "project") + ", serial " +
        std::to_string(status.state.last_serial.value)
    );
    if (status.state.checkpoint.value != 0) {
        console.print(
            "history: followers from serial " + std::to_string(status.state.checkpoint.value) +
            " on can go on by events"
        );
    }
    console.print((status.is_master ? "last publish: " : "last complete sync began: ") + modified);
    JsonObject document{
        {"dir", folder.path().string()},
        {"role", status.is_master ? "master" : "mirror"},
        {"upstream",
         status.is_master ? JsonValue() : JsonValue(folder.marker().upstream.value_or(""))},
        {"projects", status.projects},
        {"serial", status.state.last_serial.value},
        {"checkpoint", status.state.checkpoint.value},
        {"last_modified", text_or_null(status.state.last_modified)}};
    if (status.is_master) {
        HG_TRY(auto signers, show_signers(folder, console));
        std::move(signers.begin(), signers.end(), std::back_inserter(document));
    } else {
        print_mirror(status, console);
        const JsonValue mirror = json_of_mirror(status);
        document.insert(document.end(), mirror.if_object()->begin(), mirror.if_object()->end());
    }
    HG_TRY(const auto note, local_fault(mirror::load_scrub_note(folder.path() / "scrub.json")));
    document.emplace_back("scrub", note ? show_scrub(*note, console) : JsonValue());
    console.present(std::move(document));
    return ExitCode::done;
}

}  // namespace

void add_status(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"status",
         "Say what a folder holds, whether it is complete, how far behind it is, and what is "
         "parked and why; of a master, who signs its pages and until when.",
         "mirror status --dir mirror1"}
    );
    auto folder = add_folder_option(verb);
    add_status_set(program, verb, folder);
    program.set_action(verb, [folder](Console& console) { return show_status(*folder, console); });
}

}  // namespace heliograph::tools::mirror_commands
