// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/shelf.hpp>

namespace heliograph::mirror {

namespace {

// How long a removal or a new release may take to be seen through the proxy.
constexpr std::chrono::seconds page_freshness{60};
constexpr std::size_t most_pages = 4096;
// Each holds a descriptor.
constexpr std::size_t most_files = 256;
constexpr std::size_t most_unproven = 4096;

}  // namespace

std::shared_ptr<const ProxyPage> PageShelf::fresh(
    const verify::ProjectName& project, SteadyTime now
) {
    auto page = any(project);
    return page != nullptr && now - page->at < page_freshness ? page : nullptr;
}

std::shared_ptr<const ProxyPage> PageShelf::any(const verify::ProjectName& project) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_pages.find(project);
    return found == m_pages.end() ? nullptr : found->second;
}

Found<PageJob> PageShelf::job(const verify::ProjectName& project) {
    const std::lock_guard lock(m_mutex);
    auto& job = m_jobs[project];
    if (job != nullptr) {
        return {job, Found<PageJob>::Duty::none};
    }
    job = std::make_shared<PageJob>();
    return {job, Found<PageJob>::Duty::start};
}

void PageShelf::keep(std::shared_ptr<const ProxyPage> page) {
    const std::lock_guard lock(m_mutex);
    if (m_pages.size() >= most_pages) {
        m_pages.clear();
    }
    const auto name = page->page.name;
    m_pages.insert_or_assign(name, std::move(page));
}

void PageShelf::forget_all() {
    const std::lock_guard lock(m_mutex);
    m_pages.clear();
}

void PageShelf::end(const verify::ProjectName& project) {
    const std::lock_guard lock(m_mutex);
    m_jobs.erase(project);
}

void FileShelf::settle(const std::string& key, std::uint64_t size_bytes) {
    const std::lock_guard lock(m_mutex);
    const auto settled = m_entries.find(key);
    if (settled == m_entries.end()) {
        return;
    }
    if (settled->second.outdated) {
        forget(settled);
        return;
    }
    settled->second.size_bytes = std::max<std::uint64_t>(size_bytes, 1);
    m_size_bytes += settled->second.size_bytes;
    for (auto oldest = m_order.end(); oldest != m_order.begin();) {
        if (m_size_bytes <= m_limit_bytes && m_entries.size() <= most_files) {
            return;
        }
        --oldest;
        const auto entry = m_entries.find(*oldest);
        if (entry->second.size_bytes > 0 && *oldest != key) {
            ++oldest;
            forget(entry);
        }
    }
}

void FileShelf::forget_all() {
    const std::lock_guard lock(m_mutex);
    for (auto next = m_entries.begin(); next != m_entries.end();) {
        const auto entry = next++;
        if (entry->second.size_bytes > 0) {
            forget(entry);
        } else {
            entry->second.outdated = true;
        }
    }
}

void FileShelf::drop(const std::string& key) {
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_entries.find(key); found != m_entries.end()) {
        forget(found);
    }
}

FileJob::Past FileShelf::past_of(const std::string& key) const {
    return m_unproven.size() >= most_unproven || m_unproven.contains(key) ? FileJob::Past::unproven
                                                                          : FileJob::Past::clean;
}

void FileShelf::forget(Entries::iterator entry) {
    const Entry& old = entry->second;
    const auto bytes = old.job->look().bytes;
    const bool some_left = old.size_bytes == 0 && bytes.released && bytes.released->end_bytes() > 0;
    const bool unproven =
        old.job->past() == FileJob::Past::unproven || bytes.generation > 0 || some_left;
    if (unproven && m_unproven.size() < most_unproven) {
        m_unproven.insert(entry->first);
    }
    m_size_bytes -= old.size_bytes;
    m_order.erase(old.place);
    m_entries.erase(entry);
}

}  // namespace heliograph::mirror
