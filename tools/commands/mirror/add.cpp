// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/blame.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>

#include <CLI/App.hpp>

#include <filesystem>
#include <system_error>

namespace heliograph::tools::mirror_commands {

namespace {

struct AddOptions {
    std::shared_ptr<std::string> folder;
    std::vector<std::string> files;
};

std::string_view outcome_name(mirror::AddedFile::Outcome outcome) {
    return outcome == mirror::AddedFile::Outcome::published ? "published" : "same";
}

JsonValue json_of_added(const mirror::AddedFile& added) {
    const auto& name = added.record.path.name();
    return JsonObject{
        {"filename", name.text()},
        {"project", name.project().text()},
        {"version", name.version().text()},
        {"sha256", added.record.path.digest().to_hex()},
        {"size", added.record.size_bytes},
        {"outcome", outcome_name(added.outcome)},
        {"serial", added.serial.value}};
}

std::string sentence_of(const mirror::AddedFile& added) {
    const auto& name = added.record.path.name();
    const std::string what = name.text() + " (" + format_size(added.record.size_bytes) + ")";
    if (added.outcome == mirror::AddedFile::Outcome::same) {
        return "unchanged " + what +
               ": published already with this content; its stored copy was written anew";
    }
    return "published " + what + " as " + name.project().text() + " " + name.version().text() +
           ", serial " + std::to_string(added.serial.value);
}

// Told before anything is read: a word that is no distribution cannot be meant.
Outcome check_names(const AddOptions& options) {
    for (const auto& file : options.files) {
        const std::filesystem::path path(file);
        std::error_code unseen;
        if (std::filesystem::is_directory(path, unseen)) {
            return Error(
                ErrorCode::invalid_argument,
                "expected wheels and sdists, " + file +
                    " is a folder; all that lies below it: mirror import " + file
            );
        }
        const auto name = verify::parse_dist_file_name(path.filename().string());
        if (!name && name.error().code() == ErrorCode::unsupported) {
            return usage_fault(name).error();
        }
    }
    return {};
}

Result<ExitCode> add_files(const AddOptions& options, OpenMaster& master, Console& console) {
    const SystemClock clock;
    ProgressSink watched(
        console.events(),
        console.progress("publish", ProgressUnit::items),
        {"publish.plan", "files", "publish.file.taken", "file"}
    );
    auto publisher = master.publisher(clock, watched);
    HG_TRY(
        const auto added,
        publish_fault(publisher.add(
            std::vector<std::filesystem::path>(options.files.begin(), options.files.end())
        ))
    );
    watched.finish();
    JsonArray list;
    for (const auto& file : added) {
        console.say(sentence_of(file));
        list.push_back(json_of_added(file));
    }
    console.present(JsonObject{{"added", std::move(list)}});
    return ExitCode::done;
}

}  // namespace

void add_add(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"add",
         "Publish wheels and sdists on a master: all of them, or none.",
         "mirror add --dir master dist/*.whl dist/*.tar.gz"}
    );
    auto options = std::make_shared<AddOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("files", options->files, "Wheels (.whl) and sdists (.tar.gz, .zip)")
        ->type_name("FILE")
        ->required();
    program.set_action(verb, [options](Console& console) -> Result<ExitCode> {
        HG_CHECK(check_names(*options));
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return add_files(*options, master, console);
        });
    });
}

}  // namespace heliograph::tools::mirror_commands
