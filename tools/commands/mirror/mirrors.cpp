// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_list.hpp>
#include <mirror/publish/mirrors_publisher.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct BuildOptions {
    std::shared_ptr<std::string> folder;
    std::vector<std::string> mirrors;
    std::string list;
    std::string output;
    unsigned days = 90;
};

// Both ways to name mirrors, in one list as people write it.
Result<mirror::MirrorList> named_mirrors(const BuildOptions& options) {
    std::string text;
    if (!options.list.empty()) {
        HG_TRY(const auto bytes, read_file(options.list, verify::limits::mirror_list_bytes));
        text = std::string(text_of(bytes)) + "\n";
    }
    for (const auto& mirror : options.mirrors) {
        HG_TRY([[maybe_unused]] const auto sound, usage_fault(mirror::parse_listed_mirror(mirror)));
        text += mirror + "\n";
    }
    return usage_fault(mirror::parse_mirror_list(text));
}

Result<ExitCode> build(const BuildOptions& options, Console& console) {
    HG_TRY(const auto list, named_mirrors(options));
    HG_TRY(const auto folder, open_master_folder(*options.folder));
    HG_TRY(const auto trust, own_trust(folder));
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(const auto published, local_fault(mirror::published_mirrors(*catalog)));
    verify::MirrorsDocument document{
        .index = trust.name,
        .serial = published ? published->serial + 1 : 1,
        .expires = SystemClock().now() + std::chrono::days(options.days),
        .mirrors = {}};
    for (const auto& mirror : list.mirrors) {
        document.mirrors.push_back(
            {.url = mirror.url.to_string(),
             .priority = mirror.priority,
             .weight = mirror.weight,
             .region = mirror.region}
        );
    }
    const auto text = verify::render_mirrors_document(document);
    if (options.output.empty()) {
        console.write(text);
    } else {
        HG_CHECK(output_fault(write_file_atomically(options.output, bytes_of(text))));
        console.say(
            "wrote a list of " + counted(list.mirrors.size(), "mirror") + " to " + options.output +
            "; sign it with: mirror mirrors sign " + options.output
        );
    }
    console.present(JsonObject{
        {"file", options.output.empty() ? JsonValue() : JsonValue(options.output)},
        {"serial", document.serial},
        {"expires", format_rfc3339(document.expires)},
        {"mirrors", list.mirrors.size()}});
    return ExitCode::done;
}

Result<ExitCode> sign(const std::string& folder, const std::string& file, Console& console) {
    HG_TRY(const auto text, read_file(file, verify::mirrors_document_bytes));
    auto given = usage_fault(verify::parse_mirrors_document(text_of(text)));
    if (!given) {
        return std::move(given).error().at(file);
    }
    return with_master(folder, console, [&](OpenMaster& master) -> Result<ExitCode> {
        HG_TRY(const auto trust, own_trust(master.folder));
        if (given->index != trust.name) {
            return Error(
                       ErrorCode::refused,
                       "expected the list of mirrors of index '" + trust.name + "', saw that of '" +
                           given->index + "'; build it with this --dir"
            )
                .at(file);
        }
        const SystemClock clock;
        HG_TRY(
            const auto list, mirror::publish_mirrors(master.parts(clock, console.events()), text)
        );
        console.say(
            "published the list of " + counted(list.mirrors.size(), "mirror") + ", serial " +
            std::to_string(list.serial) + ", good until " + format_rfc3339(list.expires) +
            ", at /mirrors.json"
        );
        console.present(JsonObject{
            {"serial", list.serial},
            {"expires", format_rfc3339(list.expires)},
            {"mirrors", list.mirrors.size()}});
        return ExitCode::done;
    });
}

void add_build(Program& program, CLI::App& mirrors) {
    auto& verb = program.add_verb(
        mirrors,
        {"build",
         "Write a list of mirrors for this index, to be looked at and signed.",
         "mirror mirrors build --dir master --mirror https://a.example/ -o mirrors.json\n"
         "mirror mirrors build --dir master --mirrors mirrors.txt --days 30 -o mirrors.json"}
    );
    auto options = std::make_shared<BuildOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option(
            "--mirror",
            options->mirrors,
            "A mirror: its base URL, perhaps with priority, weight and region behind it, as in "
            "'https://a.example/ priority=1 weight=50 region=DE'; repeatable"
    )
        ->type_name("MIRROR");
    verb.add_option("--mirrors", options->list, "A list of such mirrors, one a line")
        ->type_name("FILE");
    verb.add_option("--days", options->days, "How long clients may believe it")
        ->type_name("N")
        ->check(CLI::Range(1U, 3650U))
        ->capture_default_str();
    verb.add_option("-o,--output", options->output, "Where to write it [standard output]")
        ->type_name("FILE");
    program.set_action(verb, [options](Console& console) { return build(*options, console); });
}

void add_sign(Program& program, CLI::App& mirrors) {
    auto& verb = program.add_verb(
        mirrors,
        {"sign",
         "Sign a list of mirrors and publish it at /mirrors.json, for `fetch --mirror-list`.",
         "mirror mirrors sign --dir master mirrors.json"}
    );
    auto folder = add_folder_option(verb);
    auto file = std::make_shared<std::string>();
    verb.add_option("file", *file, "What `mirror mirrors build` wrote")
        ->type_name("FILE")
        ->required();
    program.set_action(verb, [folder, file](Console& console) {
        return sign(*folder, *file, console);
    });
}

}  // namespace

void add_mirrors(Program& program) {
    auto& mirrors = program.add_verb(
        program.root(),
        {"mirrors",
         "Tell clients, signed, which mirrors there are.",
         "mirror mirrors build --dir master --mirror https://a.example/ -o mirrors.json\n"
         "mirror mirrors sign --dir master mirrors.json"}
    );
    add_build(program, mirrors);
    add_sign(program, mirrors);
}

}  // namespace heliograph::tools::mirror_commands
