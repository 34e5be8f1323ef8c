// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/entry_rule.hpp>
#include <mirror/publish/member_path.hpp>
#include <verify/verdict/finding.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

Error bad_entry(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

}  // namespace

Result<std::string> entry_path(archive_entry* entry) {
    const char* path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) {
        path = archive_entry_pathname(entry);
    }
    if (path == nullptr) {
        return bad_entry("expected every entry to have a readable path, saw one without");
    }
    return std::string(path);
}

Outcome check_entry(archive_entry* entry, std::string_view path) {
    if (member_path::climbs(path) || member_path::has_control_character(path)) {
        return bad_entry(
            "expected every path to stay inside the archive, saw '" + verify::printable(path) + "'"
        );
    }
    const auto type = archive_entry_filetype(entry);
    if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK &&
        archive_entry_hardlink(entry) == nullptr) {
        return bad_entry(
            "expected files, folders and links only, saw a device or something unknown: '" +
            verify::printable(path) + "'"
        );
    }
    if (archive_entry_is_encrypted(entry) != 0) {
        return bad_entry(
            "expected readable members, '" + verify::printable(path) + "' is encrypted"
        );
    }
    return {};
}

Outcome check_entry_link(archive_entry* entry, std::string_view path, verify::FileKind kind) {
    const char* hard = archive_entry_hardlink(entry);
    const bool symbolic = archive_entry_filetype(entry) == AE_IFLNK;
    if (hard == nullptr && !symbolic) {
        return {};
    }
    // The wheel format has no links, and RECORD could not vouch for one.
    if (kind == verify::FileKind::wheel) {
        return bad_entry(
            "expected files and folders only in a wheel, saw a link: '" + verify::printable(path) +
            "'"
        );
    }
    const char* target = symbolic ? archive_entry_symlink(entry) : hard;
    if (target == nullptr ||
        (symbolic ? member_path::leads_outside(path, target) : member_path::climbs(target))) {
        return bad_entry(
            "expected every link to stay inside the archive, with '..' at most at its start, saw "
            "'" +
            verify::printable(path) + "' lead outside"
        );
    }
    return {};
}

}  // namespace heliograph::mirror
