// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/proxy_policy.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view policy_format = "heliograph-proxy-policy-1";
// A century: more is a slip of the keyboard.
constexpr std::int64_t longest_age_hours = std::int64_t{100} * 366 * 24;

Error no_policy(const std::string& expected, std::string_view seen) {
    return {
        ErrorCode::malformed, "expected " + expected + ", saw '" + verify::printable(seen) + "'"};
}

Outcome check_members(const JsonValue& value, std::span<const std::string_view> known) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return Error(ErrorCode::malformed, "expected an object, saw something else");
    }
    for (const auto& member : *object) {
        if (std::find(known.begin(), known.end(), member.first) == known.end()) {
            return no_policy("members of a proxy policy only", member.first);
        }
    }
    return {};
}

Result<std::string> text_of_element(const JsonValue& value) {
    if (const auto* text = value.if_text()) {
        return *text;
    }
    return Error(ErrorCode::malformed, "expected a text, saw something else");
}

Result<std::vector<ProjectPattern>> read_patterns(const JsonArray& list) {
    if (list.size() > proxy_policy_patterns) {
        return Error(ErrorCode::too_large, "expected at most 10000 patterns, saw more");
    }
    std::vector<ProjectPattern> patterns;
    for (const auto& value : list) {
        HG_TRY(const auto text, text_of_element(value));
        HG_TRY(auto pattern, ProjectPattern::parse(text));
        patterns.push_back(std::move(pattern));
    }
    return patterns;
}

bool is_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

const ProjectPattern* find_pattern(
    const std::vector<ProjectPattern>& patterns, const verify::ProjectName& project
) {
    const auto found = std::find_if(patterns.begin(), patterns.end(), [&](const auto& pattern) {
        return pattern.matches(project);
    });
    return found == patterns.end() ? nullptr : &*found;
}

}  // namespace

Result<ProjectPattern> ProjectPattern::parse(std::string_view text) {
    const bool is_prefix = text.ends_with('*');
    const auto name = text.substr(0, text.size() - (is_prefix ? 1 : 0));
    if (name.size() > verify::limits::project_name_chars) {
        return Error(ErrorCode::too_large, "expected a pattern of at most 200 characters");
    }
    const bool fits = is_prefix ? std::all_of(name.begin(), name.end(), is_in_name)
                                : verify::parse_normalised_name(name).has_value();
    if (!fits) {
        return no_policy("a normalised project name, perhaps with * at its end", text);
    }
    return ProjectPattern(std::string(name), is_prefix);
}

bool ProjectPattern::matches(const verify::ProjectName& project) const {
    return m_is_prefix ? project.text().starts_with(m_name) : project.text() == m_name;
}

Result<ProxyPolicy> ProxyPolicy::parse(std::string_view text) {
    HG_TRY(
        const JsonValue document,
        parse_json(text, {.text_bytes = proxy_policy_limit_bytes, .depth = 4, .values = 100'000})
    );
    constexpr std::array<std::string_view, 6> known{
        "format", "pins", "allow", "deny", "min_age_hours", "require"};
    HG_CHECK(check_members(document, known));
    HG_TRY(const auto format, document.text_member("format"));
    if (format != policy_format) {
        return Error(
            ErrorCode::unsupported,
            "expected the format " + std::string(policy_format) + ", saw " +
                verify::printable(format)
        );
    }
    ProxyPolicy policy;
    if (document.find("allow") != nullptr) {
        HG_TRY(const auto* list, document.array_member("allow"));
        HG_TRY(policy.m_allowed, read_patterns(*list));
    }
    if (document.find("deny") != nullptr) {
        HG_TRY(const auto* list, document.array_member("deny"));
        HG_TRY(policy.m_denied, read_patterns(*list));
    }
    if (document.find("pins") != nullptr) {
        HG_TRY(const auto* list, document.array_member("pins"));
        if (list->size() > proxy_policy_patterns) {
            return Error(ErrorCode::too_large, "expected at most 10000 pins, saw more");
        }
        for (const auto& value : *list) {
            constexpr std::array<std::string_view, 2> pin{"projects", "index"};
            HG_CHECK(check_members(value, pin));
            HG_TRY(const auto projects, value.text_member("projects"));
            HG_TRY(auto pattern, ProjectPattern::parse(projects));
            HG_TRY(auto index, value.text_member("index"));
            policy.m_pins.push_back({std::move(pattern), std::move(index)});
        }
    }
    if (document.find("min_age_hours") != nullptr) {
        HG_TRY(const auto hours, document.integer_member("min_age_hours"));
        if (hours < 0 || hours > longest_age_hours) {
            return no_policy("min_age_hours from 0 to a century", std::to_string(hours));
        }
        policy.m_min_age = std::chrono::hours(hours);
    }
    if (document.find("require") != nullptr) {
        HG_TRY(const auto* list, document.array_member("require"));
        for (const auto& value : *list) {
            HG_TRY(const auto evidence, text_of_element(value));
            HG_CHECK(policy.demand(evidence));
        }
    }
    return policy;
}

Result<ProxyPolicy> ProxyPolicy::load(const std::filesystem::path& file) {
    HG_TRY(const Bytes text, read_file(file, proxy_policy_limit_bytes));
    auto policy = parse(text_of(text));
    if (!policy) {
        return std::move(policy).error().at(file.string());
    }
    return policy;
}

Outcome ProxyPolicy::demand(std::string_view evidence) {
    if (evidence != "revocation" && evidence != "provenance") {
        return no_policy("the evidence revocation or provenance", evidence);
    }
    (evidence == "revocation" ? m_revocation : m_provenance) = true;
    return {};
}

std::optional<std::string> ProxyPolicy::objection(
    const verify::ProjectName& project, std::string_view index
) const {
    const std::string subject = "project " + project.text() + ": ";
    for (const auto& pin : m_pins) {
        if (pin.projects.matches(project) && pin.index != index) {
            return subject + "the policy takes " + pin.projects.text() + " from the index " +
                   verify::printable(pin.index) + " only, this is " + verify::printable(index);
        }
    }
    if (const auto* denied = find_pattern(m_denied, project)) {
        return subject + "the policy denies " + denied->text();
    }
    if (m_allowed && find_pattern(*m_allowed, project) == nullptr) {
        return subject + "it is not among the projects that the policy allows";
    }
    return std::nullopt;
}

std::optional<std::string> ProxyPolicy::objection(const verify::PageFile& file, Instant now) const {
    const std::string subject = "file " + file.name.text() + ": ";
    if (m_provenance && !file.provenance) {
        return subject + "the policy demands provenance, the signed page names none";
    }
    if (m_min_age.count() == 0) {
        return std::nullopt;
    }
    if (!file.upload_time) {
        return subject + "the policy demands an age, the signed page states no upload time";
    }
    if (now - *file.upload_time < m_min_age) {
        return subject + "the policy demands an age of " + std::to_string(m_min_age.count()) +
               " hours, it was uploaded at " + format_rfc3339(*file.upload_time);
    }
    return std::nullopt;
}

}  // namespace heliograph::mirror
