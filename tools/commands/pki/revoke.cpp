// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::pki_commands {

namespace {

struct RevokeOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string name_or_serial;
    std::string reason;
    bool all = false;
};

bool was_revoked(const std::vector<pki::LedgerEntry>& before, const pki::LedgerEntry& entry) {
    return std::any_of(before.begin(), before.end(), [&entry](const pki::LedgerEntry& row) {
        return row.serial_hex == entry.serial_hex && row.revoked_at.has_value();
    });
}

std::string words_for(const pki::LedgerEntry& entry, bool already) {
    const std::string which =
        "the " + entry.kind + " certificate " + entry.name + ", serial " + entry.serial_hex;
    if (!already) {
        return "revoked " + which;
    }
    const bool reasoned = *entry.reason != pki::RevocationReason::unspecified;
    return which + ", is revoked already, since " + format_rfc3339(*entry.revoked_at) +
           (reasoned ? ", for " + std::string(pki::revocation_reason_name(*entry.reason)) : "");
}

Result<ExitCode> revoke(const RevokeOptions& options, Console& console) {
    std::optional<pki::RevocationReason> reason;
    if (!options.reason.empty()) {
        HG_TRY(reason, pki::parse_revocation_reason(options.reason));
    }
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    const auto scope = options.all ? pki::RevokeScope::all_of_name : pki::RevokeScope::only_one;
    HG_TRY(const auto before, authority.find(options.name_or_serial));
    HG_TRY(const auto revoked, authority.revoke({options.name_or_serial, reason, scope}));
    JsonArray list;
    for (const auto& entry : revoked) {
        const bool already = was_revoked(before, entry);
        console.say(words_for(entry, already));
        if (entry.kind == "intermediate") {
            console.warn(
                "everything under " + entry.name +
                " has ended with it, and nothing is issued any more; make another with 'pki "
                "rollover start intermediate'"
            );
        }
        list.push_back(JsonObject{
            {"serial", entry.serial_hex},
            {"kind", entry.kind},
            {"name", entry.name},
            {"revoked_at", format_rfc3339(*entry.revoked_at)},
            {"reason", pki::revocation_reason_name(*entry.reason)},
            {"already", already}});
    }
    const std::string lists = (authority.folder() / "crl.pem").string();
    console.say("new revocation lists: " + lists + "; publish them with: mirror crl " + lists);
    console.present(JsonObject{{"revoked", std::move(list)}, {"crl", lists}});
    return ExitCode::done;
}

}  // namespace

void add_revoke(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"revoke",
         "Revoke a certificate by name or serial, and sign new lists. A name that has several "
         "valid "
         "certificates shows them; a serial or --all decides.",
         "pki revoke laptop --reason key-compromise\npki revoke laptop --all"}
    );
    auto options = std::make_shared<RevokeOptions>();
    options->folder = add_authority_options(verb);
    verb.add_option("name", options->name_or_serial, "Name or serial")
        ->type_name("NAME|SERIAL")
        ->required();
    verb.add_option(
        "--reason",
        options->reason,
        "unspecified, key-compromise, affiliation-changed, superseded, "
        "cessation-of-operation or privilege-withdrawn [unspecified]; also as RFC 5280 spells "
        "them, keyCompromise"
    );
    verb.add_flag("--all", options->all, "All valid certificates of the name");
    program.set_action(verb, [options](Console& console) { return revoke(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
