// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_list.hpp>
#include <mirror/publish/master_setup.hpp>
#include <mirror/sync/mirror_setup.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/folder.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/filter_option.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct InitOptions {
    std::shared_ptr<std::string> folder;
    std::string upstream;
    std::string trust;
    bool is_unsigned = false;
    std::string tls_roots;
    std::vector<std::string> file_hosts;
    WantedChoice wanted;
    std::string signer;
    std::string root;
    std::vector<std::string> revocation_lists;
    std::string name;
};

std::string fingerprint_of(ByteSpan trust_bundle) {
    return verify::format_fingerprint(verify::trust_fingerprint(trust_bundle));
}

// As a user gives it: a PEM root is the likeliest mistake.
Result<Bytes> read_trust_bundle(const std::string& path) {
    HG_TRY(auto text, read_file(path, verify::limits::trust_bundle_bytes));
    if (text_of(text).starts_with("-----BEGIN")) {
        return Error(
            ErrorCode::malformed,
            "expected a trust bundle, which `mirror trust export` writes on the master, saw PEM "
            "in " +
                path
        );
    }
    auto bundle = verify::parse_trust_bundle(text_of(text));
    if (!bundle) {
        return std::move(bundle).error().at(path);
    }
    return text;
}

Result<ExitCode> init_as_mirror(const InitOptions& options, Console& console) {
    HG_TRY(const auto folder, find_mirror_folder(*options.folder));
    HG_TRY(auto upstream, usage_fault(mirror::parse_base_url(options.upstream)));
    HG_TRY(auto trust, read_trust_bundle(options.trust));
    const std::string fingerprint = fingerprint_of(trust);
    const std::string upstream_text = upstream.to_string();
    mirror::MirrorRequest request{
        .folder = folder, .upstream = std::move(upstream), .trust_bundle = std::move(trust)};
    HG_TRY(request.wanted, wanted_content(options.wanted, {}));
    HG_CHECK(mirror::init_mirror(request));
    console.say("made a mirror of " + upstream_text + " in " + folder.string());
    console.say("trust bundle: " + fingerprint);
    console.say("compare this fingerprint with the one that the publisher shows, then run:");
    console.say("  mirror sync --dir " + folder.string());
    console.present(JsonObject{
        {"dir", folder.string()},
        {"role", "mirror"},
        {"upstream", upstream_text},
        {"trust_fingerprint", fingerprint}});
    return ExitCode::done;
}

Result<mirror::MirrorRequest> unsigned_request(
    const InitOptions& options, std::filesystem::path folder, mirror::Url upstream
) {
    mirror::MirrorRequest request{
        .folder = std::move(folder), .upstream = std::move(upstream), .trust_bundle = {}};
    HG_TRY(request.wanted, wanted_content(options.wanted, {}));
    request.terms = mirror::UnsignedTerms{.file_hosts = options.file_hosts};
    if (!options.tls_roots.empty()) {
        request.terms->roots = mirror::TlsRoots::own;
        HG_TRY(request.tls_roots, read_file(options.tls_roots, verify::limits::trust_bundle_bytes));
    }
    return request;
}

Result<ExitCode> init_as_unsigned(const InitOptions& options, Console& console) {
    HG_TRY(const auto folder, find_mirror_folder(*options.folder));
    HG_TRY(auto upstream, usage_fault(mirror::parse_base_url(options.upstream)));
    const std::string upstream_text = upstream.to_string();
    HG_TRY(const auto request, unsigned_request(options, folder, std::move(upstream)));
    HG_CHECK(mirror::init_mirror(request));
    console.say("made a mirror of " + upstream_text + " in " + folder.string());
    console.warn(
        "no signature vouches for what this mirror takes from there: it has hashes and TLS only, "
        "and clients of this mirror can check no more than that"
    );
    console.say("next:");
    console.say("  mirror sync --dir " + folder.string());
    JsonArray hosts(options.file_hosts.begin(), options.file_hosts.end());
    console.present(JsonObject{
        {"dir", folder.string()},
        {"role", "mirror"},
        {"upstream", upstream_text},
        {"evidence", "hashes-and-tls"},
        {"file_hosts", std::move(hosts)}});
    return ExitCode::done;
}

Result<mirror::MasterRequest> master_request(const InitOptions& options) {
    HG_TRY(auto folder, find_mirror_folder(*options.folder));
    HG_TRY(auto signer, load_signer(options.signer));
    HG_TRY(const auto root_pem, read_file(options.root, verify::limits::server_key_bytes));
    auto roots = pki::Certificate::parse_pem_list(text_of(root_pem), verify::limits::trust_roots);
    if (!roots) {
        return std::move(roots).error().at(options.root);
    }
    std::string lists;
    for (const auto& file : options.revocation_lists) {
        HG_TRY(const auto list, read_file(file, verify::limits::revocation_bytes));
        lists += text_of(list);
    }
    verify::TrustBundle trust{
        .name = options.name.empty() ? signer.leaf.subject_common_name() : options.name,
        .roots = *std::move(roots),
        .mirrors = {}};
    return mirror::MasterRequest{
        std::move(folder), std::move(signer), std::move(trust), std::move(lists)};
}

Result<ExitCode> init_as_master(const InitOptions& options, Console& console) {
    HG_TRY(const auto request, master_request(options));
    const SystemClock clock;
    HG_TRY(const auto verdict, mirror::init_master(request, clock, console.events()));
    for (const auto& finding : verdict.findings()) {
        console.report(finding);
    }
    JsonArray findings;
    for (const auto& finding : verdict.findings()) {
        findings.push_back(json_of(finding));
    }
    const std::string place = request.folder.string();
    if (!verdict.accepted()) {
        console.fail(
            "clients would refuse every page that " + options.signer +
            " signs, so no master was made; see the findings above"
        );
        console.present(JsonObject{{"dir", place}, {"findings", std::move(findings)}});
        return exit_code_of(verdict);
    }
    const std::string fingerprint =
        fingerprint_of(bytes_of(verify::render_trust_bundle(request.trust)));
    console.say("made the master " + request.trust.name + " in " + place);
    console.say(
        "pages are signed by " + request.signer.leaf.subject() + " until " +
        format_rfc3339(request.signer.leaf.not_after())
    );
    console.say("next:");
    console.say("  mirror add --dir " + place + " FILE...");
    console.say("  mirror serve --dir " + place + " --tls BUNDLE");
    console.present(JsonObject{
        {"dir", place},
        {"role", "master"},
        {"signer", request.signer.leaf.subject()},
        {"signer_not_after", format_rfc3339(request.signer.leaf.not_after())},
        {"trust_fingerprint", fingerprint},
        {"findings", std::move(findings)}});
    return ExitCode::done;
}

// @return The option that makes it a mirror.
CLI::Option* add_mirror_options(CLI::App& verb, InitOptions& options) {
    auto* upstream =
        verb.add_option("--upstream", options.upstream, "Mirror: base URL of the index to follow")
            ->type_name("URL");
    auto* trust = verb.add_option("--trust", options.trust, "Mirror: the trust bundle of the index")
                      ->type_name("FILE");
    auto* is_unsigned = verb.add_flag(
        "--unsigned",
        options.is_unsigned,
        "Mirror: the index signs nothing; be content with TLS and the hashes on its pages"
    );
    auto* tls_roots = verb.add_option(
                              "--ca",
                              options.tls_roots,
                              "With --unsigned: PEM roots for its TLS [those of this machine]"
    )
                          ->type_name("FILE");
    auto* file_hosts = verb.add_option(
                               "--file-host",
                               options.file_hosts,
                               "With --unsigned: a host besides its own where its files may lie"
    )
                           ->type_name("HOST");
    trust->needs(upstream);
    is_unsigned->needs(upstream)->excludes(trust);
    for (auto* const wanted : add_wanted_options(verb, options.wanted)) {
        wanted->needs(upstream);
    }
    tls_roots->needs(is_unsigned);
    file_hosts->needs(is_unsigned);
    return upstream;
}

}  // namespace

void add_init(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"init",
         "Make the folder of a master, or of a mirror with --upstream.",
         "mirror init --dir master --signer pki/issued/page-signer/bundle.pem --root pki/root.crt "
         "--crl pki/crl.pem\n"
         "mirror init --dir mirror1 --upstream https://index.example/ --trust trust.json\n"
         "mirror init --dir mirror2 --upstream https://other.example/ --unsigned"}
    );
    auto options = std::make_shared<InitOptions>();
    options->folder = add_folder_option(verb);
    auto* upstream = add_mirror_options(verb, *options);
    auto* signer = verb.add_option(
                           "--signer",
                           options->signer,
                           "Master: bundle.pem of the certificate that signs pages"
    )
                       ->type_name("FILE");
    auto* root =
        verb.add_option("--root", options->root, "Master: root certificate that clients will pin")
            ->type_name("FILE");
    auto* lists =
        verb.add_option("--crl", options->revocation_lists, "Master: revocation lists to publish")
            ->type_name("FILE");
    auto* name = verb.add_option(
        "--name", options->name, "Master: what people call the index [the signer's name]"
    );
    signer->needs(root);
    root->needs(signer);
    for (auto* of_master : {signer, root, lists, name}) {
        of_master->excludes(upstream);
    }
    program.set_action(verb, [options](Console& console) -> Result<ExitCode> {
        if (options->is_unsigned) {
            return init_as_unsigned(*options, console);
        }
        if (!options->upstream.empty() && options->trust.empty()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected --trust FILE, the trust bundle by which the signatures of " +
                    options->upstream +
                    " are checked; of an index that signs nothing, say --unsigned"
            );
        }
        if (!options->upstream.empty()) {
            return init_as_mirror(*options, console);
        }
        if (!options->signer.empty()) {
            return init_as_master(*options, console);
        }
        return Error(
            ErrorCode::invalid_argument,
            "expected --signer and --root for a master, or --upstream and --trust (or --unsigned) "
            "for "
            "a mirror; "
            "saw neither"
        );
    });
}

}  // namespace heliograph::tools::mirror_commands
