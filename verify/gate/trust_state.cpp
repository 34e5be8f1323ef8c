// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/gate/trust_state.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::string_view format_name = "heliograph-trust-state-1";
constexpr JsonLimits json_limits{
    .text_bytes = limits::trust_state_bytes, .depth = 4, .values = 4 * limits::root_projects};

}  // namespace

std::optional<Serial> TrustState::seen(const ProjectName& project) const {
    const auto found = m_serials.find(project);
    return found == m_serials.end() ? std::nullopt : std::optional(found->second);
}

void TrustState::remember(const ProjectName& project, Serial serial) {
    const auto [place, added] = m_serials.try_emplace(project, serial);
    if (!added && place->second < serial) {
        place->second = serial;
    }
}

void TrustState::merge(const TrustState& other) {
    for (const auto& [project, serial] : other.m_serials) {
        remember(project, serial);
    }
}

Result<TrustState> parse_trust_state(std::string_view text) {
    HG_TRY(auto document, parse_json(text, json_limits));
    HG_TRY(auto format, document.text_member("format"));
    if (format != format_name) {
        return Error(
            ErrorCode::unsupported,
            "expected a trust state of format " + std::string(format_name) + ", saw '" +
                printable(format) + "'"
        );
    }
    HG_TRY(auto projects, document.object_member("projects"));
    TrustState state;
    for (const auto& [member, value] : *projects) {
        HG_TRY(auto name, parse_normalised_name(member));
        const std::int64_t* serial = value.if_integer();
        if (serial == nullptr || *serial < 0 ||
            Serial{static_cast<std::uint64_t>(*serial)} > max_serial) {
            return Error(
                ErrorCode::malformed,
                "expected a serial for project " + name.text() +
                    " in the trust state, saw another value"
            );
        }
        state.remember(name, Serial{static_cast<std::uint64_t>(*serial)});
    }
    return state;
}

std::string render_trust_state(const TrustState& state) {
    JsonObject projects;
    projects.reserve(state.serials().size());
    for (const auto& [project, serial] : state.serials()) {
        projects.emplace_back(project.text(), static_cast<std::int64_t>(serial.value));
    }
    return render_json(
               JsonObject{{"format", format_name}, {"projects", std::move(projects)}},
               JsonLayout::indented
           ) +
           "\n";
}

}  // namespace heliograph::verify
