// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/backup.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

#include <CLI/App.hpp>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace heliograph::tools::pki_commands {

namespace {

struct BackupOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::shared_ptr<PassphraseOptions> passphrase;
    std::string file;
};

Outcome check_is_there(const std::string& file) {
    std::error_code failure;
    if (!std::filesystem::exists(file, failure)) {
        return system_error(failure ? failure.value() : ENOENT, "open " + file);
    }
    return {};
}

Result<ExitCode> back_up(const BackupOptions& options, Console& console) {
    const SystemClock clock;
    // Nobody thinks of a passphrase for nothing, nor holds up others while thinking.
    HG_CHECK(open_authority_reader(*options.folder, clock));
    HG_TRY(const SecretBytes passphrase, new_passphrase(*options.passphrase, "the backup"));
    HG_TRY(const auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto report, pki::back_up(authority, options.file, passphrase));
    console.say(
        "backed up " + authority.folder().string() + ": " + counted(report.entries, "file") + ", " +
        format_size(report.size_bytes) + ", in " + options.file
    );
    if (report.device_keys > 0) {
        console.warn(
            std::string(report.device_keys == 1 ? "a key" : "the keys") +
            " of this authority cannot leave the device, and the backup only says where to look; "
            "keep the device, or a copy of what is in it, too"
        );
    }
    console.say("without the passphrase it is lost; keep both, and not in one place");
    console.present(JsonObject{
        {"file", options.file},
        {"dir", authority.folder().string()},
        {"entries", static_cast<std::int64_t>(report.entries)},
        {"size", static_cast<std::int64_t>(report.size_bytes)},
        {"device_keys", static_cast<std::int64_t>(report.device_keys)}});
    return ExitCode::done;
}

Result<ExitCode> restore(const BackupOptions& options, Console& console) {
    HG_TRY(const auto folder, find_authority_folder(options.folder->folder));
    HG_CHECK(check_is_there(options.file));
    const auto source = passphrase_source(*options.passphrase, options.file);
    HG_TRY(const SecretBytes passphrase, source());
    const SystemClock clock;
    HG_TRY(const auto report, pki::restore_authority(options.file, folder, passphrase, clock));
    const std::string made = format_rfc3339(report.made);
    console.say("restored " + report.root.subject_common_name() + " into " + folder.string());
    console.say("SHA-256 of the root: " + report.root.fingerprint().to_hex());
    console.say(
        "it is as of " + made +
        ": certificates issued or revoked later are not known to it; "
        "revoke again what must not be believed"
    );
    console.say("next: pki crl --dir " + folder.string());
    console.present(JsonObject{
        {"dir", folder.string()},
        {"name", report.root.subject_common_name()},
        {"fingerprint", report.root.fingerprint().to_hex()},
        {"made", made},
        {"entries", static_cast<std::int64_t>(report.entries)},
        {"list_number", static_cast<std::int64_t>(report.list_number)}});
    return ExitCode::done;
}

}  // namespace

void add_backup(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"backup",
         "Put all of the authority, keys and ledger included, into one file under a passphrase. "
         "Others may work meanwhile; they wait.",
         "pki backup /media/safe/pki.backup --passphrase-file passphrase"}
    );
    auto options = std::make_shared<BackupOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("file", options->file, "Where it goes; must not exist")
        ->type_name("FILE")
        ->required();
    options->passphrase = add_passphrase_options(verb, "the backup");
    program.set_action(verb, [options](Console& console) { return back_up(*options, console); });
}

void add_restore(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"restore",
         "Make an authority's folder from a backup, after all of it was checked. The numbers of "
         "its revocation lists go on above any that can have been given out since.",
         "pki restore /media/safe/pki.backup --dir /srv/pki --passphrase-file passphrase"}
    );
    auto options = std::make_shared<BackupOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("file", options->file, "The backup")->type_name("FILE")->required();
    options->passphrase = add_passphrase_options(verb, "the backup");
    program.set_action(verb, [options](Console& console) { return restore(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
