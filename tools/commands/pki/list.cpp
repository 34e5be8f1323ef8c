// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

JsonValue json_of_entry(const pki::LedgerEntry& entry, Instant now) {
    JsonValue revoked_at;
    JsonValue reason;
    if (entry.revoked_at) {
        revoked_at = JsonValue(format_rfc3339(*entry.revoked_at));
    }
    if (entry.reason) {
        reason = JsonValue(pki::revocation_reason_name(*entry.reason));
    }
    return JsonObject{
        {"serial", entry.serial_hex},
        {"kind", entry.kind},
        {"name", entry.name},
        {"subject", entry.subject},
        {"state", pki::entry_state_name(entry.state(now))},
        {"not_before", format_rfc3339(entry.not_before)},
        {"not_after", format_rfc3339(entry.not_after)},
        {"fingerprint", entry.fingerprint_hex},
        {"revoked_at", std::move(revoked_at)},
        {"reason", std::move(reason)}};
}

std::string in_column(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

Result<ExitCode> list(const std::string& folder_flag, Console& console) {
    const SystemClock clock;
    HG_TRY(const auto authority, open_authority(folder_flag, clock));
    HG_TRY(const auto entries, authority.list());
    const Instant now = clock.now();
    JsonArray rows;
    for (const auto& entry : entries) {
        console.print(
            in_column(std::string(pki::entry_state_name(entry.state(now))), 9) +
            in_column(entry.kind, 13) + in_column(format_rfc3339(entry.not_after), 21) +
            in_column(entry.serial_hex, 33) + entry.name
        );
        rows.push_back(json_of_entry(entry, now));
    }
    console.present(JsonObject{{"certificates", std::move(rows)}});
    return ExitCode::done;
}

}  // namespace

void add_list(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"list",
         "List every certificate ever issued: state, kind, last day, serial, name.",
         "pki list\npki list --json"}
    );
    auto folder = add_folder_option(verb);
    program.set_action(verb, [folder](Console& console) { return list(*folder, console); });
}

}  // namespace heliograph::tools::pki_commands
