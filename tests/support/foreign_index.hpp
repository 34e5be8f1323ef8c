// SPDX-License-Identifier: Apache-2.0
// An index that is not ours and signs nothing, in the dialects that such servers speak, written as
// texts: it shares no code with what reads them. Goes into FakeUpstream as its truth.
#pragma once

#include <tests/support/scripted_server.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace heliograph::test_support {

/// What its answers look like.
enum class Dialect {
    counted,    ///< As the main index: JSON, serials in list and pages, files on another host.
    uncounted,  ///< As a tree of bandersnatch: JSON without serials of projects, entity tags.
    plain,      ///< As pypiserver: HTML alone, relative links, no entity tags.
};

/// One file as the index shows it.
struct ForeignIndexFile {
    std::string content;
    std::string yanked = {};      ///< The reason; empty: it is not.
    std::string hash = "sha256";  ///< Under which algorithm's name; empty: none is stated.
    std::string metadata = {};    ///< Its metadata text; empty: none.
};

/// @thread Safe: servers ask it on threads of their own.
class ForeignIndex {
  public:
    explicit ForeignIndex(Dialect dialect) : m_dialect(dialect) {}

    /// Puts or replaces a file; each change is a serial.
    void put(const std::string& project, const std::string& file, ForeignIndexFile what);
    void take_file(const std::string& project, const std::string& file);
    /// The project goes from list and pages.
    void take(const std::string& project);
    /// As the main index does it: the list names it no more, its page offers nothing.
    void quarantine(const std::string& project);
    /// The list states another serial than the truth.
    void claim_serial(std::uint64_t serial);
    /// Files lie at this origin from now on: `http://127.0.0.1:8080`.
    void move_files(const std::string& origin);
    void speak(Dialect dialect);
    /// The list cannot be had from now on.
    void hide_list();
    /// Answers the main index's XML-RPC calls from now on, from all that ever happened.
    void open_feed();
    /// A row of the feed that changes nothing, and a serial.
    void note(const std::string& project, const std::string& action);
    /// So many serials stand for nothing.
    void skip_serials(std::uint64_t count);
    /// The feed states another last serial than the truth; 0: the truth.
    void claim_feed_serial(std::uint64_t serial);

    [[nodiscard]] Reply answer(const Request& request) const;
    [[nodiscard]] std::uint64_t serial() const;

  private:
    struct Project {
        std::map<std::string, ForeignIndexFile> files;
        std::uint64_t serial = 0;
        bool is_quarantined = false;
    };

    struct Row {
        std::string project;
        std::string action;
        std::uint64_t serial;
    };

    void happen(const std::string& project, const std::string& action);
    [[nodiscard]] Reply answer_call(const std::string& call) const;
    [[nodiscard]] Reply answer_file(const std::string& target) const;
    [[nodiscard]] std::string list() const;
    [[nodiscard]] std::string page(const std::string& name, const Project& project) const;
    [[nodiscard]] std::string json_page(const std::string& name, const Project& project) const;
    [[nodiscard]] std::string html_page(const Project& project) const;
    [[nodiscard]] Reply document(const Request& request, std::string body) const;

    mutable std::mutex m_mutex;  ///< Of all below.
    Dialect m_dialect;
    std::map<std::string, Project> m_projects;
    std::uint64_t m_serial = 1000;
    std::uint64_t m_claimed = 0;
    std::vector<Row> m_rows;
    bool m_has_feed = false;
    bool m_has_list = true;
    std::uint64_t m_feed_claim = 0;
    std::string m_files_at;
};

}  // namespace heliograph::test_support
