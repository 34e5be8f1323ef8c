// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/issued_report.hpp>
#include <tools/commands/pki/shell_word.hpp>

namespace heliograph::tools::pki_commands {

namespace {

std::string_view next_step(const IssuedStory& story) {
    const std::string& kind = story.kind;
    if (kind == "server" || kind == "peer") {
        return "mirror serve --tls ";
    }
    if (kind == "client") {
        return "curl --cert ";
    }
    if (kind == "signer") {
        const bool has_pages = story.verb == "renewed" || story.verb == "rekeyed";
        return has_pages ? "mirror resign --signer " : "mirror init --signer ";
    }
    if (kind == "recipient") {
        return "pki open --key ";
    }
    return "";
}

std::filesystem::path bundle_of(const pki::Issued& issued) {
    return issued.folder / "bundle.pem";
}

bool has_key(const pki::Issued& issued) {
    return issued.key != pki::IssuedKey::elsewhere;
}

}  // namespace

void say_issued(Console& console, const IssuedStory& story, const pki::Issued& issued) {
    console.say(
        story.verb + " the " + story.kind + " certificate " + story.name + ", valid until " +
        format_rfc3339(issued.certificate.not_after())
    );
    console.say("serial " + issued.certificate.serial_hex());
    for (const std::string& identity : issued.certificate.uris()) {
        console.say("identity " + identity);
    }
    if (!has_key(issued)) {
        console.say("files in " + issued.folder.string() + ": cert.pem, chain.pem");
        return;
    }
    console.say(
        "files in " + issued.folder.string() +
        ": key.pem and bundle.pem (private), cert.pem, chain.pem"
    );
    if (issued.key == pki::IssuedKey::encrypted) {
        console.say(
            "its key is encrypted; for programs that cannot ask for the passphrase: pki export "
            "pem " +
            story.name + " --out FILE"
        );
    }
    const bool opens = issued.key == pki::IssuedKey::plain || story.kind == "recipient" ||
                       story.kind == "client";  // pki open and curl ask.
    const auto step = next_step(story);
    if (!step.empty() && opens) {
        console.say("use it with: " + std::string(step) + shell_word(bundle_of(issued).string()));
    }
}

JsonObject json_of_issued(const IssuedStory& story, const pki::Issued& issued) {
    return {
        {"kind", story.kind},
        {"name", story.name},
        {"serial", issued.certificate.serial_hex()},
        {"fingerprint", issued.certificate.fingerprint().to_hex()},
        {"not_before", format_rfc3339(issued.certificate.not_before())},
        {"not_after", format_rfc3339(issued.certificate.not_after())},
        {"folder", issued.folder.string()},
        {"key_encrypted", issued.key == pki::IssuedKey::encrypted},
        {"bundle", has_key(issued) ? JsonValue(bundle_of(issued).string()) : JsonValue()}};
}

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
        {"issuer_serial", entry.issuer_serial},
        {"revoked_at", std::move(revoked_at)},
        {"reason", std::move(reason)}};
}

}  // namespace heliograph::tools::pki_commands
