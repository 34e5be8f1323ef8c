// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/seal/sealed_file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/passphrase.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

#include <optional>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::uint64_t key_limit_bytes = 1024U * 1024U;
constexpr std::string_view sealed_suffix = ".sealed";

struct OpenOptions {
    std::string key;
    std::string file;
    std::string out;
    std::shared_ptr<PassphraseOptions> passphrase;
};

Result<std::string> output_of(const OpenOptions& options) {
    if (!options.out.empty()) {
        return options.out;
    }
    const std::string& file = options.file;
    if (file.size() > sealed_suffix.size() && file.ends_with(sealed_suffix)) {
        return file.substr(0, file.size() - sealed_suffix.size());
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a name that ends in .sealed, or --out with the name of the opened file, saw " +
            file
    );
}

std::string seal_defect_sentence(pki::SealDefect defect, const OpenOptions& options) {
    switch (defect) {
        case pki::SealDefect::malformed:
            return "expected " + options.file + " to be a sealed file, saw something else";
        case pki::SealDefect::not_a_recipient:
            return "expected " + options.file + " to be sealed to the key in " + options.key +
                   ", saw other recipients";
        case pki::SealDefect::altered:
            break;
    }
    return "expected " + options.file +
           " as it was sealed, saw one that is altered or cut short; get it again";
}

// Whatever is wrong with a key's file is this machine's matter, unless there is none; what is wrong
// with its passphrase is not told of the key.
Result<pki::PrivateKey> load_key(const OpenOptions& options) {
    HG_TRY(const SecretBytes text, local_fault(read_secret_file(options.key, key_limit_bytes)));
    const auto source = passphrase_source(*options.passphrase, options.key);
    std::optional<Error> no_passphrase;
    auto key = pki::unlock_private_key(text.expose(), [&]() -> Result<SecretBytes> {
        auto passphrase = source();
        if (!passphrase) {
            no_passphrase = passphrase.error();
        }
        return passphrase;
    });
    if (key) {
        return key;
    }
    if (no_passphrase) {
        return *no_passphrase;
    }
    return local_fault(
        Result<pki::PrivateKey>(std::move(key).error().at(options.key)), FileOrigin::own
    );
}

Result<ExitCode> open(const OpenOptions& options, Console& console) {
    HG_TRY(const std::string out, output_of(options));
    HG_TRY(const auto key, load_key(options));
    HG_TRY(const auto opening, pki::open_sealed_file({options.file, out}, key));
    if (opening.defect) {
        console.fail(seal_defect_sentence(*opening.defect, options));
        console.present(JsonObject{
            {"accepted", false}, {"defect", pki::seal_defect_name(*opening.defect)}});
        return ExitCode::evidence_false;
    }
    console.say("opened " + format_size(opening.size_bytes) + ": " + out);
    console.present(JsonObject{
        {"accepted", true},
        {"file", out},
        {"size", static_cast<std::int64_t>(opening.size_bytes)},
        {"content_type", opening.content_type}});
    return ExitCode::done;
}

}  // namespace

void add_open(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"open",
         "Open a file that was sealed to the owner of a key. Nothing appears under the final name "
         "before all of it was checked.",
         "pki open --key alice.key report.pdf.sealed\n"
         "pki open --key alice.key --out report.pdf download.bin"}
    );
    auto options = std::make_shared<OpenOptions>();
    verb.add_option(
            "--key", options->key, "Private key in PEM, which only its owner may be able to read"
    )
        ->type_name("FILE")
        ->required();
    verb.add_option("file", options->file, "The sealed file")->type_name("FILE")->required();
    verb.add_option(
            "-o,--out", options->out, "Where it goes; must not exist. Else FILE less .sealed"
    )
        ->type_name("FILE");
    options->passphrase = add_passphrase_options(verb, "the key");
    program.set_action(verb, [options](Console& console) { return open(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
