// SPDX-License-Identifier: Apache-2.0
// What the proxy has verified already, or is fetching: pages for a minute, files as long as there
// is room. Private to this room.
#pragma once

#include <mirror/proxy/proxy_job.hpp>
#include <verify/index/project_name.hpp>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace heliograph::mirror {

/// A job, and whether the one who asked is to see to it that it is done.
template <typename Job>
struct Found {
    enum class Duty { none, start };
    std::shared_ptr<Job> job;
    Duty duty = Duty::none;
};

/// @thread Safe.
class PageShelf {
  public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    /// A page that is young enough to be given out without asking again.
    [[nodiscard]] std::shared_ptr<const ProxyPage> fresh(
        const verify::ProjectName& project, SteadyTime now
    );
    /// A page that once was verified in this run: what it says of a file's digest holds
    /// for as long as its signer does.
    [[nodiscard]] std::shared_ptr<const ProxyPage> any(const verify::ProjectName& project);
    /// The job under way for this project, or a new one.
    [[nodiscard]] Found<PageJob> job(const verify::ProjectName& project);
    void keep(std::shared_ptr<const ProxyPage> page);
    /// Their signer may be revoked.
    void forget_all();
    /// The job is done: the next one who asks begins anew.
    void end(const verify::ProjectName& project);

  private:
    std::mutex m_mutex;
    std::map<verify::ProjectName, std::shared_ptr<const ProxyPage>> m_pages;
    std::map<verify::ProjectName, std::shared_ptr<PageJob>> m_jobs;
};

/// Files under way, and those delivered, least recently used first out.
/// @thread Safe.
class FileShelf {
  public:
    explicit FileShelf(std::uint64_t limit_bytes) : m_limit_bytes(limit_bytes) {}

    /// @param key  The path of the file on every server.
    /// @param make  Makes the job when there is none; is told whether bytes of the file left that
    ///              nobody proved.
    template <typename Make>
    [[nodiscard]] Found<FileJob> job(const std::string& key, Make make) {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_entries.find(key); found != m_entries.end()) {
            m_order.splice(m_order.begin(), m_order, found->second.place);
            return {found->second.job, Found<FileJob>::Duty::none};
        }
        m_order.push_front(key);
        auto made = make(past_of(key));
        m_entries.emplace(key, Entry{made, m_order.begin()});
        return {std::move(made), Found<FileJob>::Duty::start};
    }
    /// It is there, with so many bytes: may be forgotten when others need the room.
    void settle(const std::string& key, std::uint64_t size_bytes);
    /// The signers of their pages may be revoked: forgets those that are there now, and those under
    /// way as soon as they are there.
    void forget_all();
    /// It is not to be had: the next one who asks begins anew.
    void drop(const std::string& key);

  private:
    struct Entry {
        std::shared_ptr<FileJob> job;
        std::list<std::string>::iterator place;
        std::uint64_t size_bytes = 0;  ///< 0: under way.
        bool outdated = false;         ///< Not to be kept.
    };
    using Entries = std::map<std::string, Entry>;

    [[nodiscard]] FileJob::Past past_of(const std::string& key) const;
    /// Takes it out, but remembers that bytes left which nobody proved.
    void forget(Entries::iterator entry);

    const std::uint64_t m_limit_bytes;
    std::mutex m_mutex;
    std::uint64_t m_size_bytes = 0;
    std::list<std::string> m_order;  ///< The last used one first.
    Entries m_entries;
    /// Keys of files with bytes that left unproven. Once there are too many, all files count.
    std::set<std::string> m_unproven;
};

}  // namespace heliograph::mirror
