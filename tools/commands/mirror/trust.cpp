// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/url.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct ExportOptions {
    std::shared_ptr<std::string> folder;
    std::string output;
    std::vector<std::string> mirrors;
};

// The bundle as the folder keeps it; with --mirror, the same with another list of mirrors.
Result<std::string> bundle_text(const ExportOptions& options) {
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    HG_TRY(const auto stored, read_file(folder.trust_path(), verify::limits::trust_bundle_bytes));
    if (options.mirrors.empty()) {
        return std::string(text_of(stored));
    }
    HG_TRY(auto bundle, verify::parse_trust_bundle(text_of(stored)));
    bundle.mirrors.clear();
    for (const auto& text : options.mirrors) {
        HG_TRY(const auto url, mirror::Url::parse(text));
        bundle.mirrors.push_back(url.to_string());
    }
    return verify::render_trust_bundle(bundle);
}

Result<ExitCode> export_bundle(const ExportOptions& options, Console& console) {
    HG_TRY(const auto text, bundle_text(options));
    const std::string fingerprint =
        verify::format_fingerprint(verify::trust_fingerprint(bytes_of(text)));
    if (options.output.empty()) {
        console.write(text);
    } else {
        HG_CHECK(write_file_atomically(options.output, bytes_of(text)));
        console.say("wrote the trust bundle to " + options.output);
        console.say("fingerprint, for people to compare: " + fingerprint);
    }
    console.present(JsonObject{
        {"file", options.output.empty() ? JsonValue() : JsonValue(options.output)},
        {"fingerprint", fingerprint}});
    return ExitCode::done;
}

}  // namespace

void add_trust(Program& program) {
    auto& trust = program.add_verb(
        program.root(), {"trust", "Give others what they need to check this index.", ""}
    );
    auto& verb = program.add_verb(
        trust,
        {"export",
         "Write the trust bundle: the one file that clients and mirrors pin.",
         "mirror trust export --dir master -o trust.json\n"
         "mirror trust export --dir master --mirror https://a.example/ --mirror https://b.example/"}
    );
    auto options = std::make_shared<ExportOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("-o,--output", options->output, "Where to write it [standard output]")
        ->type_name("FILE");
    verb.add_option("--mirror", options->mirrors, "A mirror that clients may use; repeatable")
        ->type_name("URL");
    program.set_action(verb, [options](Console& console) {
        return export_bundle(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
