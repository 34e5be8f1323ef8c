// SPDX-License-Identifier: Apache-2.0
// A policy that is accepted gives each role of a rule to the very identity that the rule names, and
// nothing to nobody.
#include <pki/tls/role_policy.hpp>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace pki = heliograph::pki;
    const auto policy =
        pki::RolePolicy::parse(heliograph::text_of(std::as_bytes(std::span(data, size))));
    if (!policy) {
        return 0;
    }
    HG_ASSERT(policy->roles_of({}).empty());
    for (const pki::RoleRule& rule : policy->rules()) {
        pki::PeerIdentity identity;
        identity.uri = rule.match == pki::UriMatch::exact ? rule.uri : rule.uri + "x";
        if (rule.key) {
            identity.key = *rule.key;
        }
        for (const std::string& role : rule.roles) {
            HG_ASSERT(identity.uri.size() > 2000 || policy->grants(identity, role));
        }
    }
    return 0;
}
