// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <mirror/fetch/kept_lists.hpp>
#include <mirror/fetch/page_cache.hpp>
#include <pki/base/file_lock.hpp>
#include <verify/verdict/limits.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

constexpr std::uint64_t kept_page_bytes = limits::page_bytes + limits::signature_bytes +
                                          limits::server_key_bytes + limits::revocation_bytes +
                                          4096;
// No project has this name.
constexpr std::string_view lists_name = "/revocation-lists";
// Others hold the lock for a few system calls.
constexpr std::chrono::milliseconds lock_patience{2000};

struct EntryBytes {
    Bytes bytes;
    Instant written = {};
};

/// None when there is none, or it is longer than it may be. What is no file goes.
Result<std::optional<EntryBytes>> read_entry(
    const std::filesystem::path& path, std::uint64_t most_bytes
) {
    const auto entry = open_cache_entry(path);
    if (!entry) {
        HG_CHECK(remove_odd_entry(path));
        return entry.error();
    }
    if (!*entry || (*entry)->size_bytes > most_bytes) {
        return std::optional<EntryBytes>();
    }
    EntryBytes read{Bytes(static_cast<std::size_t>((*entry)->size_bytes)), (*entry)->written};
    std::size_t filled = 0;
    while (filled < read.bytes.size()) {
        const auto count = ::pread(
            (*entry)->descriptor.get(),
            read.bytes.data() + filled,
            read.bytes.size() - filled,
            static_cast<off_t>(filled)
        );
        if (count < 0 && errno != EINTR) {
            return system_error(errno, "read " + path.string());
        }
        if (count == 0) {
            break;
        }
        filled += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    read.bytes.resize(filled);
    (*entry)->mark_used();
    return std::optional(std::move(read));
}

}  // namespace

std::filesystem::path PageCache::place_of(const pki::Sha256& authority, std::string_view name)
    const {
    pki::Sha256Hasher hasher;
    hasher.update(authority.span());
    hasher.update(bytes_of(name));
    return m_folder.place_of(hasher.finish());
}

Result<std::optional<PageCache::Found>> PageCache::find_at(const std::filesystem::path& path
) const {
    HG_TRY(const auto entry, read_entry(path, kept_page_bytes));
    if (!entry) {
        return std::optional<Found>();
    }
    auto page = parse_kept_page(entry->bytes);
    if (!page) {
        return std::optional<Found>();  // As good as none; the next run over a network mends it.
    }
    return std::optional(Found{*std::move(page), entry->written});
}

Result<std::optional<PageCache::Found>> PageCache::find(const verify::ProjectName& project) {
    std::optional<Found> newest;
    if (!m_folder.may_be_read()) {
        return newest;
    }
    for (const auto& authority : m_authorities) {
        HG_TRY(auto found, find_at(place_of(authority, project.text())));
        if (found && (!newest || newest->page.serial < found->page.serial)) {
            newest = std::move(found);
        }
    }
    return newest;
}

void PageCache::keep(const verify::ProjectName& project, const KeptPage& page) {
    if (m_folder.may_be_written()) {
        m_folder.note(try_keep(project, page));
    }
}

Outcome PageCache::try_keep(const verify::ProjectName& project, const KeptPage& page) {
    const auto document = render_kept_page(page);
    HG_TRY(const auto lock, FileLock::wait_for(m_folder.lock_file(), lock_patience));
    for (const auto& authority : m_authorities) {
        const auto path = place_of(authority, project.text());
        const auto kept = find_at(path);
        // A run that was given an older one, or began before, takes nothing away.
        if (kept && *kept && page.serial < (*kept)->page.serial) {
            continue;
        }
        HG_CHECK(write_cache_entry(path, document));
        m_folder.count(document.size());
    }
    return page.revocation_pem ? keep_lists(*page.revocation_pem) : Outcome();
}

Outcome PageCache::keep_lists(ByteSpan lists) {
    const auto digest = pki::sha256(lists);
    {
        const std::lock_guard guard(m_mutex);
        if (m_lists_kept == digest) {
            return {};
        }
    }
    for (const auto& authority : m_authorities) {
        const auto path = place_of(authority, lists_name);
        HG_TRY(const auto kept, read_entry(path, limits::revocation_bytes));
        // What cannot be read any more is begun anew.
        const auto joined = join_lists(lists, kept ? ByteSpan(kept->bytes) : lists);
        const auto known = joined ? ByteSpan(*joined) : lists;
        if (!kept || text_of(kept->bytes) != text_of(known)) {
            HG_CHECK(write_cache_entry(path, known));
            m_folder.count(known.size());
        }
    }
    const std::lock_guard guard(m_mutex);
    m_lists_kept = digest;
    return {};
}

Result<std::optional<Bytes>> PageCache::lists() {
    std::optional<Bytes> all;
    if (!m_folder.may_be_read()) {
        return all;
    }
    for (const auto& authority : m_authorities) {
        HG_TRY(auto kept, read_entry(place_of(authority, lists_name), limits::revocation_bytes));
        if (!kept) {
            continue;
        }
        auto joined = join_lists(kept->bytes, all ? ByteSpan(*all) : ByteSpan(kept->bytes));
        if (joined) {
            all = *std::move(joined);
        }
    }
    return all;
}

}  // namespace heliograph::mirror
