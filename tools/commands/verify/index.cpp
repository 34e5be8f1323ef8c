// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/served_check.hpp>
#include <mirror/fleet/mirror_list.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/sample_seed.hpp>
#include <tools/commands/stop_signal.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/inspection.hpp>

#include <CLI/App.hpp>

#include <stop_token>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

struct IndexOptions {
    std::string url;
    std::vector<std::string> projects;
    std::size_t sample = 10;
    std::optional<std::uint64_t> seed;
    std::optional<unsigned> max_age_hours = 24;
    CheckOptions check;
};

Result<mirror::ServedCheckRequest> request_of(const IndexOptions& options) {
    auto base = mirror::parse_base_url(options.url);
    if (!base) {
        return Error(ErrorCode::invalid_argument, base.error().describe());
    }
    HG_TRY(const auto seed, sample_seed(options.seed));
    mirror::ServedCheckRequest request{
        .base = *std::move(base), .projects = {}, .sample_files = options.sample, .seed = seed};
    for (const auto& text : options.projects) {
        auto project = verify::parse_project_name(text);
        if (!project) {
            return Error(ErrorCode::invalid_argument, project.error().message());
        }
        request.projects.push_back(*std::move(project));
    }
    return request;
}

Result<ExitCode> check_index(const IndexOptions& options, Console& console) {
    HG_TRY(const auto inspection, Inspection::open(options.check, options.max_age_hours, console));
    HG_TRY(const auto request, request_of(options));
    const SystemClock clock;
    HG_TRY(const auto tls, make_client_context(inspection.trust(), options.check.tls, clock));
    HG_TRY(const auto transport, open_http_client());
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    const mirror::ClientBasis basis{
        .transport = *transport,
        .trust = inspection.trust(),
        .state = inspection.known(),
        .clock = clock,
        .policy = inspection.page_policy(),
        .tls = tls,
        .revoked = {},
        .stop = stop.get_token()};
    if (request.sample_files > 0) {
        console.tell(
            "the sample is drawn anew; --seed " + std::to_string(request.seed) + " repeats it"
        );
    }
    HG_TRY(auto checked, mirror::check_served(request, basis, inspection.demands()));
    return inspection.conclude("verify index", std::move(checked));
}

}  // namespace

void add_index(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"index",
         "Check a server of the index over the network: its pages and signatures, how fresh it is, "
         "and some of its files.",
         "verify index https://mirror.example/\n"
         "verify index https://mirror.example/ --project wheel --project pip --sample 5"}
    );
    auto options = std::make_shared<IndexOptions>();
    verb.add_option("url", options->url, "Its address, without simple/")
        ->type_name("URL")
        ->required();
    verb.add_option("--project", options->projects, "Only this one; repeatable [all of its list]")
        ->type_name("NAME");
    verb.add_option("--sample", options->sample, "So many files are downloaded and hashed")
        ->check(CLI::Range(0U, 100'000U))
        ->capture_default_str();
    verb.add_option(
        "--seed",
        options->seed,
        "Draw the sample of an earlier run again [one that no server can foretell]"
    );
    add_max_age_option(verb, options->max_age_hours)->default_str("24");
    add_demand_options(verb, options->check);
    add_tls_options(verb, options->check.tls);
    program.set_action(verb, [options](Console& console) {
        return check_index(*options, console);
    });
}

}  // namespace heliograph::tools::verify_commands
