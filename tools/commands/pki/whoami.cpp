// SPDX-License-Identifier: Apache-2.0
#include <pki/tls/role_policy.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/judgement.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

constexpr const char* policy_help =
    "The server's file of roles, in JSON: {\"format\": \"heliograph-roles-1\", \"rules\": "
    "[{\"uri\": \"spiffe://example/client/build\", \"roles\": [\"upload\"]}]}; a rule with "
    "\"prefix\", which ends with a slash, in place of \"uri\" is for all below, and one with "
    "\"key\" for that public key (SHA-256, as shown here) alone";

struct WhoamiOptions {
    std::string certificate;
    std::string policy;
    std::string role;
};

// What a server would refuse before it looks at roles.
void warn_of_obstacles(const pki::Certificate& certificate, Console& console) {
    const Instant now = SystemClock().now();
    if (!certificate.has_extended_key_usage(pki::ExtendedKeyUsage::client_auth)) {
        console.warn("this is no client certificate; a server refuses it whatever its roles");
    }
    if (now < certificate.not_before() || now > certificate.not_after()) {
        console.warn(
            "this certificate is valid from " + format_rfc3339(certificate.not_before()) + " to " +
            format_rfc3339(certificate.not_after()) + ", not now"
        );
    }
}

std::string in_one_line(const std::vector<std::string>& roles) {
    std::string line;
    for (const std::string& role : roles) {
        line += (line.empty() ? "" : ", ") + role;
    }
    return line.empty() ? "none" : line;
}

Result<ExitCode> whoami(const WhoamiOptions& options, Console& console) {
    HG_TRY(const auto chain, load_chain(options.certificate));
    const pki::Certificate& certificate = chain.front();
    const pki::PeerIdentity identity = pki::identify_peer(certificate);
    pki::RolePolicy policy;
    if (!options.policy.empty()) {
        HG_TRY(policy, local_fault(pki::RolePolicy::load(options.policy)));
    }
    const auto roles = policy.roles_of(identity);
    warn_of_obstacles(certificate, console);
    console.print(
        "identity: " + (identity.uri.empty() ? "none: a certificate needs exactly one URI name"
                                             : visible(identity.uri))
    );
    console.print("name:     " + visible(identity.common_name) + " (for people)");
    console.print("key:      " + identity.key.to_hex());
    JsonArray names;
    for (const std::string& role : roles) {
        names.emplace_back(role);
    }
    if (!options.policy.empty()) {
        console.print("roles:    " + in_one_line(roles));
    }
    const bool granted = options.role.empty() || policy.grants(identity, options.role);
    console.present(JsonObject{
        {"uri", identity.uri.empty() ? JsonValue() : JsonValue(identity.uri)},
        {"common_name", identity.common_name},
        {"fingerprint", identity.fingerprint.to_hex()},
        {"key", identity.key.to_hex()},
        {"roles", options.policy.empty() ? JsonValue() : JsonValue(std::move(names))},
        {"granted", options.role.empty() ? JsonValue() : JsonValue(granted)}});
    if (!granted) {
        console.fail(
            "expected an identity with the role " + visible(options.role) + ", saw one with " +
            in_one_line(roles)
        );
        return ExitCode::evidence_false;
    }
    return identity.uri.empty() ? ExitCode::evidence_missing : ExitCode::done;
}

}  // namespace

void add_whoami(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"whoami",
         "Show the identity in a certificate and, by a policy file, its roles: what a server would "
         "decide once it has verified the chain, which this does not.",
         "pki whoami client.pem --policy roles.json\n"
         "pki whoami client.pem --policy roles.json --role upload"}
    );
    auto options = std::make_shared<WhoamiOptions>();
    verb.add_option("certificate", options->certificate, "Certificate in PEM or DER")
        ->type_name("CERT")
        ->required();
    auto* policy = verb.add_option("--policy", options->policy, policy_help)->type_name("FILE");
    verb.add_option("--role", options->role, "End with 1 unless the identity has this role")
        ->needs(policy);
    program.set_action(verb, [options](Console& console) { return whoami(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
