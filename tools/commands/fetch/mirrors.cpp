// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/fetch/commands.hpp>
#include <tools/commands/fleet_state.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/mirror_sources.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace heliograph::tools::fetch_commands {

namespace {

using mirror::MirrorHealth;
using mirror::MirrorStanding;

std::string rounded_ms(std::uint64_t microseconds) {
    return std::to_string((microseconds + 500) / 1000) + " ms";
}

JsonValue json_of_instant(const std::optional<Instant>& instant) {
    return instant ? JsonValue(format_rfc3339(*instant)) : JsonValue();
}

JsonValue json_of_sample(const std::optional<mirror::HealthSample>& sample) {
    return sample ? JsonValue(sample->value) : JsonValue();
}

JsonValue json_of_ban(const MirrorHealth& health, Instant now) {
    if (!health.ban || health.ban->until <= now) {
        return {};
    }
    return JsonObject{
        {"until", format_rfc3339(health.ban->until)},
        {"finding", health.ban->finding},
        {"evidence", health.ban->evidence}};
}

std::string description_of(const MirrorHealth& health, Instant now) {
    std::string text;
    if (health.first_byte_us) {
        text += ", first byte " + rounded_ms(health.first_byte_us->value);
    }
    if (health.bytes_per_second) {
        text += ", " + format_size(health.bytes_per_second->value) + "/s";
    }
    if (health.failures_in_a_row > 0) {
        text += ", " + counted(health.failures_in_a_row, "failure") + " in a row";
    }
    if (health.behind_since) {
        text += ", behind since " + format_rfc3339(*health.behind_since);
    }
    switch (standing_of(health, now)) {
        case MirrorStanding::broken:
            text += ", not asked before " + format_rfc3339(*health.open_until);
            break;
        case MirrorStanding::resting:
            text += ", asked for rest until " + format_rfc3339(*health.rest_until);
            break;
        case MirrorStanding::banned:
            text += ", until " + format_rfc3339(health.ban->until) + " for " + health.ban->finding +
                    ", proof: " + health.ban->evidence;
            break;
        case MirrorStanding::usable:
        case MirrorStanding::probing:
            break;
    }
    return text;
}

std::string origin_of(const mirror::ListedMirror& listed) {
    std::string text;
    switch (listed.origin) {
        case mirror::MirrorOrigin::file:
            text = "a file";
            break;
        case mirror::MirrorOrigin::bundle:
            text = "the trust bundle";
            break;
        case mirror::MirrorOrigin::url:
            text = "an unsigned list";
            break;
        case mirror::MirrorOrigin::signed_list:
            text = "the signed list";
            break;
        case mirror::MirrorOrigin::dns:
            text = "DNS";
            break;
        case mirror::MirrorOrigin::metalink:
            text = "a metalink";
            break;
    }
    return text + (listed.region.empty() ? "" : ", in " + listed.region);
}

/// As they would be asked for a small document, but for chance.
std::vector<std::size_t> ranked(
    const mirror::Fleet& fleet, const std::vector<std::chrono::microseconds>& times, Instant now
) {
    std::vector<std::size_t> order(fleet.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto place = [&](std::size_t index) {
        return std::tuple(
            static_cast<int>(standing_of(fleet.health(index), now)),
            fleet.priority(index),
            times[index]
        );
    };
    std::stable_sort(order.begin(), order.end(), [&](auto left, auto right) {
        return place(left) < place(right);
    });
    return order;
}

ExitCode show(
    const mirror::MirrorList& list, const mirror::Fleet& fleet, Instant now, Console& console
) {
    const auto times = fleet.times({0, now});
    JsonArray mirrors;
    unsigned rank = 0;
    for (const std::size_t index : ranked(fleet, times, now)) {
        const auto& health = fleet.health(index);
        const auto standing = mirror_standing_name(standing_of(health, now));
        const auto& listed = list.mirrors.at(index);
        const auto url = listed.url.to_string();
        ++rank;
        console.print(
            std::to_string(rank) + "  " + url + "  " + std::string(standing) + ", from " +
            origin_of(listed) + description_of(health, now)
        );
        mirrors.push_back(JsonObject{
            {"rank", rank},
            {"url", url},
            {"source", mirror_origin_name(listed.origin)},
            {"signed", listed.origin == mirror::MirrorOrigin::signed_list},
            {"priority", listed.priority},
            {"weight", listed.weight},
            {"region", listed.region.empty() ? JsonValue() : JsonValue(listed.region)},
            {"standing", standing},
            {"predicted_us", times[index].count()},
            {"first_byte_us", json_of_sample(health.first_byte_us)},
            {"bytes_per_second", json_of_sample(health.bytes_per_second)},
            {"failures_in_a_row", health.failures_in_a_row},
            {"open_until", json_of_instant(health.open_until)},
            {"rest_until", json_of_instant(health.rest_until)},
            {"behind_since", json_of_instant(health.behind_since)},
            {"bans", health.bans},
            {"ban", json_of_ban(health, now)}});
    }
    console.present(JsonObject{{"mirrors", std::move(mirrors)}});
    return ExitCode::done;
}

Result<ExitCode> lift(const std::vector<std::string>& bases, FleetState& state, Console& console) {
    ExitCode code = ExitCode::done;
    JsonArray lifted;
    for (const auto& base : bases) {
        auto url = mirror::parse_base_url(base);
        if (!url) {
            return Error(ErrorCode::invalid_argument, url.error().describe()).at("--lift");
        }
        HG_TRY(const auto done, state.lift_ban(*url));
        if (done == mirror::LiftedBan::none_stood) {
            console.fail("expected a ban of " + url->to_string() + ", there is none");
            code = ExitCode::not_found;
            continue;
        }
        console.say("lifted the ban of " + url->to_string());
        lifted.emplace_back(url->to_string());
    }
    console.present(JsonObject{{"exit_code", static_cast<int>(code)}, {"lifted", std::move(lifted)}}
    );
    return code;
}

Result<ExitCode> mirrors(
    const FetchOptions& options, const std::vector<std::string>& to_lift, Console& console
) {
    if (!options.requirements.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected no project with 'fetch mirrors', saw '" + options.requirements.front() +
                "'; to fetch a project of the name 'mirrors', write: fetch 'mirrors>=0'"
        );
    }
    auto state = FleetState::open(console);
    if (!to_lift.empty()) {
        return lift(to_lift, state, console);
    }
    const SystemClock clock;
    // A list that stands in the open needs no trust bundle.
    verify::TrustBundle trust;
    if (options.mirrors.empty() || !options.mirror_list.empty() || !options.trust.empty()) {
        HG_TRY(trust, load_trust(options.trust));
    }
    HG_TRY(const auto tls, make_client_context(trust, options.tls, clock));
    HG_TRY(const auto transport, open_http_client());
    HG_TRY(
        const auto list,
        find_mirrors(
            {.options = options,
             .trust = trust,
             .transport = *transport,
             .tls = tls,
             .policy = verify::default_page_policy(),
             .now = clock.now()},
            console
        )
    );
    return show(list, state.fleet_of(list), clock.now(), console);
}

}  // namespace

void add_mirrors(Program& program, const std::shared_ptr<FetchOptions>& options) {
    auto& verb = program.add_verb(
        program.root(),
        {"mirrors",
         "Show the mirrors with their rank, health and bans, or lift a ban.",
         "fetch mirrors --mirrors mirrors.txt\n"
         "fetch mirrors --mirror-list https://pkg.example.org/mirrors.json\n"
         "fetch mirrors --lift https://pkg.example.org/"}
    );
    auto to_lift = std::make_shared<std::vector<std::string>>();
    verb.add_option("--lift", *to_lift, "End the ban of this mirror; repeatable")->type_name("URL");
    program.set_action(verb, [options, to_lift](Console& console) {
        return mirrors(*options, *to_lift, console);
    });
}

}  // namespace heliograph::tools::fetch_commands
