// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/x509/credential.hpp>
#include <tools/cli/folder.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/source.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

#include <system_error>

namespace heliograph::tools {

namespace {

namespace fs = std::filesystem;

Result<verify::TrustBundle> read_trust(const fs::path& file) {
    HG_TRY(const auto text, read_file(file, verify::limits::trust_bundle_bytes));
    auto bundle = verify::parse_trust_bundle(text_of(text));
    if (!bundle) {
        return std::move(bundle).error().at(file.string());
    }
    return bundle;
}

}  // namespace

std::optional<fs::path> configured_file(std::string_view name) {
    const auto home = config_home();
    std::error_code ignored;
    if (!home || !fs::exists(*home / name, ignored)) {
        return std::nullopt;
    }
    return *home / name;
}

std::string configuration_place(std::string_view name) {
    const auto home = config_home();
    return home ? (*home / name).string() : std::string(name) + " in the configuration folder";
}

void add_trust_option(CLI::App& command, SourceOptions& options) {
    command
        .add_option(
            "--trust", options.trust, "Trust bundle of the index [trust.json in the config folder]"
        )
        ->type_name("FILE")
        ->envname("HELIOGRAPH_TRUST");
}

void add_tls_options(CLI::App& command, TlsFiles& files) {
    command
        .add_option("--ca", files.authorities, "Accept servers of this root too, PEM; repeatable")
        ->type_name("FILE");
    command
        .add_option("--client-cert", files.client_bundle, "bundle.pem to show to mirrors that ask")
        ->type_name("FILE");
}

void add_source_options(CLI::App& command, SourceOptions& options) {
    add_trust_option(command, options);
    command
        .add_option(
            "--mirrors",
            options.mirrors,
            "List of mirrors, one base URL a line, or dns:ZONE, whose names propose some; "
            "repeatable "
            "[the bundle's, else mirrors.txt in the config folder]"
        )
        ->type_name("FILE|URL|dns:ZONE")
        ->allow_extra_args(false)
        ->envname("HELIOGRAPH_MIRRORS");
    command
        .add_option(
            "--mirror-list",
            options.mirror_list,
            "List of mirrors that the publisher of the index signed; of those that URLs and zones "
            "given "
            "with --mirrors propose, only the ones in it are asked"
        )
        ->type_name("FILE|URL")
        ->envname("HELIOGRAPH_MIRROR_LIST");
    command
        .add_option(
            "--dns-server",
            options.dns_server,
            "Ask this name server about dns:ZONE, by its numeric address [the system's]"
        )
        ->type_name("ADDRESS[:PORT]")
        ->envname("HELIOGRAPH_DNS_SERVER");
    add_tls_options(command, options.tls);
}

Result<verify::TrustBundle> load_trust(const std::string& flag_value) {
    if (!flag_value.empty()) {
        return read_trust(flag_value);
    }
    if (const auto file = configured_file("trust.json")) {
        return read_trust(*file);
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a trust bundle, saw none; get one from the publisher of the index, compare its "
        "fingerprint, and name it with --trust FILE or put it at " +
            configuration_place("trust.json")
    );
}

Result<std::optional<pki::ClientContext>> make_client_context(
    const verify::TrustBundle& trust, const TlsFiles& files, const Clock& clock
) {
    pki::PeerPolicy policy{.roots = trust.roots, .revocation_lists = {}};
    for (const auto& file : files.authorities) {
        HG_TRY(const auto text, read_file(file, verify::limits::trust_bundle_bytes));
        auto roots = pki::Certificate::parse_pem_list(text_of(text), pki::chain_root_limit);
        if (!roots) {
            return std::move(roots).error().at(file);
        }
        policy.roots.insert(policy.roots.end(), roots->begin(), roots->end());
    }
    if (policy.roots.empty()) {
        return std::optional<pki::ClientContext>();
    }
    std::optional<pki::Credential> credential;
    if (!files.client_bundle.empty()) {
        HG_TRY(credential, local_fault(pki::Credential::load_bundle(files.client_bundle)));
    }
    pki::ClientContextRequest request{
        .policy = std::move(policy),
        .credential = credential ? &*credential : nullptr,
        .alpn = {},
        .clock = clock};
    HG_TRY(auto context, pki::ClientContext::make(request));
    return std::optional(std::move(context));
}

Result<std::vector<fs::path>> trust_state_paths(const verify::TrustBundle& trust) {
    const auto home = state_home();
    if (!home) {
        return Error(
            ErrorCode::invalid_argument,
            "expected HOME or XDG_STATE_HOME to be set, to remember the serials seen; neither is"
        );
    }
    std::vector<fs::path> paths;
    for (const auto& id : verify::authority_ids(trust)) {
        paths.push_back(*home / "trust-state" / (id.to_hex() + ".json"));
    }
    return paths;
}

}  // namespace heliograph::tools
