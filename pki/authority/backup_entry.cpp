// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/backup_entry.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::pki {

namespace {

constexpr std::string_view magic = "heliograph-backup-1\n";

void put_number(Bytes& bytes, std::uint64_t number, unsigned octets) {
    for (unsigned i = octets; i > 0; --i) {
        bytes.push_back(static_cast<std::byte>((number >> (8U * (i - 1))) & 0xffU));
    }
}

std::uint64_t number_of(ByteSpan bytes) {
    std::uint64_t number = 0;
    for (const std::byte byte : bytes) {
        number = (number << 8U) | std::to_integer<std::uint64_t>(byte);
    }
    return number;
}

Error broken(const std::string& seen) {
    return {ErrorCode::malformed, "expected the backup of an authority, saw " + seen};
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

Bytes render_backup_head(Instant made) {
    Bytes bytes = to_bytes(magic);
    put_number(bytes, static_cast<std::uint64_t>(made.time_since_epoch().count()), 8);
    return bytes;
}

Bytes render_backup_entry(const BackupEntry& entry) {
    HG_ASSERT(is_backup_path(entry.path));
    Bytes bytes;
    bytes.push_back(entry.kind == BackupEntryKind::folder ? std::byte{'d'} : std::byte{'f'});
    put_number(bytes, entry.permissions, 2);
    put_number(bytes, entry.path.size(), 2);
    const ByteSpan path = bytes_of(entry.path);
    bytes.insert(bytes.end(), path.begin(), path.end());
    put_number(bytes, entry.size_bytes, 8);
    return bytes;
}

Bytes render_backup_end(std::uint64_t count) {
    Bytes bytes{std::byte{'e'}};
    put_number(bytes, count, 8);
    return bytes;
}

bool is_backup_path(const std::string& path) {
    if (path.empty() || path.size() > backup_path_limit_bytes) {
        return false;
    }
    std::size_t start = 0;
    while (start <= path.size()) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string part = path.substr(start, end - start);
        const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
            return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
        });
        if (part.empty() || part == "." || part == ".." || !plain) {
            return false;
        }
        start = end + 1;
    }
    return true;
}

void BackupParser::expect(State state, std::size_t size_bytes) {
    m_state = state;
    m_wanted = size_bytes;
    m_pending.clear();
}

Outcome BackupParser::take(ByteSpan bytes) {
    while (!bytes.empty()) {
        if (m_state == State::ended) {
            return broken("something behind its end");
        }
        if (m_state == State::content) {
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(m_left, bytes.size()));
            HG_CHECK(m_events.content(bytes.first(count)));
            bytes = bytes.subspan(count);
            m_left -= count;
            if (m_left == 0) {
                HG_CHECK(end_entry());
            }
            continue;
        }
        const std::size_t count = std::min(m_wanted - m_pending.size(), bytes.size());
        m_pending.insert(
            m_pending.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)
        );
        bytes = bytes.subspan(count);
        if (m_pending.size() == m_wanted) {
            HG_CHECK(step());
        }
    }
    return {};
}

Outcome BackupParser::step() {
    const ByteSpan read = m_pending;
    switch (m_state) {
        case State::head:
            if (text_of(read.first(magic.size())) != magic) {
                return broken("another format");
            }
            m_made = Instant(std::chrono::seconds(
                static_cast<std::int64_t>(number_of(read.subspan(magic.size())))
            ));
            expect(State::kind, 1);
            return {};
        case State::kind:
            if (read.front() == std::byte{'e'}) {
                expect(State::count, 8);
                return {};
            }
            if (read.front() != std::byte{'d'} && read.front() != std::byte{'f'}) {
                return broken("an entry of an unknown kind");
            }
            m_entry.kind =
                read.front() == std::byte{'d'} ? BackupEntryKind::folder : BackupEntryKind::file;
            expect(State::fields, 4);
            return {};
        case State::fields: {
            m_entry.permissions = static_cast<unsigned>(number_of(read.first(2)));
            const auto length = static_cast<std::size_t>(number_of(read.subspan(2)));
            if (length == 0 || length > backup_path_limit_bytes) {
                return broken("a path of another length");
            }
            expect(State::path, length);
            return {};
        }
        case State::path:
            m_entry.path = text_of(read);
            expect(State::size, 8);
            return {};
        case State::size:
            m_entry.size_bytes = number_of(read);
            return begin_entry();
        case State::count:
            if (number_of(read) != m_count) {
                return broken("another number of files than it says");
            }
            expect(State::ended, 1);
            return {};
        case State::content:
        case State::ended:
            break;
    }
    HG_ASSERT(false);
    return {};
}

Outcome BackupParser::begin_entry() {
    const bool folder = m_entry.kind == BackupEntryKind::folder;
    const std::string parent = parent_of(m_entry.path);
    const bool placed = parent.empty() || m_paths.contains(parent + "/");
    if (!is_backup_path(m_entry.path) || !placed || m_entry.permissions > 0777U ||
        (folder && m_entry.size_bytes != 0) || m_count == backup_entry_limit) {
        return broken("an entry that no authority has");
    }
    // A folder is remembered with its slash, so that no file passes for one.
    const std::string other = folder ? m_entry.path : m_entry.path + "/";
    if (m_paths.contains(other) ||
        !m_paths.insert(folder ? m_entry.path + "/" : m_entry.path).second) {
        return broken("an entry twice");
    }
    ++m_count;
    HG_CHECK(m_events.begin(m_entry));
    m_left = m_entry.size_bytes;
    if (m_left == 0) {
        return end_entry();
    }
    expect(State::content, 0);
    return {};
}

Outcome BackupParser::end_entry() {
    expect(State::kind, 1);
    return m_events.end();
}

Outcome BackupParser::finish() const {
    if (m_state != State::ended) {
        return broken("one without its end");
    }
    return {};
}

}  // namespace heliograph::pki
