// SPDX-License-Identifier: Apache-2.0
// Small values that the tests of store, journal and sync share.
#pragma once

#include <mirror/store/catalog.hpp>

#include <string>
#include <string_view>

namespace heliograph::mirror::sample {

inline constexpr Instant time{std::chrono::seconds(1'767'323'045)};

inline verify::ProjectName project(std::string_view name = "wheel") {
    return verify::parse_normalised_name(name).value();
}

inline verify::DistFileName name(std::string_view text = "wheel-0.38.4-py3-none-any.whl") {
    return verify::parse_dist_file_name(text).value();
}

inline StoredPage page(std::string_view body, std::uint64_t serial) {
    return {
        .body = to_bytes(body),
        .digest = pki::sha256(bytes_of(body)),
        .signature = to_bytes("signature of " + std::string(body)),
        .serial = {serial}};
}

inline FileRecord file(std::string_view file_name = "wheel-0.38.4-py3-none-any.whl") {
    return {
        .path = verify::FilePath(pki::sha256(bytes_of("content")), name(file_name)),
        .size_bytes = 7,
        .metadata = MetadataRecord{.digest = pki::sha256(bytes_of("metadata")), .size_bytes = 8}};
}

inline JournalEvent added(
    std::uint64_t serial, std::string_view file_name = "wheel-0.38.4-py3-none-any.whl"
) {
    const auto parsed = name(file_name);
    return {
        .serial = {serial},
        .time = time,
        .action = JournalAction::add_file,
        .project = parsed.project(),
        .filename = parsed,
        .pages = PageDigests{
            .html = pki::sha256(bytes_of("html")), .json = pki::sha256(bytes_of("json"))}};
}

inline JournalEvent removed(std::uint64_t serial, std::string_view project_name = "wheel") {
    return {
        .serial = {serial},
        .time = time,
        .action = JournalAction::remove_project,
        .project = project(project_name),
        .filename = std::nullopt,
        .pages = std::nullopt};
}

inline JournalEvent created(std::uint64_t serial, std::string_view project_name = "wheel") {
    auto event = removed(serial, project_name);
    event.action = JournalAction::create_project;
    return event;
}

inline JournalEvent unyanked(std::uint64_t serial, std::string_view reason) {
    auto event = added(serial);
    event.action = JournalAction::unyank_release;
    event.version = event.filename->version();
    event.filename = std::nullopt;
    event.reason = reason;
    return event;
}

inline JournalEvent evidence_changed(std::uint64_t serial) {
    return {
        .serial = {serial},
        .time = time,
        .action = JournalAction::change_evidence,
        .project = std::nullopt,
        .filename = std::nullopt,
        .pages = std::nullopt};
}

}  // namespace heliograph::mirror::sample
