// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_budget.hpp>
#include <mirror/publish/archive_opening.hpp>
#include <mirror/publish/dist_reader.hpp>
#include <mirror/publish/member_reader.hpp>
#include <mirror/publish/record_text.hpp>
#include <mirror/publish/utf8_locale.hpp>
#include <mirror/publish/wheel_record.hpp>
#include <mirror/publish/zip_layout.hpp>
#include <verify/index/specifier.hpp>
#include <verify/verdict/finding.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace heliograph::mirror {

namespace {

Error bad_dist(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

std::string beside_record(const std::string& record_path, std::string_view name) {
    return record_path.substr(0, record_path.rfind('/') + 1) + std::string(name);
}

Outcome check_presence(const Gathered& gathered, const verify::DistFileName& name) {
    const bool wheel = name.kind() == verify::FileKind::wheel;
    if (!gathered.metadata) {
        return bad_dist(
            wheel ? "expected a wheel with a file METADATA in its .dist-info folder, saw none"
                  : "expected a source archive with a file PKG-INFO in its folder, saw none"
        );
    }
    if (wheel && !gathered.record) {
        return bad_dist("expected a wheel with a file RECORD in its .dist-info folder, saw none");
    }
    // What every installer reads first.
    if (wheel && !gathered.content.files.contains(beside_record(gathered.record_path, "WHEEL"))) {
        return bad_dist("expected a wheel with a file WHEEL in its .dist-info folder, saw none");
    }
    return {};
}

Outcome check_agreement(const verify::CoreMetadata& metadata, const verify::DistFileName& name) {
    if (metadata.name != name.project()) {
        return bad_dist(
            "expected metadata of project " + name.project().text() +
            ", as the file name says, saw that of " + metadata.name.text()
        );
    }
    if (metadata.version != name.version()) {
        return bad_dist(
            "expected metadata of version " + name.version().text() +
            ", as the file name says, saw that of " + metadata.version.text()
        );
    }
    return {};
}

// What no installer can read, each of them treats in its own way: some take the file for any
// Python.
Outcome check_requires_python(
    const verify::CoreMetadata& metadata, const verify::DistFileName& name
) {
    if (!metadata.requires_python) {
        return {};
    }
    const auto specifier = verify::parse_specifier_set(*metadata.requires_python);
    if (specifier) {
        return {};
    }
    return Error(
        ErrorCode::malformed,
        "expected the Requires-Python of " + name.text() +
            " to be a version specifier (PEP 440), such as >=3.9, saw '" +
            verify::printable(*metadata.requires_python) + "'; correct it and build anew"
    );
}

// Its lines, or none where the pass over all members tells why.
Result<WheelRecord> record_of(const std::optional<std::string>& text) {
    return text ? parse_wheel_record(*text) : Result<WheelRecord>(WheelRecord());
}

}  // namespace

Result<DistMetadata> read_dist_metadata(
    int descriptor, const verify::DistFileName& name, const DistLimits& limits
) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        return system_error(errno, "look at " + name.text());
    }
    const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
    if (!is_tar(name)) {
        HG_CHECK(check_zip_layout(descriptor, file_bytes, {.entries = limits.entries}));
    }
    const Utf8Locale names_in_utf8;
    std::optional<std::string> record_text;
    if (name.kind() == verify::FileKind::wheel) {
        HG_TRY(record_text, read_record_text(descriptor, name));
    }
    HG_TRY(const auto record, record_of(record_text));
    HG_TRY(const auto reader, open_archive(descriptor, name));
    const ArchiveBudget budget(limits, file_bytes);
    const auto member_reader = std::make_unique<MemberReader>(reader.get(), name, budget, record);
    HG_TRY(auto gathered, member_reader->run());
    HG_CHECK(check_presence(gathered, name));
    HG_TRY(auto metadata, verify::parse_core_metadata(*gathered.metadata));
    HG_CHECK(check_agreement(metadata, name));
    HG_CHECK(check_requires_python(metadata, name));
    if (gathered.record) {
        if (gathered.record != record_text) {
            return bad_dist("expected one RECORD in the archive, two readings of it gave two");
        }
        HG_CHECK(check_wheel_record(record, gathered.record_path, gathered.content));
    }
    return DistMetadata{.text = *std::move(gathered.metadata), .metadata = std::move(metadata)};
}

}  // namespace heliograph::mirror
