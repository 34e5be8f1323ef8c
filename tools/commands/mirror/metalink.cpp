// SPDX-License-Identifier: Apache-2.0
// `mirror metalink`: where a published file is to be had, for download managers.
#include <mirror/discovery/metalink.hpp>
#include <mirror/publish/mirrors_publisher.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::mirror_commands {

namespace {

struct MetalinkOptions {
    std::shared_ptr<std::string> folder;
    std::string file;
    std::vector<std::string> mirrors;
    std::string output;
};

Result<std::vector<mirror::ListedMirror>> mirrors_for(
    const MetalinkOptions& options,
    const mirror::MirrorFolder& folder,
    const mirror::Catalog& catalog
) {
    std::vector<mirror::ListedMirror> mirrors;
    for (const auto& named : options.mirrors) {
        HG_TRY(auto mirror, usage_fault(mirror::parse_listed_mirror(named)));
        mirrors.push_back(std::move(mirror));
    }
    if (!mirrors.empty()) {
        return mirrors;
    }
    HG_TRY(const auto published, local_fault(mirror::published_mirrors(catalog)));
    if (published) {
        for (const auto& mirror : published->mirrors) {
            HG_TRY(auto url, mirror::parse_base_url(mirror.url));
            mirrors.push_back(
                {.url = std::move(url), .priority = mirror.priority, .region = mirror.region}
            );
        }
        return mirrors;
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected mirrors that have the file, " + folder.path().string() +
            " publishes no list of them; name them with --mirror"
    );
}

std::string small(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

Result<mirror::MetalinkFile> describe(
    const mirror::FileRecord& record, const std::vector<mirror::ListedMirror>& mirrors
) {
    mirror::MetalinkFile file{
        .name = record.path.name().text(),
        .size_bytes = record.size_bytes,
        .sha256 = record.path.digest()};
    for (const auto& mirror : mirrors) {
        HG_TRY(auto url, mirror.url.resolve(record.path.absolute().substr(1)));
        file.urls.push_back(
            {.url = std::move(url),
             .priority = mirror.priority + 1,
             .location = small(mirror.region)}
        );
    }
    return file;
}

Result<ExitCode> write_metalink(const MetalinkOptions& options, Console& console) {
    HG_TRY(const auto name, usage_fault(verify::parse_dist_file_name(options.file)));
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(const auto record, catalog->file_named(name));
    HG_TRY(const auto mirrors, mirrors_for(options, folder, *catalog));
    HG_TRY(auto file, describe(record, mirrors));
    const auto text = mirror::render_metalink({{std::move(file)}});
    if (options.output.empty()) {
        console.write(text);
    } else {
        HG_CHECK(output_fault(write_file_atomically(options.output, bytes_of(text))));
        console.say("wrote " + options.output);
    }
    console.present(JsonObject{
        {"file", options.output.empty() ? JsonValue() : JsonValue(options.output)},
        {"sha256", record.path.digest().to_hex()},
        {"size", record.size_bytes},
        {"mirrors", mirrors.size()}});
    return ExitCode::done;
}

}  // namespace

void add_metalink(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"metalink",
         "Write a metalink (RFC 5854) of a published file: size, hash, and where mirrors have it.",
         "mirror metalink --dir master wheel-0.38.4-py3-none-any.whl -o wheel.meta4\n"
         "mirror metalink --dir master wheel-0.38.4-py3-none-any.whl --mirror https://a.example/"}
    );
    auto options = std::make_shared<MetalinkOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("file", options->file, "The file's name in the index")
        ->type_name("NAME")
        ->required();
    verb.add_option(
            "--mirror",
            options->mirrors,
            "A mirror that has it, perhaps with priority and region behind the URL; repeatable "
            "[those of the signed list]"
    )
        ->type_name("MIRROR");
    verb.add_option("-o,--output", options->output, "Where to write it [standard output]")
        ->type_name("FILE");
    program.set_action(verb, [options](Console& console) {
        return write_metalink(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
