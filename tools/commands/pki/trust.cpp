// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/folder.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/judgement.hpp>
#include <tools/commands/pki/replaced_file.hpp>
#include <tools/commands/pki/shell_word.hpp>
#include <tools/commands/pki/trust_store.hpp>

#include <CLI/App.hpp>

#include <array>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::uint64_t bundle_limit_bytes = 16U * 1024U * 1024U;

struct TrustOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::string root;
    std::string prefix = "/";
    std::vector<std::string> nss;
    bool without_system = false;
    bool without_nss = false;
    std::string output;
    bool alone = false;
};

Result<std::filesystem::path> root_file_of(const TrustOptions& options) {
    if (!options.root.empty()) {
        return std::filesystem::path(options.root);
    }
    HG_TRY(const auto folder, find_authority_folder(options.folder->folder));
    return folder / "root.crt";
}

// During a rollover there are two, and chains of either are served.
Result<std::vector<pki::Certificate>> roots_of(const TrustOptions& options) {
    HG_TRY(const auto path, root_file_of(options));
    const std::string file = path.string();
    HG_TRY(auto roots, load_certificates(file));
    for (const pki::Certificate& root : roots) {
        if (!root.is_ca() || !root.is_self_issued()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected the certificate of a root, saw that of '" + visible(root.subject()) + "'"
            );
        }
    }
    return roots;
}

void warn_of_power(const pki::Certificate& root, Console& console) {
    const auto constraints = pki::constraints_of(root);
    if (!constraints || constraints->empty()) {
        console.warn(
            "this root may vouch for every name: whoever has its key can then impersonate any host "
            "to this machine"
        );
    }
}

std::vector<std::filesystem::path> databases_of(const TrustOptions& options) {
    if (options.without_nss) {
        return {};
    }
    if (!options.nss.empty()) {
        return {options.nss.begin(), options.nss.end()};
    }
    // Another root folder has no users of ours.
    return options.prefix == "/" ? find_nss_databases() : std::vector<std::filesystem::path>();
}

// Everything is tried; the first failure decides how it ends, once all is told.
class Changes {
  public:
    Changes(TrustChange change, Console& console) : m_change(change), m_console(console) {}

    [[nodiscard]] TrustChange kind() const { return m_change; }
    void done(const std::string& place) {
        m_places.emplace_back(place);
        m_console.say(
            (m_change == TrustChange::install ? "trusted in " : "no longer trusted in ") + place
        );
    }
    void failed(const Error& error) {
        m_console.fail(error.describe());
        m_failure = m_failure ? m_failure : std::optional(exit_code_of(error));
    }
    Result<ExitCode> finish(const pki::Certificate& root) {
        if (m_places.empty() && !m_failure) {
            return Error(
                ErrorCode::not_found,
                "expected a trust store that is known here (Debian's, Fedora's, NSS), saw none; "
                "'pki trust env' prints settings for single programs"
            );
        }
        m_console.present(JsonObject{
            {"fingerprint", root.fingerprint().to_hex()}, {"stores", std::move(m_places)}});
        return m_failure.value_or(ExitCode::done);
    }

  private:
    TrustChange m_change;
    Console& m_console;
    JsonArray m_places;
    std::optional<ExitCode> m_failure;
};

void change_stores(
    const TrustOptions& options, const pki::Certificate& root, Changes& changes, Console& console
) {
    const TrustChange change = changes.kind();
    const auto store = options.without_system
                           ? std::nullopt
                           : find_system_store(std::filesystem::absolute(options.prefix));
    if (store) {
        auto file = change_system_store(*store, root, change);
        if (file) {
            changes.done(file->string());
        } else {
            changes.failed(file.error());
        }
    }
    for (const auto& folder : databases_of(options)) {
        auto changed = change_nss_database(folder, root, change);
        if (changed) {
            changes.done(folder.string());
        } else if (changed.error().code() == ErrorCode::not_found && options.nss.empty()) {
            console.warn(changed.error().describe());
        } else {
            changes.failed(changed.error());
        }
    }
}

Result<ExitCode> change_trust(const TrustOptions& options, TrustChange change, Console& console) {
    if (options.without_system && options.without_nss) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a trust store to change, saw both --no-system and --no-nss"
        );
    }
    HG_TRY(const auto roots, roots_of(options));
    Changes changes(change, console);
    for (const pki::Certificate& root : roots) {
        if (change == TrustChange::install) {
            warn_of_power(root, console);
        }
        change_stores(options, root, changes, console);
    }
    return changes.finish(roots.front());
}

// The system's roots and ours: most of the variables replace the system's store.
Result<std::string> write_bundle(
    const TrustOptions& options, const std::vector<pki::Certificate>& roots, Console& console
) {
    std::filesystem::path output = options.output;
    if (output.empty()) {
        const auto home = data_home();
        if (!home) {
            return Error(
                ErrorCode::invalid_argument, "expected --out or a home folder, saw neither"
            );
        }
        output = *home / "trust" /
                 (short_fingerprint(roots.front()) + (options.alone ? ".crt" : ".pem"));
        HG_CHECK(make_folder(output.parent_path()));
    }
    const auto system = find_system_bundle(options.prefix);
    HG_TRY(std::filesystem::path root_file, root_file_of(options));
    HG_CHECK(check_replaces_bundle(
        output, roots, {std::move(root_file), system.value_or(std::filesystem::path())}
    ));
    std::string text = pki::render_pem_list(roots);
    if (system && !options.alone) {
        HG_TRY(const Bytes others, read_file(*system, bundle_limit_bytes));
        const bool ends_its_line = !others.empty() && others.back() == std::byte{'\n'};
        text = std::string(text_of(others)) + (ends_its_line ? "" : "\n") + text;
    } else if (!options.alone) {
        console.warn("no bundle of the system's roots was found; only this root will be trusted");
    }
    HG_CHECK(write_file_atomically(output, bytes_of(text)));
    return std::filesystem::absolute(output).string();
}

Result<ExitCode> print_environment(const TrustOptions& options, Console& console) {
    HG_TRY(const auto roots, roots_of(options));
    HG_TRY(const std::string bundle, write_bundle(options, roots, console));
    // uv and OpenSSL; pip; Python's requests; curl; git; Node.js.
    constexpr std::array<std::string_view, 6> names{
        "SSL_CERT_FILE",
        "PIP_CERT",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "NODE_EXTRA_CA_CERTS"};
    JsonObject variables;
    for (const std::string_view name : names) {
        console.print("export " + std::string(name) + "=" + in_shell_quotes(bundle));
        variables.emplace_back(std::string(name), bundle);
    }
    console.present(JsonObject{{"bundle", bundle}, {"variables", std::move(variables)}});
    return ExitCode::done;
}

void add_root_options(CLI::App& verb, TrustOptions& options) {
    options.folder = add_folder_option(verb);
    verb.add_option("--root", options.root, "The root; else that of the authority in --dir")
        ->type_name("FILE");
    verb.add_option(
            "--root-dir", options.prefix, "Another root folder than /, such as that of an image"
    )
        ->type_name("DIR")
        ->capture_default_str();
}

void add_change(Program& program, CLI::App& parent, const CommandText& text, TrustChange change) {
    auto& verb = program.add_verb(parent, text);
    auto options = std::make_shared<TrustOptions>();
    add_root_options(verb, *options);
    verb.add_flag("--no-system", options->without_system, "Leave the system's store alone");
    auto* const nss = verb.add_option(
                              "--nss",
                              options->nss,
                              "Folder of an NSS database; else those of this user's browsers; "
                              "repeatable"
    )
                          ->type_name("DIR");
    verb.add_flag("--no-nss", options->without_nss, "Leave databases of NSS alone")->excludes(nss);
    program.set_action(verb, [options, change](Console& console) {
        return change_trust(*options, change, console);
    });
}

}  // namespace

void add_trust(Program& program) {
    auto& parent = program.add_verb(
        program.root(),
        {"trust", "Let the programs of this machine trust the root, or no more.", ""}
    );
    add_change(
        program,
        parent,
        {"install",
         "Put the root into the system's trust store and into the NSS databases of browsers.",
         "sudo pki trust install --dir /srv/pki\n"
         "pki trust install --no-system --nss ~/.pki/nssdb"},
        TrustChange::install
    );
    add_change(
        program,
        parent,
        {"uninstall",
         "Take the root out of the stores that install put it into.",
         "sudo pki trust uninstall --dir /srv/pki"},
        TrustChange::uninstall
    );
    auto& verb = program.add_verb(
        parent,
        {"env",
         "Print the variables with which pip, uv, curl, git, Node.js and Python's requests trust "
         "the root beside the system's roots. They name a bundle, which is written anew.",
         "eval \"$(pki trust env)\"\n"
         "pki trust env --alone --out root-only.pem"}
    );
    auto options = std::make_shared<TrustOptions>();
    add_root_options(verb, *options);
    verb.add_option(
            "-o,--out",
            options->output,
            "Where the bundle goes; only one of this root is replaced [in the XDG data home]"
    )
        ->type_name("FILE");
    verb.add_flag("--alone", options->alone, "Trust this root only, and none of the system's");
    program.set_action(verb, [options](Console& console) {
        return print_environment(*options, console);
    });
}

}  // namespace heliograph::tools::pki_commands
