// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/issued_report.hpp>
#include <tools/commands/pki/judgement.hpp>
#include <tools/commands/pki/key_type_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct SignOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string file;
    std::string kind = "server";
    std::string name;
    std::vector<std::string> uri;
    std::optional<unsigned> days;
    std::string output;
};

Result<pki::CertificateRequest> read_request(const std::string& file) {
    HG_TRY(const Bytes text, read_file(file, 2 * pki::request_limit_bytes));
    auto request = looks_like_der(text) ? pki::CertificateRequest::parse_der(text)
                                        : pki::CertificateRequest::parse_pem(text_of(text));
    if (!request) {
        return as_refused(request.error()).at(file);
    }
    return request;
}

Result<ExitCode> sign(const SignOptions& options, Console& console) {
    if (const auto warning = life_warning(options.days); !warning.empty()) {
        console.warn(warning);
    }
    HG_TRY(const auto kind, pki::parse_leaf_kind(options.kind));
    HG_TRY(auto parsed, read_request(options.file));
    pki::SignRequest request{
        .kind = kind, .request = std::move(parsed), .name = options.name, .uri = options.uri};
    if (options.days) {
        request.days = std::chrono::days(*options.days);
    }
    if (!options.output.empty()) {
        request.folder = options.output;
    }
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto issued, authority.sign(request));
    const IssuedStory story{"signed", options.kind, issued.folder.filename().string()};
    say_issued(console, story, issued);
    console.present(json_of_issued(story, issued));
    return ExitCode::done;
}

}  // namespace

void add_sign(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"sign",
         "Sign a request (PKCS #10) whose key was made elsewhere; its names pass the same rules.",
         "pki sign web.csr\npki sign laptop.csr --kind client --name laptop"}
    );
    auto options = std::make_shared<SignOptions>();
    options->folder = add_authority_options(verb);
    verb.add_option("request", options->file, "The request in PEM or DER")
        ->type_name("CSR")
        ->required();
    verb.add_option("--kind", options->kind, "server, client, peer, signer, ocsp or recipient")
        ->capture_default_str();
    verb.add_option(
        "--name", options->name, "Names the certificate and its folder [the common name]"
    );
    verb.add_option(
            "--uri", options->uri, "An identity that the request may name [the one for NAME]"
    )
        ->type_name("URI");
    verb.add_option(
            "--days", options->days, "Days of validity [90, signer and recipient 365, ocsp 30]"
    )
        ->check(CLI::Range(1, 3650));
    verb.add_option(
            "-o,--out", options->output, "Where the files go [issued/NAME in the authority]"
    )
        ->type_name("DIR");
    program.set_action(verb, [options](Console& console) { return sign(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
