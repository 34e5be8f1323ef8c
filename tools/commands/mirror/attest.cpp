// SPDX-License-Identifier: Apache-2.0
// `mirror attest`. PEP 740.
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct AttestOptions {
    std::shared_ptr<std::string> folder;
    std::string file;
    std::string provenance;
};

Result<ExitCode> attach_provenance(
    const AttestOptions& options, OpenMaster& master, Console& console
) {
    HG_TRY(const auto name, usage_fault(verify::parse_dist_file_name(options.file)));
    HG_TRY(const auto document, read_file(options.provenance, verify::limits::provenance_bytes));
    const SystemClock clock;
    auto publisher = master.publisher(clock, console.events());
    auto attested = publisher.attest(name, std::string(text_of(document)));
    if (!attested) {
        return std::move(attested).error().at(options.provenance);
    }
    JsonArray findings;
    for (const auto& finding : attested->verdict.findings()) {
        console.report(finding);
        findings.push_back(json_of(finding));
    }
    JsonObject answer{
        {"filename", name.text()},
        {"accepted", attested->verdict.accepted()},
        {"findings", std::move(findings)}};
    if (!attested->revision) {
        console.present(std::move(answer));
        return exit_code_of(attested->verdict);
    }
    const auto& revision = *attested->revision;
    const bool changed = revision.effect == mirror::Revision::Effect::changed;
    console.say(
        changed ? "attached the provenance of " + name.text() + ", serial " +
                      std::to_string(revision.serial.value)
                : "unchanged: " + name.text() + " has this provenance already"
    );
    answer.emplace_back("outcome", changed ? "changed" : "same");
    answer.emplace_back("serial", revision.serial.value);
    console.present(std::move(answer));
    return ExitCode::done;
}

}  // namespace

void add_attest(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"attest",
         "Attach a provenance object (PEP 740) to a published file; it must speak of this file.",
         "mirror attest --dir master hello_heliograph-1.0.0.tar.gz provenance.json"}
    );
    auto options = std::make_shared<AttestOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("file", options->file, "Name of the published file")
        ->type_name("NAME")
        ->required();
    verb.add_option("provenance", options->provenance, "The provenance object, JSON")
        ->type_name("FILE")
        ->required();
    program.set_action(verb, [options](Console& console) {
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return attach_provenance(*options, master, console);
        });
    });
}

}  // namespace heliograph::tools::mirror_commands
