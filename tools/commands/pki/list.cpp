// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/issued_report.hpp>

#include <CLI/App.hpp>

#include <charconv>

namespace heliograph::tools::pki_commands {

namespace {

struct ListOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string expiring;
    bool revoked = false;
    std::string name;
};

std::string in_column(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

// `14d`, `36h`, or a bare number of days.
Result<std::chrono::hours> parse_span(const std::string& text) {
    int count = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
    if (read.ec == std::errc() && count >= 0 && count <= 36500 &&
        (unit == "d" || unit == "h" || unit.empty())) {
        return std::chrono::hours(unit == "h" ? count : count * 24);
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a time such as 14d or 36h, saw '" + text.substr(0, 40) + "'"
    );
}

void warn_of_lists(Console& console, pki::ListState state) {
    if (state == pki::ListState::behind) {
        console.warn("the revocation lists do not tell of every revocation yet; run pki crl");
    }
    if (state == pki::ListState::lost) {
        console.warn("crl.pem does not hold the lists that were signed last; run pki crl");
    }
    if (state == pki::ListState::clock) {
        console.warn("the revocation lists begin later than the clock says; check the clock");
    }
    if (state == pki::ListState::late || state == pki::ListState::over) {
        console.warn(
            state == pki::ListState::over
                ? "the revocation lists are expired, and who demands them refuses everybody; run "
                  "pki crl"
                : "the revocation lists expire soon; run pki crl"
        );
    }
}

Result<ExitCode> list(const ListOptions& options, Console& console) {
    const SystemClock clock;
    std::optional<std::chrono::hours> span;
    if (!options.expiring.empty()) {
        HG_TRY(span, parse_span(options.expiring));
    }
    HG_TRY(const auto authority, open_authority_reader(*options.folder, clock));
    HG_TRY(const auto entries, authority.list());
    HG_TRY(const auto lists, authority.list_state());
    warn_of_lists(console, lists);
    HG_TRY(const auto waiting, authority.waiting());
    for (const auto& hidden : waiting) {
        console.warn(
            "files of issued certificates wait in " + visible(hidden.string()) +
            "; the next command that issues puts them in place once that is free and there"
        );
    }
    const Instant now = clock.now();
    JsonArray rows;
    for (const auto& entry : entries) {
        const auto state = entry.state(now);
        const bool ends_soon =
            state == pki::EntryState::valid && span && entry.not_after <= now + *span;
        if ((span && !ends_soon) || (options.revoked && state != pki::EntryState::revoked)) {
            continue;
        }
        console.print(
            in_column(std::string(pki::entry_state_name(state)), 9) + in_column(entry.kind, 13) +
            in_column(format_rfc3339(entry.not_after), 21) + in_column(entry.serial_hex, 33) +
            entry.name
        );
        rows.push_back(json_of_entry(entry, now));
    }
    console.present(JsonObject{{"certificates", std::move(rows)}});
    return ExitCode::done;
}

Result<ExitCode> show(const ListOptions& options, Console& console) {
    const SystemClock clock;
    HG_TRY(const auto authority, open_authority_reader(*options.folder, clock));
    HG_TRY(const auto entries, authority.find(options.name));
    if (entries.empty()) {
        return Error(
            ErrorCode::not_found,
            "expected the name or serial of a certificate of this authority, saw one that the "
            "ledger does not know; 'pki list' shows them all"
        );
    }
    const Instant now = clock.now();
    JsonArray shown;
    for (const auto& entry : entries) {
        HG_TRY(const auto certificate, authority.certificate(entry.serial_hex));
        const std::string state(pki::entry_state_name(entry.state(now)));
        console.print("name:        " + entry.name);
        console.print("kind:        " + entry.kind);
        console.print(
            "state:       " + state +
            (entry.revoked_at ? " " + format_rfc3339(*entry.revoked_at) + ", " +
                                    std::string(pki::revocation_reason_name(*entry.reason))
                              : "")
        );
        console.print("serial:      " + entry.serial_hex);
        console.print("valid from:  " + format_rfc3339(entry.not_before));
        console.print("valid until: " + format_rfc3339(entry.not_after));
        console.print("SHA-256:     " + entry.fingerprint_hex);
        console.print("key:         " + certificate.public_key().description());
        for (const auto* names :
             {&certificate.dns_names(),
              &certificate.ip_addresses(),
              &certificate.uris(),
              &certificate.email_addresses()}) {
            for (const auto& name : *names) {
                console.print("vouches for: " + name);
            }
        }
        console.write(certificate.to_pem());
        shown.push_back(JsonObject{
            {"row", json_of_entry(entry, now)}, {"certificate", certificate.to_pem()}});
    }
    console.present(JsonObject{{"certificates", std::move(shown)}});
    return ExitCode::done;
}

}  // namespace

void add_list(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"list",
         "List every certificate ever issued: state, kind, last day, serial, name.",
         "pki list\npki list --expiring 14d\npki list --revoked --json"}
    );
    auto options = std::make_shared<ListOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("--expiring", options->expiring, "Only valid ones that end within this time")
        ->type_name("14d");
    verb.add_flag("--revoked", options->revoked, "Only revoked ones");
    program.set_action(verb, [options](Console& console) { return list(*options, console); });
}

void add_show(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"show",
         "Show all that the ledger knows of a name or serial, with the certificates.",
         "pki show localhost"}
    );
    auto options = std::make_shared<ListOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("name", options->name, "Name or serial")->type_name("NAME|SERIAL")->required();
    program.set_action(verb, [options](Console& console) { return show(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
