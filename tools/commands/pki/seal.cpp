// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/seal/sealed_file.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/key_usage.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct SealOptions {
    std::vector<std::string> to;
    std::string file;
    std::string out;
    std::string content_type = "application/octet-stream";
    bool any_usage = false;
};

Result<pki::Certificate> recipient_in(const std::string& file) {
    HG_TRY(const Bytes text, read_file(file, pki::certificate_limit_bytes * 16));
    auto certificates = pki::certificates_in(text_of(text));
    if (!certificates) {
        return std::move(certificates).error().at(file);
    }
    if (certificates->empty()) {
        return Error(ErrorCode::malformed, "expected a certificate in PEM, saw none").at(file);
    }
    // In a chain the first one is whose it is.
    return certificates->front();
}

Outcome check_usage(const pki::Certificate& certificate, const SealOptions& options) {
    if (options.any_usage || pki::permits_key_agreement(certificate)) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a certificate for key agreement, saw that of '" + certificate.subject() +
            "', whose key is for other uses; ask its owner for one, or seal to it all the same "
            "with --any-usage"
    );
}

// None when the certificate is valid now.
std::optional<std::string> staleness(const pki::Certificate& certificate, Instant now) {
    if (now < certificate.not_before()) {
        return "expected a certificate that is valid now, saw that of '" + certificate.subject() +
               "', which begins at " + format_rfc3339(certificate.not_before()) +
               "; look at the clock of this machine";
    }
    if (now > certificate.not_after()) {
        return "expected a certificate that is valid now, saw that of '" + certificate.subject() +
               "', which ended at " + format_rfc3339(certificate.not_after()) +
               "; ask its owner for the new one";
    }
    return std::nullopt;
}

Result<ExitCode> seal(const SealOptions& options, Console& console) {
    const SystemClock clock;
    const Instant now = clock.now();
    pki::SealRequest request{.recipients = {}, .content_type = options.content_type};
    JsonArray recipients;
    for (const auto& file : options.to) {
        HG_TRY(const pki::Certificate certificate, recipient_in(file));
        if (const auto sentence = staleness(certificate, now)) {
            console.fail(*sentence);
            return ExitCode::stale;
        }
        HG_CHECK(check_usage(certificate, options));
        request.recipients.push_back(certificate.public_key());
        recipients.push_back(JsonObject{
            {"subject", certificate.subject()}, {"fingerprint", certificate.fingerprint().to_hex()}}
        );
    }
    const std::string out = options.out.empty() ? options.file + ".sealed" : options.out;
    HG_TRY(const std::uint64_t size, pki::seal_file({options.file, out}, request));
    console.say(
        "sealed " + format_size(size) + " to " + counted(request.recipients.size(), "recipient") +
        ": " + out
    );
    console.present(JsonObject{
        {"file", out},
        {"size", static_cast<std::int64_t>(size)},
        {"content_type", options.content_type},
        {"recipients", std::move(recipients)}});
    return ExitCode::done;
}

}  // namespace

void add_seal(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"seal",
         "Seal a file of any size to the owners of certificates. It does not say who sealed it, "
         "and "
         "the certificates are taken as given: check them first.",
         "pki seal --to alice.crt report.pdf\n"
         "pki seal --to alice.crt --to bob.crt --type application/pdf --out report.sealed "
         "report.pdf"}
    );
    auto options = std::make_shared<SealOptions>();
    verb.add_option(
            "--to", options->to, "Certificate of a recipient in PEM, P-256 or X25519; repeatable"
    )
        ->type_name("CERT")
        ->required()
        ->allow_extra_args(false);
    verb.add_option("file", options->file, "What to seal")->type_name("FILE")->required();
    verb.add_option("--out", options->out, "Where it goes; must not exist. Else FILE.sealed")
        ->type_name("FILE");
    verb.add_option("--type", options->content_type, "Content type, which recipients are told")
        ->type_name("TYPE")
        ->capture_default_str();
    verb.add_flag(
        "--any-usage",
        options->any_usage,
        "Also seal to a certificate whose key usage is not key agreement, such as that of a client"
    );
    program.set_action(verb, [options](Console& console) { return seal(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
