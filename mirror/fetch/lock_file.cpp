// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/toml_key_guard.hpp>
#include <mirror/fetch/toml_library.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

Error wrong_member(const std::string& name, const std::string& expected) {
    return {ErrorCode::malformed, "expected " + expected + " in '" + name + "'"};
}

/// None when the member is absent; an error when it is of another kind.
template <typename T>
Result<std::optional<T>> optional_member(
    const toml::table& table, const std::string& name, const std::string& expected
) {
    const auto node = table[name];
    if (!node) {
        return std::optional<T>();
    }
    auto value = node.value_exact<T>();
    if (!value) {
        return wrong_member(name, expected);
    }
    return std::optional<T>(std::move(*value));
}

Result<std::string> text_of_member(const toml::table& table, const std::string& name) {
    HG_TRY(auto text, optional_member<std::string>(table, name, "a text"));
    if (!text) {
        return wrong_member(name, "a text");
    }
    return *std::move(text);
}

Result<std::optional<verify::SpecifierSet>> python_range(const toml::table& table) {
    HG_TRY(const auto text, optional_member<std::string>(table, "requires-python", "a text"));
    if (!text) {
        return std::optional<verify::SpecifierSet>();
    }
    HG_TRY(auto range, verify::parse_specifier_set(*text));
    return std::optional(std::move(range));
}

// The base name of a path or URL, for files that state no name of their own.
std::string last_segment(const std::string& place) {
    const auto end = std::min(place.find_first_of("?#"), place.size());
    const auto slash = place.find_last_of('/', end == 0 ? 0 : end - 1);
    const auto begin = slash == std::string::npos ? 0 : slash + 1;
    return place.substr(begin, end - begin);
}

struct ReadFile {
    verify::DistFileName name;
    std::optional<pki::Sha256> sha256;
    std::optional<std::uint64_t> size_bytes;
};

Result<std::optional<pki::Sha256>> read_sha256(const toml::table& table, UnhashedFiles unhashed) {
    const auto* hashes = table["hashes"].as_table();
    const bool may_lack = unhashed == UnhashedFiles::reported;
    if (may_lack && (hashes == nullptr || !hashes->contains("sha256"))) {
        return std::optional<pki::Sha256>();
    }
    if (hashes == nullptr) {
        return wrong_member("hashes", "a table");
    }
    HG_TRY(const auto hex, text_of_member(*hashes, "sha256"));
    HG_TRY(const auto digest, pki::Sha256::parse_hex(hex));
    return std::optional(digest);
}

Result<std::optional<std::uint64_t>> read_size(const toml::table& table) {
    HG_TRY(const auto size, optional_member<std::int64_t>(table, "size", "a number"));
    if (size && *size < 0) {
        return wrong_member("size", "a number of bytes");
    }
    return size ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt;
}

Result<ReadFile> read_locked_file(const toml::table& table, UnhashedFiles unhashed) {
    HG_TRY(auto name, optional_member<std::string>(table, "name", "a text"));
    HG_TRY(const auto url, optional_member<std::string>(table, "url", "a text"));
    HG_TRY(const auto path, optional_member<std::string>(table, "path", "a text"));
    if (!name) {
        name = last_segment(url ? *url : path.value_or(""));
    }
    HG_TRY(auto file, verify::parse_dist_file_name(*name));
    HG_TRY(const auto digest, read_sha256(table, unhashed));
    HG_TRY(const auto size, read_size(table));
    return ReadFile{std::move(file), digest, size};
}

/// The package that files are read for.
struct PackageReading {
    LockedPackage package;
    UnhashedFiles unhashed;
};

Outcome add_file_to(PackageReading& reading, const toml::node* node, verify::FileKind kind) {
    auto& package = reading.package;
    const auto* table = node == nullptr ? nullptr : node->as_table();
    if (table == nullptr) {
        return wrong_member("wheels or sdist", "tables");
    }
    HG_TRY(auto file, read_locked_file(*table, reading.unhashed));
    if (file.name.kind() != kind || file.name.project() != package.name ||
        file.name.version() != package.version) {
        return Error(
            ErrorCode::malformed,
            "expected files of " + package.name.text() + " " + package.version.text() + ", saw " +
                file.name.text()
        );
    }
    if (file.sha256) {
        package.files.push_back({std::move(file.name), *file.sha256, file.size_bytes});
    } else {
        package.unhashed.push_back(std::move(file.name));
    }
    return {};
}

Outcome add_files_to(PackageReading& reading, const toml::table& table) {
    if (const auto* sdist = table.get("sdist")) {
        HG_CHECK(add_file_to(reading, sdist, verify::FileKind::sdist));
    }
    if (const auto* wheels = table.get("wheels")) {
        if (!wheels->is_array()) {
            return wrong_member("wheels", "an array");
        }
        for (const auto& wheel : *wheels->as_array()) {
            HG_CHECK(add_file_to(reading, &wheel, verify::FileKind::wheel));
        }
    }
    const auto& package = reading.package;
    if (package.files.empty() && package.unhashed.empty()) {
        return Error(
            ErrorCode::malformed, "expected a source archive or wheels of " + package.name.text()
        );
    }
    return {};
}

Result<LockedPackage> read_package(const toml::table& table, UnhashedFiles unhashed) {
    HG_TRY(const auto name_text, text_of_member(table, "name"));
    HG_TRY(auto name, verify::parse_project_name(name_text));
    for (const char* other : {"vcs", "directory", "archive"}) {
        if (table.contains(other)) {
            return Error(
                ErrorCode::unsupported,
                "expected packages of an index, " + name.text() + " comes from '" + other + "'"
            );
        }
    }
    HG_TRY(const auto version_text, text_of_member(table, "version"));
    HG_TRY(auto version, verify::parse_version(version_text));
    PackageReading reading{{std::move(name), std::move(version), {}, {}}, unhashed};
    HG_TRY(const auto marker, optional_member<std::string>(table, "marker", "a text"));
    if (marker) {
        HG_TRY(reading.package.marker, parse_environment_marker(*marker));
    }
    HG_CHECK(add_files_to(reading, table));
    return std::move(reading.package);
}

Outcome read_environments(const toml::table& root, LockFile& lock) {
    const auto* environments = root.get("environments");
    if (environments == nullptr) {
        return {};
    }
    if (!environments->is_array()) {
        return wrong_member("environments", "an array");
    }
    for (const auto& node : *environments->as_array()) {
        const auto text = node.value_exact<std::string>();
        if (!text) {
            return wrong_member("environments", "texts");
        }
        HG_TRY(auto marker, parse_environment_marker(*text));
        lock.environments.push_back(std::move(marker));
    }
    return {};
}

Outcome read_packages(const toml::table& root, LockFile& lock, UnhashedFiles unhashed) {
    const auto* packages = root["packages"].as_array();
    if (packages == nullptr) {
        return wrong_member("packages", "an array of tables");
    }
    std::size_t files = 0;
    for (const auto& node : *packages) {
        const auto* table = node.as_table();
        if (table == nullptr) {
            return wrong_member("packages", "an array of tables");
        }
        auto package = read_package(*table, unhashed);
        if (!package) {
            return std::move(package).error().at(
                "package " + std::to_string(lock.packages.size() + 1)
            );
        }
        files += package->files.size() + package->unhashed.size();
        lock.packages.push_back(*std::move(package));
        if (lock.packages.size() > lock_file_packages || files > lock_file_files) {
            return Error(ErrorCode::too_large, "expected fewer packages and files in a lock file");
        }
    }
    return {};
}

Result<LockFile> read_lock_file(const toml::table& root, UnhashedFiles unhashed) {
    HG_TRY(const auto version, text_of_member(root, "lock-version"));
    if (version != "1" && !version.starts_with("1.")) {
        return Error(
            ErrorCode::unsupported,
            "expected lock-version 1.0, saw '" + verify::printable(version) + "'"
        );
    }
    LockFile lock;
    HG_TRY(lock.requires_python, python_range(root));
    HG_CHECK(read_environments(root, lock));
    HG_CHECK(read_packages(root, lock, unhashed));
    return lock;
}

}  // namespace

Result<LockFile> parse_lock_file(std::string_view text, UnhashedFiles unhashed) {
    if (text.size() > lock_file_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a lock file of at most " + std::to_string(lock_file_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    // toml++ 3.3 reaches code that it calls unreachable when a character such as u-umlaut stands
    // where a blank could.
    const auto foreign = std::find_if(text.begin(), text.end(), [](char byte) {
        return static_cast<unsigned char>(byte) > 0x7f;
    });
    if (foreign != text.end()) {
        return Error(
            ErrorCode::unsupported,
            "expected a lock file in ASCII, saw another character in line " +
                std::to_string(1 + std::count(text.begin(), foreign, '\n'))
        );
    }
    HG_CHECK(check_toml_keys(text));
    try {
        return read_lock_file(toml::parse(text), unhashed);
    } catch (const toml::parse_error& error) {
        return Error(
            ErrorCode::malformed,
            "expected TOML, saw in line " + std::to_string(error.source().begin.line) + ": " +
                verify::printable(error.description())
        );
    } catch (const TomlDoubt&) {
        return Error(ErrorCode::malformed, "expected TOML, saw something else");
    }
}

std::vector<Requirement> requirements_of(const LockFile& lock) {
    std::vector<Requirement> requirements;
    for (const auto& package : lock.packages) {
        // Our own text of a version is one, so this cannot fail.
        Requirement requirement{
            package.name,
            verify::parse_specifier_set("==" + package.version.text()).value(),
            std::nullopt};
        requirement.marker = package.marker;
        for (const auto& file : package.files) {
            requirement.hashes.push_back(file.sha256);
        }
        requirements.push_back(std::move(requirement));
    }
    return requirements;
}

}  // namespace heliograph::mirror
