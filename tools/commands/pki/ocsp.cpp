// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/ocsp/responder.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/replaced_file.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

struct OcspOptions {
    std::shared_ptr<AuthorityOption> folder;
    unsigned days = 7;
    std::string request;
    std::string output;
};

Result<ExitCode> refresh(const OcspOptions& options, Console& console) {
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(*options.folder, clock));
    HG_TRY(const auto count, authority.refresh_ocsp(std::chrono::days(options.days)));
    const std::string place = (authority.folder() / "ocsp").string();
    console.say("signed " + counted(count, "OCSP response") + " into " + place);
    console.present(JsonObject{{"responses", static_cast<std::int64_t>(count)}, {"folder", place}});
    return ExitCode::done;
}

Result<ExitCode> answer(const OcspOptions& options, Console& console) {
    HG_TRY(const Bytes request, read_file(options.request, pki::ocsp_request_limit_bytes));
    const SystemClock clock;
    HG_TRY(const auto authority, open_authority(*options.folder, clock));
    HG_CHECK(check_replaces_response(options.output, authority.folder()));
    HG_TRY(
        const Bytes response,
        authority.answer_ocsp_request(request, std::chrono::days(options.days))
    );
    HG_CHECK(write_file_atomically(options.output, response));
    const auto refusal = pki::ocsp_refusal(response);
    console.present(JsonObject{
        {"response", options.output},
        {"refusal", refusal ? JsonValue(std::string(*refusal)) : JsonValue()}});
    if (!refusal) {
        console.say("wrote the response to " + options.output);
        return ExitCode::done;
    }
    // A refusal is what an asker is to be sent, and seldom what the caller had in mind.
    console.fail(
        "expected an OCSP request about a certificate of this authority in " +
        visible(options.request) + ", saw " +
        (*refusal == "unauthorized" ? "one about others" : "no such request in DER") +
        "; wrote the refusal " + std::string(*refusal) + " to " + options.output
    );
    return ExitCode::evidence_false;
}

void add_days(CLI::App& verb, OcspOptions& options) {
    verb.add_option("--days", options.days, "Days until the next response must be there")
        ->check(CLI::Range(1, 30))
        ->capture_default_str();
}

}  // namespace

void add_ocsp(Program& program) {
    auto& parent = program.add_verb(
        program.root(), {"ocsp", "Say of certificates whether they are revoked (OCSP).", ""}
    );
    auto& refreshing = program.add_verb(
        parent,
        {"refresh",
         "Sign the responses of all certificates ahead, into ocsp/SERIAL.der.",
         "pki ocsp refresh --days 7"}
    );
    auto options = std::make_shared<OcspOptions>();
    options->folder = add_authority_options(refreshing);
    add_days(refreshing, *options);
    program.set_action(refreshing, [options](Console& console) {
        return refresh(*options, console);
    });
    auto& answering = program.add_verb(
        parent,
        {"answer",
         "Answer one request from a file.",
         "pki ocsp answer request.der --out response.der"}
    );
    auto asked = std::make_shared<OcspOptions>();
    asked->folder = add_authority_options(answering);
    answering.add_option("request", asked->request, "The request in DER")
        ->type_name("FILE")
        ->required();
    answering
        .add_option(
            "-o,--out", asked->output, "Where the response goes; only an older response is replaced"
        )
        ->type_name("FILE")
        ->required();
    add_days(answering, *asked);
    program.set_action(answering, [asked](Console& console) { return answer(*asked, console); });
}

}  // namespace heliograph::tools::pki_commands
