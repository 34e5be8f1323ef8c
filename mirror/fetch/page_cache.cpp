// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <mirror/fetch/page_cache.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

constexpr std::uint64_t kept_page_bytes = limits::page_bytes + limits::signature_bytes +
                                          limits::server_key_bytes + limits::revocation_bytes +
                                          4096;

}  // namespace

std::filesystem::path PageCache::place_of(const verify::ProjectName& project) const {
    return m_folder.place_of(pki::sha256(bytes_of(project.text())));
}

Result<std::optional<PageCache::Found>> PageCache::find(const verify::ProjectName& project) {
    const auto path = place_of(project);
    HG_TRY(const auto entry, open_cache_entry(path));
    if (!entry) {
        return std::optional<Found>();
    }
    HG_TRY(const auto bytes, read_file(path, kept_page_bytes));
    auto page = parse_kept_page(bytes);
    if (!page) {
        return std::optional<Found>();  // As good as none; the next run over a network mends it.
    }
    entry->mark_used();
    return std::optional(Found{*std::move(page), entry->written});
}

void PageCache::keep(const verify::ProjectName& project, const KeptPage& page) {
    const auto document = render_kept_page(page);
    m_folder.note(write_cache_entry(place_of(project), document));
    m_folder.count(document.size());
}

}  // namespace heliograph::mirror
