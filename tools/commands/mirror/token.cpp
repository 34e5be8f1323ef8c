// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/upload_token.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <chrono>

namespace heliograph::tools::mirror_commands {

namespace {

// A publish holds the folder for a moment; a token can wait for that.
constexpr std::chrono::seconds token_patience{10};

struct TokenOptions {
    std::shared_ptr<std::string> folder;
    std::vector<std::string> projects;
    bool all_projects = false;
    std::string label;
    std::string id;
};

JsonValue json_of_token(const mirror::UploadToken& token) {
    JsonValue projects;
    if (token.projects) {
        JsonArray names;
        for (const auto& project : *token.projects) {
            names.push_back(project.text());
        }
        projects = std::move(names);
    }
    return JsonObject{
        {"id", token.id},
        {"projects", std::move(projects)},
        {"created", format_rfc3339(token.created)},
        {"label", token.label}};
}

std::string scope_of(const mirror::UploadToken& token) {
    if (!token.projects) {
        return "every project";
    }
    std::string names;
    for (const auto& project : *token.projects) {
        names += (names.empty() ? "" : ", ") + project.text();
    }
    return names;
}

Result<mirror::TokenRequest> request_of(const TokenOptions& options) {
    mirror::TokenRequest request{std::nullopt, options.label};
    if (!options.all_projects) {
        request.projects.emplace();
        for (const auto& text : options.projects) {
            HG_TRY(auto project, verify::parse_project_name(text));
            request.projects->push_back(std::move(project));
        }
    }
    return request;
}

Result<ExitCode> make_new(const TokenOptions& options, Console& console) {
    if (options.projects.empty() && !options.all_projects) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --project NAME (as often as needed) or --all-projects, saw neither"
        );
    }
    HG_TRY(const auto folder, open_master_folder(*options.folder));
    HG_TRY(const auto request, request_of(options));
    HG_TRY(const auto lock, folder.lock(token_patience));
    HG_TRY(auto tokens, local_fault(mirror::read_tokens(folder.path())));
    if (tokens.size() >= mirror::token_limits::tokens) {
        return Error(
            ErrorCode::invalid_argument,
            "expected at most 1000 tokens; revoke those that nobody uses (mirror token revoke)"
        );
    }
    const SystemClock clock;
    HG_TRY(const auto made, mirror::make_token(request, clock.now()));
    tokens.push_back(made.record);
    HG_CHECK(mirror::write_tokens(folder.path(), tokens));
    const std::string text(text_of(made.text.expose()));
    console.say(
        "made token " + made.record.id + " for " + scope_of(made.record) +
        "; it is shown this once: the password of the user __token__"
    );
    console.print(text);
    JsonObject document{{"token", text}};
    const JsonValue record = json_of_token(made.record);
    for (const auto& member : *record.if_object()) {
        document.push_back(member);
    }
    console.present(std::move(document));
    return ExitCode::done;
}

Result<ExitCode> list_tokens(const TokenOptions& options, Console& console) {
    HG_TRY(const auto folder, open_master_folder(*options.folder));
    HG_TRY(const auto tokens, local_fault(mirror::read_tokens(folder.path())));
    JsonArray list;
    for (const auto& token : tokens) {
        console.print(
            token.id + "  " + format_rfc3339(token.created) + "  " + scope_of(token) +
            (token.label.empty() ? "" : "  (" + token.label + ")")
        );
        list.push_back(json_of_token(token));
    }
    console.present(JsonObject{{"tokens", std::move(list)}});
    return ExitCode::done;
}

Result<ExitCode> revoke_token(const TokenOptions& options, Console& console) {
    HG_TRY(const auto folder, open_master_folder(*options.folder));
    HG_TRY(const auto lock, folder.lock(token_patience));
    HG_TRY(auto tokens, local_fault(mirror::read_tokens(folder.path())));
    const auto removed = std::erase_if(tokens, [&](const mirror::UploadToken& token) {
        return token.id == options.id;
    });
    if (removed == 0) {
        return Error(
            ErrorCode::not_found,
            "expected the id of a token of this master (see: mirror token list), there is no such "
            "token"
        );
    }
    HG_CHECK(mirror::write_tokens(folder.path(), tokens));
    console.say("revoked token " + options.id + "; its next upload is refused");
    console.present(JsonObject{{"revoked", options.id}});
    return ExitCode::done;
}

}  // namespace

void add_token(Program& program) {
    auto& group = program.add_verb(
        program.root(),
        {"token",
         "Make, list and revoke the tokens that may upload to a master.",
         "mirror token new --dir master --project wheel --label ci\n"
         "mirror token revoke --dir master 0123456789ab"}
    );
    auto options = std::make_shared<TokenOptions>();
    auto& fresh = program.add_verb(
        group,
        {"new",
         "Make a token and show it, this once.",
         "mirror token new --dir master --project wheel --project wheel-tools --label ci"}
    );
    options->folder = add_folder_option(group);
    auto* projects = fresh.add_option("--project", options->projects, "May upload to this project")
                         ->type_name("NAME");
    fresh.add_flag("--all-projects", options->all_projects, "May upload to every project")
        ->excludes(projects);
    fresh.add_option("--label", options->label, "What the token is for; shown in lists")
        ->type_name("TEXT");
    program.set_action(fresh, [options](Console& console) { return make_new(*options, console); });
    auto& list = program.add_verb(
        group, {"list", "List the tokens, without their secrets.", "mirror token list --dir master"}
    );
    program.set_action(list, [options](Console& console) {
        return list_tokens(*options, console);
    });
    auto& revoke = program.add_verb(
        group,
        {"revoke",
         "Revoke one token, also for a server that is running.",
         "mirror token revoke --dir master 0123456789ab"}
    );
    revoke.add_option("id", options->id, "The token's id")->type_name("ID")->required();
    program.set_action(revoke, [options](Console& console) {
        return revoke_token(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
