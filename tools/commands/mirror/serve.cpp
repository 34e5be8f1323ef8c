// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/site.hpp>
#include <mirror/sync/background_scrub.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/tls/server_context.hpp>
#include <pki/x509/credential.hpp>
#include <tools/cli/event_log.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/endpoint.hpp>
#include <tools/commands/mirror/at_least_one.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/signer_state.hpp>
#include <tools/commands/mirror/upload_option.hpp>
#include <tools/commands/stop_signal.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

namespace heliograph::tools::mirror_commands {

namespace {

struct ServeOptions {
    std::shared_ptr<std::string> folder;
    std::string listen = "127.0.0.1:8443";
    std::string tls;
    bool plain = false;
    std::string client_root;
    std::vector<std::string> client_lists;
    std::string client_certificate;
    std::string port_file;
    unsigned threads = 0;
    bool no_statistics = false;
    std::optional<std::uint64_t> scrub_rate;
    std::shared_ptr<UploadFlags> uploads;
};

constexpr std::string_view requested = "requested";

Result<pki::ClientAuthentication> client_authentication(const ServeOptions& options) {
    HG_TRY(const auto root_pem, read_file(options.client_root, verify::limits::server_key_bytes));
    auto roots = pki::Certificate::parse_pem_list(text_of(root_pem), pki::chain_root_limit);
    if (!roots) {
        return std::move(roots).error().at(options.client_root);
    }
    pki::ClientAuthentication authentication;
    authentication.policy.roots = *std::move(roots);
    if (options.client_certificate == requested) {
        authentication.demand = pki::ClientCertificate::optional;
    }
    for (const auto& file : options.client_lists) {
        HG_TRY(const auto pem, read_file(file, verify::limits::revocation_bytes));
        auto lists =
            pki::RevocationList::parse_pem_list(text_of(pem), pki::chain_revocation_list_limit);
        if (!lists) {
            return std::move(lists).error().at(file);
        }
        auto& known = authentication.policy.revocation_lists;
        known.insert(known.end(), lists->begin(), lists->end());
        authentication.policy.revocation = pki::RevocationPolicy::required;
    }
    return authentication;
}

Result<std::optional<pki::ServerContext>> server_context(
    const ServeOptions& options, const Clock& clock
) {
    if (options.plain) {
        return std::optional<pki::ServerContext>();
    }
    HG_TRY(const auto credential, local_fault(pki::Credential::load_bundle(options.tls)));
    pki::ServerContextRequest request{.credential = credential, .clock = clock};
    if (!options.client_root.empty()) {
        HG_TRY(request.clients, client_authentication(options));
    }
    HG_TRY(auto context, pki::ServerContext::make(request));
    return std::optional(std::move(context));
}

std::string url_of(const Endpoint& endpoint, std::uint16_t port, const ServeOptions& options) {
    const bool is_v6 = endpoint.address.find(':') != std::string::npos;
    return std::string(options.plain ? "http://" : "https://") +
           (is_v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(port) +
           "/";
}

// A folder that cannot be written to is served all the same, and nothing is counted.
std::unique_ptr<mirror::AccessLedger> open_statistics(
    const mirror::MirrorFolder& folder,
    const ServeOptions& options,
    const Clock& clock,
    Console& console
) {
    if (options.no_statistics) {
        return nullptr;
    }
    auto ledger = mirror::AccessLedger::open(folder.path(), clock, &console.events());
    if (!ledger) {
        console.warn("downloads are not counted: " + ledger.error().describe());
        return nullptr;
    }
    return *std::move(ledger);
}

// Told with every verbosity: damage is found by nobody else.
Result<std::unique_ptr<mirror::BackgroundScrub>> begin_scrub(
    const mirror::MirrorFolder& folder,
    const ServeOptions& options,
    const Clock& clock,
    EventSink& log
) {
    if (!options.scrub_rate) {
        return std::unique_ptr<mirror::BackgroundScrub>();
    }
    auto scrub = std::make_unique<mirror::BackgroundScrub>(
        folder, mirror::BackgroundScrubOptions{.bytes_per_second = *options.scrub_rate}, clock, log
    );
    HG_CHECK(scrub->start());
    return scrub;
}

// What is there is served all the same.
void warn_of_a_full_disk(const mirror::MirrorFolder& folder, Console& console) {
    std::error_code unseen;
    const auto space = std::filesystem::space(folder.path(), unseen);
    if (!unseen && space.available == 0) {
        console.warn(
            "the disk under " + folder.path().string() +
            " is full: what is there is served and nothing can be published; free some space and "
            "start the server again, since no other command may be able to open the folder till "
            "then"
        );
    }
}

mirror::ServerOptions server_options(
    const ServeOptions& options, const Endpoint& endpoint, const Clock& clock, Console& console
) {
    mirror::ServerOptions server;
    server.address = endpoint.address;
    server.port = endpoint.port;
    server.threads =
        options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    server.clock = &clock;
    server.events = console.verbosity() == Verbosity::verbose ? &console.events() : nullptr;
    return server;
}

Result<ExitCode> serve(const ServeOptions& options, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    warn_of_a_full_disk(folder, console);
    HG_TRY(const auto endpoint, parse_endpoint(options.listen));
    if (options.plain && options.uploads->uploads) {
        HG_CHECK(check_plain_uploads(endpoint.address));
    }
    HG_CHECK(warn_of_signers(folder, console));
    const SystemClock clock;
    HG_TRY(auto tls, server_context(options, clock));
    mirror::SiteOptions site_options{.server = server_options(options, endpoint, clock, console)};
    site_options.server.tls = std::move(tls);
    using Scheme = mirror::UploadOptions::Scheme;
    HG_TRY(
        auto uploads,
        open_uploads(
            folder,
            *options.uploads,
            site_options.server.tls ? Scheme::https : Scheme::http,
            clock,
            console.events()
        )
    );
    if (uploads) {
        site_options.server.limits.streamed_body_bytes =
            mirror::UploadService::body_limit(options.uploads->limits());
        site_options.first_look = [&uploads](const mirror::HttpRequest& request) {
            return uploads->answer(request);
        };
    }
    const auto statistics = open_statistics(folder, options, clock, console);
    site_options.statistics = statistics.get();
    HG_TRY(auto site, local_fault(mirror::Site::open(folder, std::move(site_options))));
    const StopSignal stop_signal(console, [&site] { site.stop(); });
    if (statistics) {
        statistics->start();  // Not before: its thread must not be the one that signals end.
    }
    // Not before the signals' thread, either.
    const auto log = make_event_log();
    HG_TRY(const auto scrub, begin_scrub(folder, options, clock, *log));
    const std::string url = url_of(endpoint, site.port(), options);
    if (!options.port_file.empty()) {
        // Connections are queued from here on: who finds the file finds a server.
        HG_CHECK(
            write_file_atomically(options.port_file, bytes_of(std::to_string(site.port()) + "\n"))
        );
    }
    if (uploads) {
        console.say("taking uploads at " + url + "legacy/");
    }
    console.say("serving " + folder.path().string() + " at " + url + " until Ctrl-C");
    console.present(JsonObject{{"url", url}, {"port", site.port()}, {"dir", folder.path().string()}}
    );
    HG_CHECK(site.run());
    console.say("stopped");
    return ExitCode::done;
}

// Whoever demands client certificates, in the configuration file too, is served by no run that asks
// for none.
Outcome check_clients(const ServeOptions& options) {
    if (options.plain && !options.client_root.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --client-root FILE with --tls, saw it with --plain: without TLS no client "
            "shows a certificate"
        );
    }
    if (options.client_root.empty() && !options.client_certificate.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --client-root FILE with --client-certificate, saw none: without a root no "
            "client certificate is asked for"
        );
    }
    if (options.client_root.empty() && !options.client_lists.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --client-root FILE with --client-crl, saw none: without a root no client "
            "certificate is asked for"
        );
    }
    if (options.client_root.empty() &&
        (!options.uploads->roles.empty() || !options.uploads->role_file.empty())) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --client-root FILE with roles for uploads: they are roles of client "
            "certificates, and without a root none is asked for"
        );
    }
    return {};
}

Outcome check_meaning(const ServeOptions& options) {
    if (options.tls.empty() && !options.plain) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --tls BUNDLE (make one with: pki issue server NAME), or --plain for HTTP "
            "without TLS; saw neither"
        );
    }
    return check_clients(options);
}

}  // namespace

void add_serve(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"serve",
         "Serve the folder of a master or mirror over HTTPS until stopped.",
         "mirror serve --dir master --tls pki/issued/localhost/bundle.pem\n"
         "mirror serve --listen 127.0.0.1:0 --tls bundle.pem --port-file port\n"
         "mirror serve --dir master --tls bundle.pem --uploads"}
    );
    auto options = std::make_shared<ServeOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("--listen", options->listen, "Address and port; port 0 lets the kernel choose")
        ->type_name("ADDRESS:PORT")
        ->envname("HELIOGRAPH_LISTEN")
        ->capture_default_str();
    auto* tls = verb.add_option("--tls", options->tls, "bundle.pem of the server's certificate")
                    ->type_name("FILE")
                    ->envname("HELIOGRAPH_TLS");
    verb.add_flag("--plain", options->plain, "Serve HTTP without TLS")->excludes(tls);
    verb.add_option(
            "--client-root", options->client_root, "Demand client certificates of this root"
    )
        ->type_name("FILE");
    verb.add_option(
            "--client-certificate",
            options->client_certificate,
            "Whether a client has to show one: required turns all others away; requested lets them "
            "read, and upload with a token, and refuses a certificate that is not good [required]"
    )
        ->check(CLI::IsMember({"required", "requested"}));
    verb.add_option(
            "--client-crl", options->client_lists, "Revocation lists for client certificates"
    )
        ->type_name("FILE");
    verb.add_option("--port-file", options->port_file, "Write the port here once it is open")
        ->type_name("FILE");
    verb.add_option("--threads", options->threads, "Event loops [one a core]")
        ->check(CLI::Range(1, 256));
    verb.add_flag(
        "--no-statistics",
        options->no_statistics,
        "Count no downloads (else by project, file and name of the client, a file a day at "
        "/local-stats/days/)"
    );
    verb.add_option(
            "--scrub",
            options->scrub_rate,
            "Check what is stored as mirror verify does, in the background, once a day, and read "
            "at most so many bytes a second; damage is told on standard error and by mirror status"
    )
        ->type_name("BYTES")
        ->check(at_least_one());
    options->uploads = add_upload_options(verb);
    program.set_action(verb, [options](Console& console) -> Result<ExitCode> {
        HG_CHECK(check_meaning(*options));
        return serve(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
