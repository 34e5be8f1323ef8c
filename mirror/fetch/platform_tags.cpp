// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/platform_tags.hpp>
#include <verify/verdict/finding.hpp>

#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace heliograph::mirror {

namespace {

constexpr unsigned tag_version_limit = 1000;

struct LegacyName {
    unsigned minor;
    std::string_view name;
};

constexpr std::array<LegacyName, 3> legacy_names = {
    {{17, "manylinux2014"}, {12, "manylinux2010"}, {5, "manylinux1"}}};

bool is_x86(std::string_view machine) {
    return machine == "x86_64" || machine == "i686";
}

void add_manylinux(std::vector<std::string>& tags, const std::string& machine, unsigned from) {
    const unsigned oldest = is_x86(machine) ? 5 : 17;
    for (unsigned minor = from; minor >= oldest; --minor) {
        tags.push_back("manylinux_2_" + std::to_string(minor) + "_" + machine);
        for (const auto& legacy : legacy_names) {
            if (legacy.minor == minor) {
                tags.push_back(std::string(legacy.name) + "_" + machine);
            }
        }
    }
}

void add_musllinux(std::vector<std::string>& tags, const std::string& machine, Libc libc) {
    for (unsigned minor = libc.minor + 1; minor-- > 0;) {
        tags.push_back(
            "musllinux_" + std::to_string(libc.major) + "_" + std::to_string(minor) + "_" + machine
        );
    }
}

struct MacVersion {
    unsigned major;
    unsigned minor;
    friend auto operator<=>(const MacVersion&, const MacVersion&) = default;
};

// Which archives of several architectures hold code for this one, best first.
std::vector<std::string_view> mac_formats(MacVersion version, std::string_view machine) {
    std::vector<std::string_view> formats{machine};
    if (machine == "x86_64") {
        if (version < MacVersion{10, 4}) {
            return {};
        }
        formats.insert(formats.end(), {"intel", "fat64", "fat3"});
    } else if (machine == "i386") {
        if (version < MacVersion{10, 4}) {
            return {};
        }
        formats.insert(formats.end(), {"intel", "fat3", "fat"});
    } else if (machine == "ppc64") {
        if (version > MacVersion{10, 5} || version < MacVersion{10, 4}) {
            return {};
        }
        formats.emplace_back("fat64");
    } else if (machine == "ppc") {
        if (version > MacVersion{10, 6}) {
            return {};
        }
        formats.insert(formats.end(), {"fat3", "fat"});
    }
    if (machine == "arm64" || machine == "x86_64") {
        formats.emplace_back("universal2");
    }
    if (machine == "x86_64" || machine == "i386" || machine == "ppc64" || machine == "ppc") {
        formats.emplace_back("universal");
    }
    return formats;
}

std::string mac_tag(MacVersion version, std::string_view format) {
    return "macosx_" + std::to_string(version.major) + "_" + std::to_string(version.minor) + "_" +
           std::string(format);
}

/// `PREFIX_MAJOR_MINOR_MACHINE`.
struct VersionedTag {
    unsigned major = 0;
    unsigned minor = 0;
    std::string machine;
};

std::optional<unsigned> take_number(std::string_view& rest) {
    const auto end = rest.find('_');
    const auto digits = rest.substr(0, end);
    unsigned number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (end == std::string_view::npos || digits.empty() || parsed.ec != std::errc() ||
        parsed.ptr != digits.data() + digits.size() || number > tag_version_limit) {
        return std::nullopt;
    }
    rest.remove_prefix(end + 1);
    return number;
}

std::optional<VersionedTag> read_versioned(std::string_view tag, std::string_view prefix) {
    if (!tag.starts_with(prefix)) {
        return std::nullopt;
    }
    tag.remove_prefix(prefix.size());
    const auto major = take_number(tag);
    const auto minor = major ? take_number(tag) : std::nullopt;
    if (!minor || tag.empty()) {
        return std::nullopt;
    }
    return VersionedTag{*major, *minor, std::string(tag)};
}

// A tag for a C library stands for what that library can load, not for `linux_` wheels of this
// machine.
std::vector<std::string> without_first(std::vector<std::string> tags) {
    tags.erase(tags.begin());
    return tags;
}

}  // namespace

std::vector<std::string> linux_platforms(const std::string& machine, Libc libc) {
    std::vector<std::string> tags{"linux_" + machine};
    if (libc.kind == LibcKind::musl) {
        add_musllinux(tags, machine, libc);
    } else if (libc.major == 2) {
        add_manylinux(tags, machine, libc.minor);
    }
    return tags;
}

std::vector<std::string> mac_platforms(unsigned major, unsigned minor, const std::string& machine) {
    std::vector<std::string> tags;
    const auto add = [&](MacVersion version) {
        for (const auto format : mac_formats(version, machine)) {
            tags.push_back(mac_tag(version, format));
        }
    };
    if (major == 10) {
        for (unsigned older = minor + 1; older-- > 0;) {
            add({10, older});
        }
        return tags;
    }
    for (unsigned older = major; older >= 11; --older) {
        add({older, 0});
    }
    for (unsigned older = 16; older > 3; --older) {
        if (machine == "x86_64") {
            add({10, older});
        } else {
            // Programs for both architectures were built for these versions; others run on none.
            tags.push_back(mac_tag({10, older}, "universal2"));
        }
    }
    return tags;
}

Result<std::vector<std::string>> expand_platform(std::string_view tag) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    if (tag.empty() || tag.find_first_not_of(allowed) != std::string_view::npos) {
        return Error(
            ErrorCode::malformed,
            "expected a platform tag such as manylinux_2_28_x86_64, saw '" +
                verify::printable(tag) + "'"
        );
    }
    std::string text(tag);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '-' || c == '.'; }, '_'
    );
    for (const auto& legacy : legacy_names) {
        const std::string prefix = std::string(legacy.name) + "_";
        if (text.starts_with(prefix)) {
            return without_first(
                linux_platforms(text.substr(prefix.size()), {LibcKind::glibc, 2, legacy.minor})
            );
        }
    }
    if (const auto glibc = read_versioned(text, "manylinux_"); glibc && glibc->major == 2) {
        return without_first(
            linux_platforms(glibc->machine, {LibcKind::glibc, glibc->major, glibc->minor})
        );
    }
    if (const auto musl = read_versioned(text, "musllinux_")) {
        return without_first(
            linux_platforms(musl->machine, {LibcKind::musl, musl->major, musl->minor})
        );
    }
    if (const auto mac = read_versioned(text, "macosx_"); mac && mac->major >= 10) {
        return mac_platforms(mac->major, mac->minor, mac->machine);
    }
    return std::vector<std::string>{std::move(text)};
}

std::vector<std::string> native_platforms() {
    struct utsname name {};
    const std::string machine = ::uname(&name) == 0 ? name.machine : "x86_64";
    Libc libc;
#ifdef __GLIBC__
    const std::string_view version = gnu_get_libc_version();
    const auto dot = version.find('.');
    if (dot != std::string_view::npos) {
        const auto minor = version.substr(dot + 1);
        std::from_chars(version.data(), version.data() + dot, libc.major);
        std::from_chars(minor.data(), minor.data() + minor.size(), libc.minor);
    }
#else
    libc = {LibcKind::musl, 1, 2};
#endif
    return linux_platforms(machine, libc);
}

}  // namespace heliograph::mirror
