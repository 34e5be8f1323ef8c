// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/python_target.hpp>

#include <algorithm>
#include <charconv>

namespace heliograph::mirror {

namespace {

using verify::WheelTag;

struct ShortVersion {
    unsigned major = 3;
    unsigned minor = 0;
};

unsigned small_number(const verify::VersionNumber& number) {
    constexpr unsigned largest = 999;
    unsigned value = largest;
    const auto& digits = number.text();
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return parsed.ec == std::errc() ? std::min(value, largest) : largest;
}

ShortVersion short_version(const verify::Version& version) {
    const auto& release = version.release();
    return {
        release.empty() ? 0 : small_number(release[0]),
        release.size() < 2 ? 0 : small_number(release[1])};
}

std::string digits_of(ShortVersion version) {
    return std::to_string(version.major) + std::to_string(version.minor);
}

/// py311, py3, py310 ... py30.
std::vector<std::string> plain_pythons(ShortVersion version) {
    const std::string major = std::to_string(version.major);
    std::vector<std::string> names{"py" + digits_of(version), "py" + major};
    for (unsigned minor = version.minor; minor-- > 0;) {
        names.push_back("py" + major + std::to_string(minor));
    }
    return names;
}

void add_for_platforms(
    std::vector<WheelTag>& tags,
    const std::string& python,
    const std::string& abi,
    const std::vector<std::string>& platforms
) {
    for (const auto& platform : platforms) {
        tags.push_back({python, abi, platform});
    }
}

bool is_free_threaded(const PythonTarget& target) {
    return !target.abis.empty() && target.abis.front().ends_with('t');
}

void add_cpython(std::vector<WheelTag>& tags, const PythonTarget& target, ShortVersion version) {
    const std::string python = "cp" + digits_of(version);
    const bool stable_abi = version.major == 3 && version.minor >= 2;
    const std::string stable = is_free_threaded(target) ? "abi3t" : "abi3";
    for (const auto& abi : target.abis) {
        add_for_platforms(tags, python, abi, target.platforms);
    }
    if (stable_abi) {
        add_for_platforms(tags, python, stable, target.platforms);
    }
    add_for_platforms(tags, python, "none", target.platforms);
    for (unsigned minor = version.minor; stable_abi && minor-- > 2;) {
        add_for_platforms(tags, "cp" + digits_of({version.major, minor}), stable, target.platforms);
    }
}

void add_generic(std::vector<WheelTag>& tags, const PythonTarget& target, const std::string& name) {
    for (const auto& abi : target.abis) {
        add_for_platforms(tags, name, abi, target.platforms);
    }
    add_for_platforms(tags, name, "none", target.platforms);
}

std::string key_of(const WheelTag& tag) {
    return tag.python + "-" + tag.abi + "-" + tag.platform;
}

// `manylinux_2_28_x86_64` tells x86_64, `macosx_12_0_arm64` arm64.
std::string machine_of(std::string_view platform) {
    for (const std::string_view machine :
         {"x86_64", "aarch64", "arm64", "i686", "armv7l", "ppc64le", "s390x", "riscv64"}) {
        if (platform.ends_with(machine)) {
            return std::string(machine);
        }
    }
    return platform == "win_amd64" ? "AMD64" : platform == "win_arm64" ? "ARM64" : "";
}

struct SystemNames {
    std::string_view os_name;
    std::string_view sys_platform;
    std::string_view system;
};

SystemNames system_of(std::string_view platform) {
    if (platform.starts_with("win")) {
        return {"nt", "win32", "Windows"};
    }
    if (platform.starts_with("macosx")) {
        return {"posix", "darwin", "Darwin"};
    }
    return {"posix", "linux", "Linux"};
}

}  // namespace

PythonTarget cpython_target(const verify::Version& version, std::vector<std::string> platforms) {
    const auto brief = short_version(version);
    const std::string dotted = std::to_string(brief.major) + "." + std::to_string(brief.minor);
    PythonTarget target;
    target.version = version;
    target.platforms = std::move(platforms);
    // Up to 3.7 the ABI says that memory comes from pymalloc.
    const bool old = brief.major == 3 && brief.minor < 8;
    target.abis = {"cp" + digits_of(brief) + (old ? "m" : "")};
    const std::string platform = target.platforms.empty() ? "" : target.platforms.front();
    const auto names = system_of(platform);
    auto& markers = target.markers;
    markers.set(MarkerVariable::os_name, std::string(names.os_name));
    markers.set(MarkerVariable::sys_platform, std::string(names.sys_platform));
    markers.set(MarkerVariable::platform_system, std::string(names.system));
    markers.set(MarkerVariable::platform_machine, machine_of(platform));
    markers.set(MarkerVariable::platform_python_implementation, "CPython");
    markers.set(MarkerVariable::implementation_name, "cpython");
    const std::string full = version.release().size() < 3 ? dotted + ".0" : version.text();
    markers.set(MarkerVariable::implementation_version, full);
    markers.set(MarkerVariable::python_full_version, full);
    markers.set(MarkerVariable::python_version, dotted);
    return target;
}

std::vector<WheelTag> supported_tags(const PythonTarget& target) {
    const auto version = short_version(target.version);
    std::vector<WheelTag> tags;
    std::string any_python;
    if (target.implementation == "cpython") {
        add_cpython(tags, target, version);
        any_python = "cp" + digits_of(version);
    } else if (target.implementation == "pypy") {
        add_generic(tags, target, "pp" + digits_of(version));
        any_python = "pp" + std::to_string(version.major);
    } else {
        any_python = target.implementation + digits_of(version);
        add_generic(tags, target, any_python);
    }
    for (const auto& python : plain_pythons(version)) {
        add_for_platforms(tags, python, "none", target.platforms);
    }
    tags.push_back({any_python, "none", "any"});
    for (const auto& python : plain_pythons(version)) {
        tags.push_back({python, "none", "any"});
    }
    return tags;
}

TagRanks::TagRanks(const std::vector<WheelTag>& best_first) {
    m_ranks.reserve(best_first.size());
    for (const auto& tag : best_first) {
        m_ranks.emplace(key_of(tag), m_ranks.size());
    }
}

std::optional<std::size_t> TagRanks::rank_of(const verify::DistFileName& wheel) const {
    std::optional<std::size_t> best;
    for (const auto& tag : wheel.tags()) {
        const auto found = m_ranks.find(key_of(tag));
        if (found != m_ranks.end()) {
            best = std::min(best.value_or(found->second), found->second);
        }
    }
    return best;
}

}  // namespace heliograph::mirror
