// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/index_view.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

#include <cctype>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::tools::verify_commands {

namespace {

JsonValue json_of_root(const pki::Certificate& root) {
    return JsonObject{
        {"subject", root.subject()},
        {"sha256", root.fingerprint().to_hex()},
        {"not_after", format_rfc3339(root.not_after())}};
}

// A root that is over vouches for nothing any more: the bundle is stale.
ExitCode check_roots(const verify::TrustBundle& bundle, Instant now, Console& console) {
    ExitCode code = ExitCode::done;
    for (const auto& root : bundle.roots) {
        if (now < root.not_before() || root.not_after() < now) {
            console.fail(
                "root " + visible(root.subject()) + ": expected it to be valid now, it is from " +
                format_rfc3339(root.not_before()) + " to " + format_rfc3339(root.not_after()) +
                "; get a new trust bundle from the publisher"
            );
            code = ExitCode::stale;
        }
    }
    return code;
}

struct TrustOptions {
    std::string file;
    std::optional<std::string> fingerprint;  ///< That it must have.
};

// As people copy them: with or without what stands between the groups, in either case.
std::string bare_fingerprint(std::string_view text) {
    std::string bare;
    for (const char c : text) {
        if (c != ' ' && c != ':') {
            bare += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return bare;
}

// An unset variable of a CI service must not count as no demand.
Outcome check_demand(const TrustOptions& options) {
    if (!options.fingerprint || pki::Sha256::parse_hex(bare_fingerprint(*options.fingerprint))) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected --fingerprint with 64 hexadecimal digits, saw '" +
            verify::printable(*options.fingerprint) + "'"
    );
}

ExitCode check_fingerprint(
    const TrustOptions& options, const std::string& fingerprint, Console& console
) {
    if (!options.fingerprint ||
        bare_fingerprint(*options.fingerprint) == bare_fingerprint(fingerprint)) {
        return ExitCode::done;
    }
    console.fail(
        options.file + ": expected the fingerprint " + verify::printable(*options.fingerprint) +
        ", saw " + fingerprint + "; this is another bundle: believe nothing that it vouches for"
    );
    return ExitCode::evidence_false;
}

Result<ExitCode> show_trust(const TrustOptions& options, Console& console) {
    HG_CHECK(check_demand(options));
    const auto& file = options.file;
    HG_TRY(const auto text, read_file(file, verify::limits::trust_bundle_bytes));
    auto bundle = verify::parse_trust_bundle(text_of(text));
    if (!bundle) {
        return std::move(bundle).error().at(file);
    }
    const std::string fingerprint = verify::format_fingerprint(verify::trust_fingerprint(text));
    console.print("fingerprint " + fingerprint);
    console.say("name        " + bundle->name);
    JsonArray roots;
    for (const auto& root : bundle->roots) {
        console.say(
            "root        " + visible(root.subject()) + ", valid to " +
            format_rfc3339(root.not_after())
        );
        console.say("            sha256 " + root.fingerprint().to_hex());
        roots.push_back(json_of_root(root));
    }
    JsonArray mirrors;
    for (const auto& mirror : bundle->mirrors) {
        console.say("mirror      " + mirror);
        mirrors.emplace_back(mirror);
    }
    const ExitCode code = worse(
        check_fingerprint(options, fingerprint, console),
        check_roots(*bundle, SystemClock().now(), console)
    );
    console.present(JsonObject{
        {"fingerprint", fingerprint},
        {"name", bundle->name},
        {"roots", std::move(roots)},
        {"mirrors", std::move(mirrors)},
        {"exit_code", static_cast<std::int64_t>(code)}});
    return code;
}

}  // namespace

void add_trust(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"trust",
         "Show a trust bundle and its fingerprint, which is what people compare.",
         "verify trust trust.json\n"
         "verify trust trust.json --fingerprint \"$FINGERPRINT\""}
    );
    auto options = std::make_shared<TrustOptions>();
    verb.add_option("file", options->file, "The trust bundle")->required();
    verb.add_option(
            "--fingerprint", options->fingerprint, "Refuse every other bundle; empty is refused too"
    )
        ->type_name("HEX");
    program.set_action(verb, [options](Console& console) { return show_trust(*options, console); });
}

}  // namespace heliograph::tools::verify_commands
