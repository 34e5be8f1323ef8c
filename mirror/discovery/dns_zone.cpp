// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/dns_zone.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view dns_source_prefix = "dns:";
constexpr unsigned letters = 26;

Result<ListedMirror> proposed_mirror(const DnsName& host, std::uint16_t port) {
    HG_TRY(auto url, Url::parse("https://" + host.text() + ":" + std::to_string(port) + "/"));
    return ListedMirror{.url = std::move(url), .region = {}, .origin = MirrorOrigin::dns};
}

// What a mirror gets of the usual weight: its part of the greatest one.
unsigned weight_beside(std::uint16_t weight, std::uint16_t greatest) {
    return greatest == 0 ? verify::usual_weight
                         : std::max(1U, weight * verify::usual_weight / greatest);
}

}  // namespace

bool is_dns_source(std::string_view source) {
    return source.starts_with(dns_source_prefix);
}

Result<DnsZone> parse_dns_zone(std::string_view source) {
    const auto rest = source.substr(std::min(dns_source_prefix.size(), source.size()));
    const auto colon = rest.find(':');
    std::uint16_t port = 443;
    if (colon != std::string_view::npos) {
        const auto digits = rest.substr(colon + 1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
            port == 0) {
            return Error(
                ErrorCode::malformed,
                "expected dns:ZONE or dns:ZONE:PORT, saw '" + verify::printable(source) + "'"
            );
        }
    }
    HG_TRY(auto zone, DnsName::parse(rest.substr(0, colon)));
    return DnsZone{std::move(zone), port};
}

Result<unsigned> letter_number(std::string_view label) {
    unsigned number = 0;
    for (const char c : label) {
        if (c < 'a' || c > 'z' || label.size() > 2) {
            number = 0;
            break;
        }
        number = number * letters + static_cast<unsigned>(c - 'a') + 1;
    }
    if (number == 0) {
        return Error(
            ErrorCode::malformed,
            "expected a mirror's name of one or two letters, saw '" + verify::printable(label) + "'"
        );
    }
    return number;
}

std::string letter_label(unsigned number) {
    HG_ASSERT(number >= 1 && number <= verify::limits::mirrors);
    const auto letter = [](unsigned of) { return static_cast<char>('a' + of); };
    const unsigned first = (number - 1) / letters;
    const std::string last(1, letter((number - 1) % letters));
    return first == 0 ? last : letter(first - 1) + last;
}

Result<std::vector<ListedMirror>> lettered_mirrors(const DnsZone& zone, const DnsName& last) {
    if (!last.is_child_of(zone.zone)) {
        return Error(
            ErrorCode::malformed,
            "expected last." + zone.zone.text() + " to stand for a name directly below " +
                zone.zone.text() + ", saw " + last.text() + "; ask whoever keeps the zone"
        );
    }
    HG_TRY(const auto number, letter_number(last.first_label()));
    std::vector<ListedMirror> mirrors;
    for (unsigned i = 1; i <= number; ++i) {
        HG_TRY(const auto host, zone.zone.child(letter_label(i)));
        HG_TRY(auto mirror, proposed_mirror(host, zone.port));
        mirrors.push_back(std::move(mirror));
    }
    return mirrors;
}

std::vector<ListedMirror> served_mirrors(
    const DnsZone& zone, const std::vector<DnsService>& services
) {
    std::map<std::uint16_t, std::uint16_t> greatest;  // weight, by priority
    for (const auto& service : services) {
        auto& weight = greatest[service.priority];
        weight = std::max(weight, service.weight);
    }
    std::vector<ListedMirror> mirrors;
    for (const auto& service : services) {
        if (!service.target || !service.target->is_below(zone.zone) || service.port == 0) {
            continue;
        }
        auto mirror = proposed_mirror(*service.target, service.port);
        const auto is_same = [&](const ListedMirror& known) { return known.url == mirror->url; };
        if (!mirror || std::any_of(mirrors.begin(), mirrors.end(), is_same)) {
            continue;
        }
        const auto place = std::distance(greatest.begin(), greatest.find(service.priority));
        mirror->priority = std::min(static_cast<unsigned>(place), verify::last_priority);
        mirror->weight = weight_beside(service.weight, greatest[service.priority]);
        mirrors.push_back(*std::move(mirror));
    }
    return mirrors;
}

}  // namespace heliograph::mirror
