// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct IssueOptions {
    std::shared_ptr<std::string> folder;
    pki::IssueRequest request;
    std::optional<unsigned> days;
    std::string output;
};

std::string_view next_step(pki::LeafKind kind) {
    switch (kind) {
        case pki::LeafKind::server:
            return "mirror serve --tls ";
        case pki::LeafKind::client:
            return "curl --cert ";
        case pki::LeafKind::signer:
            return "mirror init --signer ";
    }
    return "";
}

Result<ExitCode> issue(const IssueOptions& options, Console& console) {
    pki::IssueRequest request = options.request;
    if (options.days) {
        request.days = std::chrono::days(*options.days);
    }
    if (!options.output.empty()) {
        request.folder = options.output;
    }
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto issued, authority.issue(request));
    const std::string kind(pki::leaf_kind_name(request.kind));
    const std::string bundle = (issued.folder / "bundle.pem").string();
    console.say(
        "issued the " + kind + " certificate " + request.name + ", valid until " +
        format_rfc3339(issued.certificate.not_after())
    );
    console.say("serial " + issued.certificate.serial_hex());
    console.say(
        "files in " + issued.folder.string() +
        ": key.pem and bundle.pem (private), cert.pem, chain.pem"
    );
    console.say("use it with: " + std::string(next_step(request.kind)) + bundle);
    console.present(JsonObject{
        {"kind", kind},
        {"name", request.name},
        {"serial", issued.certificate.serial_hex()},
        {"fingerprint", issued.certificate.fingerprint().to_hex()},
        {"not_before", format_rfc3339(issued.certificate.not_before())},
        {"not_after", format_rfc3339(issued.certificate.not_after())},
        {"folder", issued.folder.string()},
        {"bundle", bundle}});
    return ExitCode::done;
}

struct KindText {
    pki::LeafKind kind;
    std::string description;
    std::string examples;
};

void add_kind(Program& program, CLI::App& parent, const KindText& text) {
    auto& verb = program.add_verb(
        parent, {std::string(pki::leaf_kind_name(text.kind)), text.description, text.examples}
    );
    auto options = std::make_shared<IssueOptions>();
    options->request.kind = text.kind;
    options->folder = add_folder_option(verb);
    verb.add_option("name", options->request.name, "Names the certificate and its folder")
        ->required();
    if (text.kind == pki::LeafKind::server) {
        verb.add_option("--dns", options->request.dns, "A DNS name of the server; repeatable");
        verb.add_option("--ip", options->request.ip, "An address of the server; repeatable");
    }
    if (text.kind == pki::LeafKind::client) {
        verb.add_option(
            "--uri", options->request.uri, "The identity [spiffe://AUTHORITY/client/NAME]"
        );
    }
    verb.add_option("--days", options->days, "Days of validity [90, a signer 365]")
        ->check(CLI::Range(1, 3650));
    verb.add_option("--out", options->output, "Where the files go [issued/NAME in the authority]")
        ->type_name("DIR");
    program.set_action(verb, [options](Console& console) { return issue(*options, console); });
}

}  // namespace

void add_issue(Program& program) {
    auto& parent = program.add_verb(
        program.root(), {"issue", "Issue a certificate with a new private key.", ""}
    );
    add_kind(
        program,
        parent,
        {pki::LeafKind::server,
         "Issue a certificate for a server; the name itself is its DNS name when none is given.",
         "pki issue server localhost --dns localhost --ip 127.0.0.1\n"
         "pki issue server index --dns index.example.org --days 30"}
    );
    add_kind(
        program,
        parent,
        {pki::LeafKind::client,
         "Issue a certificate that a client proves itself with.",
         "pki issue client laptop"}
    );
    add_kind(
        program,
        parent,
        {pki::LeafKind::signer,
         "Issue a certificate that signs index pages.",
         "pki issue signer page-signer"}
    );
}

}  // namespace heliograph::tools::pki_commands
