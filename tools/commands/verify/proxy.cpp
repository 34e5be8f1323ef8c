// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/stop_signal.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/proxy_house.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::verify_commands {

namespace {

struct ProxyVerbOptions : ProxyOptions {
    std::string listen = "127.0.0.1:0";
    std::string url_file;
};

Result<ExitCode> serve_proxy(const ProxyVerbOptions& options, Console& console) {
    HG_TRY(const auto endpoint, parse_endpoint(options.listen));
    HG_TRY(const auto house, ProxyHouse::open(options, endpoint, console));
    auto& proxy = house->proxy();
    const StopSignal stop_signal(console, [&proxy] { proxy.stop(); });
    const std::string index = proxy.url() + "simple/";
    if (!options.url_file.empty()) {
        // The path is the proxy's only secret.
        HG_CHECK(
            write_file_atomically(options.url_file, bytes_of(index + "\n"), FileAccess::owner_only)
        );
    }
    // Whoever wants the secret in a file does not want it on a terminal or in a log.
    const bool shown = options.url_file.empty();
    const std::string server = index.substr(0, index.find('/', std::string_view("http://").size()));
    console.say(
        "verifying proxy at " +
        (shown ? index : server + "/, its whole URL in " + options.url_file) + " until Ctrl-C"
    );
    console.present(JsonObject{
        {"index_url", shown ? JsonValue(index) : JsonValue()}, {"port", proxy.port()}});
    HG_CHECK(proxy.run());
    const auto counts = proxy.counts();
    console.say(
        "stopped: verified " + counted(counts.pages_verified, "page") + " and " +
        counted(counts.files_verified, "file") + ", refused " + std::to_string(counts.refused)
    );
    return ExitCode::done;
}

}  // namespace

void add_proxy(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"proxy",
         "Serve an index on this machine's loopback that gives out only what was verified, until "
         "stopped.",
         "verify proxy --listen 127.0.0.1:8381 --url-file index-url\n"
         "pip install --index-url \"$(cat index-url)\" wheel"}
    );
    auto options = std::make_shared<ProxyVerbOptions>();
    verb.add_option(
            "--listen", options->listen, "Loopback address and port; port 0 lets the kernel choose"
    )
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    verb.add_option(
            "--url-file",
            options->url_file,
            "Write the URL of the index here once it is open, and show it nowhere else"
    )
        ->type_name("FILE");
    add_proxy_options(verb, *options);
    program.set_action(verb, [options](Console& console) {
        return serve_proxy(*options, console);
    });
}

}  // namespace heliograph::tools::verify_commands
