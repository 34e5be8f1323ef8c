// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/commands.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/limits.hpp>

#include <CLI/App.hpp>

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

Result<ExitCode> show_trust(const std::string& file, Console& console) {
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
    const ExitCode code = check_roots(*bundle, SystemClock().now(), console);
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
         "verify trust trust.json"}
    );
    auto file = std::make_shared<std::string>();
    verb.add_option("file", *file, "The trust bundle")->required();
    program.set_action(verb, [file](Console& console) { return show_trust(*file, console); });
}

}  // namespace heliograph::tools::verify_commands
