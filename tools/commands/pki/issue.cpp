// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/pki/bulk.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/issued_report.hpp>
#include <tools/commands/pki/key_type_option.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace heliograph::tools::pki_commands {

namespace {

struct IssueOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::shared_ptr<pki::KeyType> key_type;
    std::shared_ptr<NewKeyOptions> key;
    pki::IssueRequest request;
    std::vector<std::string> names;
    std::optional<unsigned> days;
    std::string output;
    std::string list;
    std::string archive;
};

Result<pki::IssueRequest> template_of(const IssueOptions& options) {
    pki::IssueRequest request = options.request;
    request.key_type = *options.key_type;
    HG_TRY(request.key_lock, new_key_lock(*options.key));
    if (options.days) {
        request.days = std::chrono::days(*options.days);
    }
    return request;
}

Result<ExitCode> issue_list(const IssueOptions& options, Console& console) {
    if (!options.names.empty() || !options.request.dns.empty() || !options.request.ip.empty() ||
        !options.request.uri.empty() || !options.request.email.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected names in the list of --from or on the command line, saw both"
        );
    }
    HG_TRY(auto pattern, template_of(options));
    return issue_from_list(
        {*options.folder, options.list, options.output, options.archive, std::move(pattern)},
        console
    );
}

Result<std::vector<pki::IssueRequest>> requests_of(const IssueOptions& options) {
    std::vector<pki::IssueRequest> requests;
    // One passphrase for all.
    HG_TRY(const pki::IssueRequest pattern, template_of(options));
    for (const auto& name : options.names) {
        pki::IssueRequest request = pattern;
        request.name = name;
        if (!options.output.empty()) {
            const std::filesystem::path folder(options.output);
            request.folder = options.names.size() > 1 ? folder / name : folder;
        }
        requests.push_back(std::move(request));
    }
    return requests;
}

// How what cannot be a folder's name is given beside one; nothing for what can.
std::optional<std::string> advice_for(const std::string& name) {
    const std::string shown = "'" + visible(name) + "'";
    if (name.starts_with("*.")) {
        return "give the wildcard as a DNS name: NAME --dns " + shown;
    }
    if (name.find(':') != std::string::npos) {
        return "give an address beside it: NAME --ip " + shown;
    }
    const bool is_foreign = std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x7f;
    });
    if (is_foreign) {
        return "give an internationalised name as DNS has it, with labels xn--...";
    }
    return std::nullopt;
}

// A name is a folder's, too.
Outcome check_names(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (const auto advice = advice_for(name)) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a name for the certificate and its folder, saw '" + visible(name) +
                    "'; " + *advice
            );
        }
    }
    return {};
}

Result<ExitCode> issue(const IssueOptions& options, Console& console) {
    for (const auto& warning : {key_type_warning(*options.key_type), life_warning(options.days)}) {
        if (!warning.empty()) {
            console.warn(warning);
        }
    }
    if (!options.list.empty()) {
        return issue_list(options, console);
    }
    if (options.names.empty()) {
        return Error(ErrorCode::invalid_argument, "expected a name or --from LIST, saw neither");
    }
    if (!options.archive.empty()) {
        return Error(ErrorCode::invalid_argument, "expected --archive with --from only");
    }
    const bool several = options.names.size() > 1;
    const bool named = !options.request.dns.empty() || !options.request.ip.empty() ||
                       !options.request.uri.empty() || !options.request.email.empty();
    if (several && named) {
        return Error(
            ErrorCode::invalid_argument,
            "expected one name with --dns, --ip, --uri or --email, saw several; give a list with "
            "--from"
        );
    }
    HG_CHECK(check_names(options.names));
    HG_TRY(const auto requests, requests_of(options));
    HG_CHECK(ask_before_issue(*options.folder, requests));
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    const std::string kind(pki::leaf_kind_name(options.request.kind));
    HG_TRY(const auto issued, authority.issue(requests));
    JsonArray all;
    for (std::size_t i = 0; i < issued.size(); ++i) {
        const IssuedStory story{"issued", kind, options.names[i]};
        say_issued(console, story, issued[i]);
        all.push_back(json_of_issued(story, issued[i]));
    }
    // One certificate is one document, as it always was.
    console.present(several ? JsonValue(JsonObject{{"issued", std::move(all)}}) : all.front());
    return ExitCode::done;
}

struct KindText {
    pki::LeafKind kind;
    std::string_view description;
    std::string_view examples;
};

// Every kind takes them all; the gate says which a kind has no room for, and why.
void add_name_options(CLI::App& verb, pki::IssueRequest& request) {
    verb.add_option("--dns", request.dns, "A DNS name of a server or peer; repeatable");
    verb.add_option("--ip", request.ip, "An address of a server or peer; repeatable");
    verb.add_option(
        "--uri",
        request.uri,
        "The identity of a client, peer or server [spiffe://AUTHORITY/ROLE/NAME; a server's only "
        "with --role]"
    );
    verb.add_option("--role", request.role, "The role in the identity [the kind]");
    verb.add_option(
        "--email", request.email, "An e-mail address of a client or recipient; repeatable"
    );
}

constexpr std::array<KindText, 6> kinds{{
    {pki::LeafKind::server,
     "Issue a certificate for a server; the name itself is its DNS name when none is given.",
     "pki issue server localhost --dns localhost --ip 127.0.0.1\n"
     "pki issue server index --dns index.example.org --days 30\n"
     "pki issue server web --key-passphrase-file passphrase\n"
     "pki issue server --from list.jsonl --archive servers.tar"},
    {pki::LeafKind::client,
     "Issue a certificate that a client proves itself with.",
     "pki issue client laptop\npki issue client runner --role build"},
    {pki::LeafKind::peer,
     "Issue a certificate for a server that is a client of other servers too.",
     "pki issue peer node1 --dns node1.example.org --ip 10.0.0.7"},
    {pki::LeafKind::signer,
     "Issue a certificate that signs index pages.",
     "pki issue signer page-signer"},
    {pki::LeafKind::ocsp,
     "Issue a certificate that answers for the authority (OCSP).",
     "pki issue ocsp responder"},
    {pki::LeafKind::recipient,
     "Issue a certificate that files are sealed to ('pki seal'). Its key may agree on secrets "
     "and "
     "sign nothing, so that it proves nobody to be a client or server.",
     "pki issue recipient alice\npki issue recipient alice --email alice@example.org --days 90"},
}};

void add_kind(Program& program, CLI::App& parent, const KindText& text) {
    auto& verb = program.add_verb(
        parent,
        {std::string(pki::leaf_kind_name(text.kind)),
         std::string(text.description),
         std::string(text.examples)}
    );
    auto options = std::make_shared<IssueOptions>();
    auto& request = options->request;
    request.kind = text.kind;
    options->folder = add_authority_options(verb);
    verb.add_option("name", options->names, "Names the certificate and its folder; repeatable")
        ->type_name("NAME");
    const bool recipient = text.kind == pki::LeafKind::recipient;
    add_name_options(verb, request);
    options->key_type = add_key_type_option(verb, recipient ? KeyUse::agreement : KeyUse::signing);
    options->key = add_new_key_options(verb);
    verb.add_option(
            "--days", options->days, "Days of validity [90, signer and recipient 365, ocsp 30]"
    )
        ->check(CLI::Range(1, 3650));
    auto* output =
        verb.add_option(
                "-o,--out", options->output, "Where the files go [issued/NAME in the authority]"
        )
            ->type_name("DIR");
    auto* list = verb.add_option(
        "--from",
        options->list,
        "Issue many: one JSON object a line with name, and perhaps dns, ip, uri, email, role, days"
    );
    list->type_name("LIST.jsonl");
    verb.add_option("--archive", options->archive, "With --from: one tar file for all (mode 0600)")
        ->type_name("FILE.tar")
        ->needs(list)
        ->excludes(output);
    program.set_action(verb, [options](Console& console) { return issue(*options, console); });
}

}  // namespace

void add_issue(Program& program) {
    auto& parent = program.add_verb(
        program.root(), {"issue", "Issue certificates with new private keys.", ""}
    );
    // A tree of all kinds would cost a thirtieth of the time of one certificate.
    const auto wanted = program.word_behind_verb();
    const auto asked = std::find_if(kinds.begin(), kinds.end(), [&wanted](const KindText& text) {
        return wanted == pki::leaf_kind_name(text.kind);
    });
    for (const KindText& text : kinds) {
        if (asked == kinds.end() || text.kind == asked->kind) {
            add_kind(program, parent, text);
        }
    }
}

}  // namespace heliograph::tools::pki_commands
