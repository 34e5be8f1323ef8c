// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/pkcs12.hpp>
#include <tools/cli/terminal.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

enum class Form { p12, pem, der };

struct ExportOptions {
    Form form = Form::pem;
    std::shared_ptr<AuthorityOption> folder;
    std::shared_ptr<PassphraseOptions> passphrase;      // Of what is written.
    std::shared_ptr<PassphraseOptions> key_passphrase;  // Of the key that is read.
    std::string name;
    std::string output;
    std::string stretching = "scrypt";
    const CLI::App* verb = nullptr;
    bool with_root = false;
    bool without_key = false;
    bool key_alone = false;
};

// What is written: all of it is wiped, since most of it is a key.
struct Exported {
    SecretBytes bytes;
    FileAccess access = FileAccess::owner_only;
    bool is_text = false;
    bool is_encrypted = false;

    [[nodiscard]] bool holds_key() const { return access == FileAccess::owner_only; }
};

struct Subject {
    const pki::Authority& authority;
    pki::LedgerEntry entry;
    pki::Certificate certificate;

    std::vector<pki::Certificate> above;  // What is sent along, then the root.

    [[nodiscard]] std::vector<pki::Certificate> chain(bool with_root) const {
        std::vector<pki::Certificate> all{certificate};
        all.insert(all.end(), above.begin(), above.end());
        if (!with_root && all.size() > 1) {
            all.pop_back();
        }
        return all;
    }
};

Result<pki::PrivateKey> key_of(const ExportOptions& options, const Subject& subject) {
    return subject.authority.key_of(
        subject.entry,
        passphrase_source(*options.key_passphrase, "the key of " + subject.entry.name)
    );
}

SecretBytes joined(ByteSpan first, ByteSpan second) {
    SecretBytes all(first.size() + second.size());
    const auto middle = std::copy(first.begin(), first.end(), all.writable().begin());
    std::copy(second.begin(), second.end(), middle);
    return all;
}

Result<Exported> as_p12(const ExportOptions& options, const Subject& subject) {
    HG_TRY(pki::PrivateKey key, key_of(options, subject));
    HG_TRY(
        const auto credential,
        pki::Credential::combine(std::move(key), subject.chain(options.with_root))
    );
    HG_TRY(const SecretBytes passphrase, new_passphrase(*options.passphrase, "the new file"));
    HG_TRY(const Bytes archive, pki::make_pkcs12(credential, subject.entry.name, passphrase));
    return Exported{.bytes = SecretBytes(archive), .is_encrypted = true};
}

// Encrypted exactly when a passphrase was named, as with the keys of the authority.
Result<SecretBytes> key_pem(const ExportOptions& options, const pki::PrivateKey& key) {
    if (!options.passphrase->given()) {
        return key.to_pem();
    }
    HG_TRY(const SecretBytes passphrase, read_passphrase(*options.passphrase));
    HG_TRY(const auto stretching, pki::parse_key_stretching(options.stretching));
    HG_TRY(const std::string locked, pki::lock_private_key(key, passphrase, stretching));
    return SecretBytes(bytes_of(locked));
}

Result<SecretBytes> key_der(const ExportOptions& options, const pki::PrivateKey& key) {
    if (!options.passphrase->given()) {
        return key.to_der();
    }
    HG_TRY(const SecretBytes pem, key_pem(options, key));
    HG_TRY(const auto block, pki::PemReader(text_of(pem.expose())).next());
    HG_ASSERT(block.has_value());
    HG_TRY(const Bytes der, block->decode());
    return SecretBytes(der);
}

Result<Exported> as_pem(const ExportOptions& options, const Subject& subject) {
    const std::string chain = pki::render_pem_list(subject.chain(options.with_root));
    if (options.without_key) {
        return Exported{
            .bytes = SecretBytes(bytes_of(chain)), .access = FileAccess::everyone, .is_text = true};
    }
    HG_TRY(const pki::PrivateKey key, key_of(options, subject));
    HG_TRY(const SecretBytes pem, key_pem(options, key));
    return Exported{
        .bytes = joined(pem.expose(), bytes_of(chain)),
        .is_text = true,
        .is_encrypted = options.passphrase->given()};
}

Result<Exported> as_der(const ExportOptions& options, const Subject& subject) {
    if (!options.key_alone) {
        return Exported{
            .bytes = SecretBytes(subject.certificate.to_der()), .access = FileAccess::everyone};
    }
    HG_TRY(const pki::PrivateKey key, key_of(options, subject));
    HG_TRY(SecretBytes der, key_der(options, key));
    return Exported{.bytes = std::move(der), .is_encrypted = options.passphrase->given()};
}

Result<Exported> render(const ExportOptions& options, const Subject& subject) {
    switch (options.form) {
        case Form::p12:
            return as_p12(options, subject);
        case Form::pem:
            return as_pem(options, subject);
        case Form::der:
            break;
    }
    return as_der(options, subject);
}

// Before a passphrase is asked for and a key is read.
Outcome check_output(const ExportOptions& options, const Console& console) {
    if (options.form != Form::p12 && !options.passphrase->given()) {
        HG_TRY(const auto stretching, pki::parse_key_stretching(options.stretching));
        HG_CHECK(refuse_needless(*options.verb, "--kdf", stretching));
    }
    if (!options.output.empty()) {
        return {};
    }
    if (console.format() == OutputFormat::json) {
        return Error(ErrorCode::invalid_argument, "expected --out with --json, saw none");
    }
    const bool certificates_in_text = options.form == Form::pem && options.without_key;
    if (is_terminal(StandardStream::output) && !certificates_in_text) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --out FILE or an output that is no terminal, saw a terminal, which shows no "
            "key and no binary file"
        );
    }
    return {};
}

std::string_view form_name(Form form) {
    switch (form) {
        case Form::p12:
            return "p12";
        case Form::pem:
            return "pem";
        case Form::der:
            break;
    }
    return "der";
}

Result<ExitCode> export_entry(const ExportOptions& options, Console& console) {
    HG_CHECK(check_output(options, console));
    const SystemClock clock;
    HG_TRY(const auto authority, open_authority(*options.folder, clock));
    HG_TRY(auto entry, authority.newest(options.name));
    HG_TRY(auto certificate, authority.certificate(entry.serial_hex));
    HG_TRY(auto above, authority.above(entry));
    const Subject subject{authority, std::move(entry), std::move(certificate), std::move(above)};
    const auto state = subject.entry.state(clock.now());
    if (state != pki::EntryState::valid) {
        console.warn(
            "the certificate " + subject.entry.serial_hex + " is " +
            std::string(pki::entry_state_name(state))
        );
    }
    HG_TRY(const Exported exported, render(options, subject));
    if (options.output.empty()) {
        console.write(text_of(exported.bytes.expose()));
        return ExitCode::done;
    }
    HG_CHECK(write_file_atomically(
        options.output, exported.bytes.expose(), exported.access, Replacement::refused
    ));
    console.say(
        "exported " + subject.entry.name + " (serial " + subject.entry.serial_hex +
        "): " + options.output + (exported.holds_key() ? ", which only you can read" : "")
    );
    if (exported.holds_key() && !exported.is_encrypted) {
        console.say("the key in it is not encrypted; --passphrase-file encrypts it");
    }
    console.present(JsonObject{
        {"form", form_name(options.form)},
        {"name", subject.entry.name},
        {"serial", subject.entry.serial_hex},
        {"fingerprint", subject.certificate.fingerprint().to_hex()},
        {"file", options.output},
        {"key", exported.holds_key()},
        {"encrypted", exported.is_encrypted}});
    return ExitCode::done;
}

struct FormText {
    Form form;
    std::string description;
    std::string examples;
};

CLI::App& add_form(
    Program& program,
    CLI::App& parent,
    const FormText& text,
    const std::shared_ptr<ExportOptions>& options
) {
    auto& verb = program.add_verb(
        parent, {std::string(form_name(text.form)), text.description, text.examples}
    );
    options->form = text.form;
    options->verb = &verb;
    options->folder = add_folder_option(verb);
    verb.add_option("name", options->name, "Name, of which the newest is taken, or serial")
        ->type_name("NAME|SERIAL")
        ->required();
    verb.add_option("-o,--out", options->output, "Where it goes; must not exist. Else the output")
        ->type_name("FILE");
    options->passphrase = add_passphrase_options(verb, "the exported key");
    options->key_passphrase =
        add_key_passphrase_options(verb, "opens the key here if it is encrypted [asked for]");
    program.set_action(verb, [options](Console& console) {
        return export_entry(*options, console);
    });
    return verb;
}

void add_root_flag(CLI::App& verb, ExportOptions& options) {
    verb.add_flag("--with-root", options.with_root, "Put the root behind the intermediate, too");
}

}  // namespace

void add_export(Program& program) {
    auto& parent = program.add_verb(
        program.root(), {"export", "Hand out what was issued in the form that a program wants.", ""}
    );
    auto p12 = std::make_shared<ExportOptions>();
    auto& archive = add_form(
        program,
        parent,
        {Form::p12,
         "Export key and chain as PKCS #12 (AES-256, PBKDF2, HMAC-SHA-256), for browsers, mail "
         "programs, Java and Windows.",
         "pki export p12 laptop -o laptop.p12 --passphrase-file passphrase\n"
         "pki export p12 laptop -o laptop.p12 --with-root"},
        p12
    );
    add_root_flag(archive, *p12);
    auto pem = std::make_shared<ExportOptions>();
    auto& text = add_form(
        program,
        parent,
        {Form::pem,
         "Export key and chain in one PEM file; the key is encrypted when a passphrase is named.",
         "pki export pem web -o web.pem\n"
         "pki export pem web --no-key > chain.pem"},
        pem
    );
    add_root_flag(text, *pem);
    add_stretching_option(text, "--kdf", pem->stretching);
    text.add_flag("--no-key", pem->without_key, "The certificates alone");
    auto der = std::make_shared<ExportOptions>();
    auto& binary = add_form(
        program,
        parent,
        {Form::der,
         "Export the certificate in DER, or its key (PKCS #8).",
         "pki export der web -o web.crt\n"
         "pki export der web --key -o web.key"},
        der
    );
    add_stretching_option(binary, "--kdf", der->stretching);
    binary.add_flag("--key", der->key_alone, "The private key instead of the certificate");
}

}  // namespace heliograph::tools::pki_commands
