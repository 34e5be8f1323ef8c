// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/dns_mirrors.hpp>
#include <mirror/fleet/dice.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

Error refused_zone(const DnsZone& zone, const std::string& why) {
    return {
        ErrorCode::refused,
        "expected zone " + zone.zone.text() + " to propose mirrors below itself, " + why};
}

// What a service name of the zone stands for; empty: nothing.
Result<std::vector<DnsService>> ask_services(DnsResolver& resolver, const DnsZone& zone) {
    HG_TRY(const auto name, DnsName::parse("_pypi-mirror._tcp." + zone.zone.text()));
    HG_TRY(auto answer, resolver.ask(name, DnsType::srv));
    auto& services = answer.services;
    // An alias would let another zone speak for this one.
    services.erase(
        std::remove_if(
            services.begin(),
            services.end(),
            [&](const DnsService& service) { return service.owner != name; }
        ),
        services.end()
    );
    if (services.size() > verify::limits::mirrors) {
        return refused_zone(
            zone, "it proposes " + std::to_string(services.size()) + ", more than a list may hold"
        );
    }
    return std::move(services);
}

// A name that nobody would register on purpose, other each time.
Result<DnsName> unlikely_name(const DnsZone& zone) {
    auto dice = Dice::fresh();
    std::string label = "none-";
    for (int i = 0; i < 16; ++i) {
        label += static_cast<char>('a' + dice.below(26));
    }
    return zone.zone.child(label);
}

Outcome refuse_wildcards(DnsResolver& resolver, const DnsZone& zone) {
    HG_TRY(const auto name, unlikely_name(zone));
    for (const auto type : {DnsType::a, DnsType::aaaa}) {
        HG_TRY(const auto answer, resolver.ask(name, type));
        if (!answer.aliases.empty() || answer.addresses != 0) {
            return refused_zone(zone, "every name in it stands for something, also " + name.text());
        }
    }
    return {};
}

Result<std::vector<ListedMirror>> ask_letters(DnsResolver& resolver, const DnsZone& zone) {
    HG_TRY(const auto name, zone.zone.child("last"));
    HG_TRY(const auto answer, resolver.ask(name, DnsType::cname));
    std::optional<DnsName> last;
    for (const auto& alias : answer.aliases) {
        if (alias.owner != name) {
            continue;
        }
        if (last) {
            return refused_zone(zone, name.text() + " stands for two names at once");
        }
        last = alias.target;
    }
    if (!last) {
        return Error(
            ErrorCode::not_found,
            "expected zone " + zone.zone.text() + " to propose mirrors, at _pypi-mirror._tcp." +
                zone.zone.text() + " or " + name.text() + ", it has neither"
        );
    }
    auto mirrors = lettered_mirrors(zone, *last);
    if (!mirrors) {
        return refused_zone(zone, mirrors.error().message());
    }
    HG_CHECK(refuse_wildcards(resolver, zone));
    return mirrors;
}

}  // namespace

Result<std::vector<ListedMirror>> find_dns_mirrors(DnsResolver& resolver, const DnsZone& zone) {
    HG_TRY(const auto services, ask_services(resolver, zone));
    if (services.empty()) {
        return ask_letters(resolver, zone);
    }
    auto mirrors = served_mirrors(zone, services);
    if (!mirrors.empty()) {
        return mirrors;
    }
    if (services.size() == 1 && !services.front().target) {
        return Error(
            ErrorCode::not_found, "zone " + zone.zone.text() + " says that it has no mirrors"
        );
    }
    return refused_zone(zone, "none of its services is");
}

}  // namespace heliograph::mirror
