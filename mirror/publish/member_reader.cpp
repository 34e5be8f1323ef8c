// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_opening.hpp>
#include <mirror/publish/entry_rule.hpp>
#include <mirror/publish/member_path.hpp>
#include <mirror/publish/member_reader.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

Error bad_member(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

bool is_plain_file(archive_entry* entry) {
    return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
}

// `folder/member` with the ending that the kind of archive has; the folder without the ending.
std::optional<std::string> metadata_folder(
    std::string_view path, verify::FileKind kind, std::string_view wheel_member = "METADATA"
) {
    const bool wheel = kind == verify::FileKind::wheel;
    const std::string_view member = wheel ? wheel_member : "PKG-INFO";
    const std::string_view ending = wheel ? ".dist-info" : "";
    if (path.starts_with("./")) {
        path.remove_prefix(2);
    }
    const auto slash = path.find('/');
    if (slash == std::string_view::npos || path.substr(slash + 1) != member) {
        return std::nullopt;
    }
    auto folder = path.substr(0, slash);
    if (!folder.ends_with(ending)) {
        return std::nullopt;
    }
    folder.remove_suffix(ending.size());
    return std::string(folder);
}

Outcome check_folder(const std::string& folder, const verify::DistFileName& name) {
    // `name-version` is what the name of a source archive is made of, so its parser knows it.
    const auto parsed = verify::parse_dist_file_name(folder + ".tar.gz");
    if (parsed && parsed->project() == name.project() && parsed->version() == name.version()) {
        return {};
    }
    return bad_member(
        "expected metadata in a folder named after " + name.text() + ", saw it in '" +
        verify::printable(folder) + "'"
    );
}

Error wrong_size(const std::string& path, std::uint64_t stated_bytes, const std::string& seen) {
    return bad_member(
        "expected '" + verify::printable(path) + "' with the " + std::to_string(stated_bytes) +
        " bytes that it states, it has " + seen
    );
}

}  // namespace

bool is_wheel_record_path(std::string_view path) {
    return metadata_folder(path, verify::FileKind::wheel, "RECORD").has_value();
}

Result<Gathered> MemberReader::run() {
    while (true) {
        archive_entry* entry = nullptr;
        const int answer = archive_read_next_header(m_reader, &entry);
        if (answer == ARCHIVE_EOF) {
            HG_CHECK(m_links.check(m_seen));
            return std::move(m_gathered);
        }
        HG_CHECK(check_archive(m_reader, answer, "read its directory"));
        // Of a zip, a warning tells of two headers of one member that disagree, or of a name.
        if (answer != ARCHIVE_OK && !is_tar(m_name)) {
            return bad_member(
                "expected a sound archive, could not read its directory without a warning: " +
                archive_reason(m_reader)
            );
        }
        HG_TRY(const auto path, entry_path(entry));
        const auto size = archive_entry_size(entry);
        if (archive_entry_size_is_set(entry) == 0 || size < 0) {
            return bad_member("expected every entry to state its size, one does not");
        }
        HG_CHECK(m_budget.take(path, static_cast<std::uint64_t>(size)));
        HG_CHECK(check_entry(entry, path));
        HG_CHECK(read_entry(entry, path, static_cast<std::uint64_t>(size)));
    }
}

Outcome MemberReader::read_entry(
    archive_entry* entry, const std::string& path, std::uint64_t size_bytes
) {
    const std::string plain = member_path::plain(path);
    auto* const text = text_for(path);
    if (text != nullptr) {
        HG_CHECK(note_text(entry, *text));
    }
    HG_CHECK(check_entry_link(entry, path, m_name.kind()));
    HG_CHECK(note_member(entry, path, plain));
    if (const auto folder = metadata_folder(path, m_name.kind())) {
        HG_CHECK(check_folder(*folder, m_name));
    }
    if (text != nullptr && text == &m_gathered.record) {
        m_gathered.record_path = plain;
    }
    return is_plain_file(entry) ? read_content(plain, size_bytes, text) : Outcome();
}

Outcome MemberReader::note_text(archive_entry* entry, std::optional<std::string>& text) {
    if (!is_plain_file(entry)) {
        return bad_member("expected the metadata to be a plain file, it is a link or a folder");
    }
    if (text.has_value()) {
        return bad_member("expected one metadata file, saw two");
    }
    text.emplace();
    return {};
}

Outcome MemberReader::note_member(
    archive_entry* entry, const std::string& path, const std::string& plain
) {
    if (const char* target = archive_entry_hardlink(entry); target != nullptr) {
        m_links.add_hard(member_path::plain(target));
    } else if (archive_entry_filetype(entry) == AE_IFLNK) {
        m_links.add_symbolic(plain);
    }
    const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
    // Only folders may be told again, which tar does.
    const auto [seen, first] = m_seen.emplace(plain, is_folder);
    if (!first && !(is_folder && seen->second)) {
        return bad_member(
            "expected every member once, saw '" + verify::printable(path) + "' twice"
        );
    }
    if (is_folder && m_name.kind() == verify::FileKind::wheel) {
        m_gathered.content.folders.insert(plain);
    }
    return {};
}

// METADATA, PKG-INFO or RECORD, whose text is kept; else nullptr.
std::optional<std::string>* MemberReader::text_for(std::string_view path) {
    if (metadata_folder(path, m_name.kind())) {
        return &m_gathered.metadata;
    }
    const bool is_record = m_name.kind() == verify::FileKind::wheel && is_wheel_record_path(path);
    return is_record ? &m_gathered.record : nullptr;
}

std::optional<pki::NamedHasher> MemberReader::hasher_for(const std::string& path) const {
    const auto line = m_record.find(path);
    return line != m_record.end() && line->second.digest
               ? std::make_optional<pki::NamedHasher>(line->second.digest->algorithm)
               : std::nullopt;
}

Outcome MemberReader::read_content(
    const std::string& path, std::uint64_t stated_bytes, std::optional<std::string>* text
) {
    const bool is_record = text == &m_gathered.record;
    const std::size_t text_limit =
        is_record ? record_limit_bytes : verify::limits::core_metadata_bytes;
    MemberContent content;
    auto hasher = hasher_for(path);
    while (true) {
        const auto count = archive_read_data(m_reader, m_piece.data(), m_piece.size());
        if (count < 0) {
            return bad_member(
                "expected a sound member '" + verify::printable(path) +
                "', could not unpack it: " + archive_reason(m_reader)
            );
        }
        if (count == 0) {
            break;
        }
        const std::string_view piece(m_piece.data(), static_cast<std::size_t>(count));
        content.size_bytes += piece.size();
        // What was stated is paid for already; a member that holds more lies about it.
        if (content.size_bytes > stated_bytes) {
            return wrong_size(path, stated_bytes, "more");
        }
        if (hasher) {
            hasher->update(bytes_of(piece));
        }
        if (text != nullptr) {
            if (text->value().size() + piece.size() > text_limit) {
                return over_archive_limit(is_record ? "RECORD" : "metadata", text_limit, "bytes");
            }
            text->value() += piece;
        }
    }
    if (content.size_bytes != stated_bytes) {
        return wrong_size(path, stated_bytes, std::to_string(content.size_bytes));
    }
    if (hasher) {
        content.digest = hasher->finish();
    }
    if (m_name.kind() == verify::FileKind::wheel) {
        m_gathered.content.files.emplace(path, content);
    }
    return {};
}

}  // namespace heliograph::mirror
