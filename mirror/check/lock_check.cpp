// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/distribution_folder.hpp>
#include <mirror/check/lock_check.hpp>
#include <mirror/check/plain_file.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;
using verify::Cause;
using verify::CheckedItem;
using verify::Severity;

/// What is known of a file that could be the one that is wished for.
struct Offered {
    verify::DistFileName name;
    std::string path;  ///< Empty: it stands on a page alone.
    pki::Sha256 sha256;
    std::optional<std::uint64_t> size_bytes;
    std::optional<std::string> yanked;
    bool is_wished = false;
};

std::string name_of(const LockEntry& entry, const LockWish& wish) {
    if (wish.name) {
        return "file " + wish.name->text();
    }
    return wish.sha256 ? entry.text() + " with sha256 " + wish.sha256->to_hex() : entry.text();
}

bool is_missing(const CheckedItem& item) {
    return item.verdict.find("locked-file-missing") != nullptr;
}

bool one_holds(const std::vector<CheckedItem>& items) {
    return std::any_of(items.begin(), items.end(), [](const CheckedItem& item) {
        return item.accepted();
    });
}

/// The wishes of one entry against what is offered of its project.
class EntryCheck {
  public:
    EntryCheck(const LockEntry& entry, std::vector<Offered>& offered, std::string source)
        : m_entry(entry), m_offered(offered), m_source(std::move(source)) {}

    std::vector<CheckedItem> run() {
        for (const auto& wish : m_entry.files) {
            if (wish.sha256) {
                check(wish);
            } else {
                mark_named(wish);
                add_failure(
                    wish, "lock-hash-missing", Cause::missing_evidence, "a sha256 in the lock"
                );
            }
        }
        return std::move(m_items);
    }

  private:
    // Wherever the file lies: the right one in two places is right in both.
    void check(const LockWish& wish) {
        bool is_there = false;
        for (auto& one : m_offered) {
            if (means(wish, one)) {
                is_there = true;
                one.is_wished = true;
                m_items.push_back(compared(wish, one));
            }
        }
        if (!is_there) {
            add_failure(
                wish, "locked-file-missing", Cause::not_found, "the file that the lock names"
            );
        }
    }

    void add_failure(const LockWish& wish, std::string id, Cause cause, std::string expected) {
        CheckedItem item{name_of(m_entry, wish), m_entry.lock};
        item.line = m_entry.line;
        item.verdict.add(
            {.id = std::move(id),
             .cause = cause,
             .subject = item.name,
             .expected = std::move(expected),
             .seen = "none",
             .source = m_source}
        );
        m_items.push_back(std::move(item));
    }

    [[nodiscard]] CheckedItem compared(const LockWish& wish, const Offered& offered) const {
        CheckedItem item{name_of(m_entry, wish), offered.path};
        if (offered.path.empty()) {
            item.place = m_entry.lock;
            item.line = m_entry.line;
        }
        const auto object = [&](std::string id, std::string expected, std::string seen) {
            verify::Finding finding{
                .id = std::move(id),
                .subject = item.name,
                .expected = std::move(expected),
                .seen = std::move(seen),
                .source = offered.path.empty() ? m_source : offered.path};
            if (finding.id == "file-yanked") {
                finding.severity = Severity::warning;
                finding.cause = Cause::not_found;
            }
            item.verdict.add(std::move(finding));
        };
        if (offered.sha256 != *wish.sha256) {
            object(
                "file-hash-mismatch",
                "sha256 " + wish.sha256->to_hex() + ", as the lock states",
                "sha256 " + offered.sha256.to_hex()
            );
        }
        if (wish.size_bytes && offered.size_bytes && *wish.size_bytes != *offered.size_bytes) {
            object(
                "file-length-mismatch",
                std::to_string(*wish.size_bytes) + " bytes, as the lock states",
                std::to_string(*offered.size_bytes) + " bytes"
            );
        }
        if (offered.yanked) {
            object(
                "file-yanked",
                "a file that was not yanked",
                offered.yanked->empty() ? "yanked" : "yanked: " + *offered.yanked
            );
        }
        item.verdict.pass("sha256 of " + item.name);
        return item;
    }

    void mark_named(const LockWish& wish) {
        for (auto& one : m_offered) {
            one.is_wished = one.is_wished || (wish.name ? one.name == *wish.name : fits(one));
        }
    }

    [[nodiscard]] bool fits(const Offered& one) const {
        return one.name.project() == m_entry.project &&
               m_entry.versions.accepts(one.name.version());
    }

    // By its name where the lock tells one: other bytes under this name are a lie to be told.
    [[nodiscard]] bool means(const LockWish& wish, const Offered& one) const {
        return wish.name ? one.name == *wish.name : fits(one) && one.sha256 == *wish.sha256;
    }

    const LockEntry& m_entry;
    std::vector<Offered>& m_offered;
    std::string m_source;
    std::vector<CheckedItem> m_items;
};

/// One platform's part of a lock: what of the rest may be missing, and why.
class PlatformPart {
  public:
    explicit PlatformPart(const std::vector<LockEntry>& entries) {
        for (const auto& entry : entries) {
            if (!entry.marker) {
                m_wanted_everywhere.insert(entry.project);
            }
        }
    }

    void note(const LockEntry& entry, const std::vector<CheckedItem>& items) {
        if (one_holds(items)) {
            m_present.insert(entry.project);
        }
    }

    /// Takes out what may be missing, once all entries are noted.
    void excuse(const LockEntry& entry, std::vector<CheckedItem>& items) {
        const bool is_present = m_present.contains(entry.project);
        if (!is_present && m_wanted_everywhere.contains(entry.project)) {
            return;
        }
        const auto excused = std::erase_if(items, is_missing);
        if (!is_present && excused > 0) {
            m_elsewhere.add(
                {.id = "locked-file-missing",
                 .severity = Severity::warning,
                 .cause = Cause::not_found,
                 .subject = entry.text(),
                 .expected =
                     "a file of it, or that its marker does not hold here: " + entry.marker->text(),
                 .seen = "none",
                 .source = entry.lock}
            );
        }
    }

    [[nodiscard]] verify::Verdict take_elsewhere() { return std::move(m_elsewhere); }

  private:
    std::set<verify::ProjectName> m_wanted_everywhere;
    std::set<verify::ProjectName> m_present;
    verify::Verdict m_elsewhere;
};

Result<Offered> read_offered(const fs::path& path, verify::DistFileName name) {
    HG_TRY(const auto blob, open_plain_file(path));
    if (!blob) {
        return Error(ErrorCode::not_found, "expected the file " + path.string() + ", saw none");
    }
    HG_TRY(const auto digest, hash_blob(*blob, [](std::uint64_t) { return Outcome(); }));
    return Offered{std::move(name), path.string(), digest, blob->size_bytes, std::nullopt};
}

CheckedItem unlocked(const Offered& one) {
    CheckedItem item{"file " + one.name.text(), one.path};
    item.verdict.add(
        {.id = "file-not-locked",
         .subject = item.name,
         .expected = "a file with a hash that the lock states for " + one.name.project().text(),
         .seen = "sha256 " + one.sha256.to_hex(),
         .source = one.path}
    );
    return item;
}

verify::Finding of_other_project(const DistributionPath& one) {
    return {
        .id = "file-not-locked",
        .severity = Severity::warning,
        .cause = Cause::not_found,
        .subject = "file " + one.name.text(),
        .expected = "files of projects that the lock names",
        .seen = "one of " + one.name.project().text(),
        .source = one.path.string(),
        .advice = "nothing vouches for it: remove it, or lock it"};
}

void append_items(std::vector<CheckedItem>& to, std::vector<CheckedItem> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

/// A folder against all entries of the locks.
class FolderCheck {
  public:
    FolderCheck(const std::vector<LockEntry>& entries, const fs::path& folder)
        : m_entries(entries), m_folder(folder) {}

    Result<std::vector<CheckedItem>> run(LockCoverage coverage) {
        HG_TRY(auto found, distributions_below(m_folder));
        read(found.named);
        check_entries(coverage);
        for (const auto& one : m_offered) {
            if (!one.is_wished) {
                m_items.push_back(unlocked(one));
            }
        }
        append_items(m_items, std::move(found.others));
        add_warnings("locked for other environments", std::move(m_elsewhere));
        add_warnings("files of projects that are not locked", std::move(m_others));
        return std::move(m_items);
    }

  private:
    void read(const std::vector<DistributionPath>& paths) {
        std::set<verify::ProjectName> locked;
        for (const auto& entry : m_entries) {
            locked.insert(entry.project);
        }
        for (const auto& one : paths) {
            if (!locked.contains(one.name.project())) {
                m_others.add(of_other_project(one));
                continue;
            }
            auto read = read_offered(one.path, one.name);
            if (read) {
                m_offered.push_back(*std::move(read));
            } else {
                m_items.push_back(
                    {"file " + one.name.text(), one.path.string(), {}, std::move(read).error()}
                );
            }
        }
    }

    void check_entries(LockCoverage coverage) {
        PlatformPart part(m_entries);
        std::vector<std::vector<CheckedItem>> of_entries;
        for (const auto& entry : m_entries) {
            of_entries.push_back(EntryCheck(entry, m_offered, m_folder.string()).run());
            part.note(entry, of_entries.back());
        }
        for (std::size_t i = 0; i < m_entries.size(); ++i) {
            if (coverage == LockCoverage::one_of_each_project) {
                part.excuse(m_entries[i], of_entries[i]);
            }
            append_items(m_items, std::move(of_entries[i]));
        }
        m_elsewhere = part.take_elsewhere();
    }

    // Warnings alone are no success: only beside something that was found and holds.
    void add_warnings(const std::string& name, verify::Verdict verdict) {
        if (verdict.findings().empty()) {
            return;
        }
        if (one_holds(m_items)) {
            verdict.pass(name);
        }
        m_items.push_back({name, m_folder.string(), std::move(verdict)});
    }

    const std::vector<LockEntry>& m_entries;
    const fs::path& m_folder;
    std::vector<Offered> m_offered;
    std::vector<CheckedItem> m_items;
    verify::Verdict m_others;
    verify::Verdict m_elsewhere;
};

}  // namespace

Result<std::vector<CheckedItem>> check_lock_in_folder(
    const std::vector<LockEntry>& entries, const fs::path& folder, LockCoverage coverage
) {
    return FolderCheck(entries, folder).run(coverage);
}

std::vector<CheckedItem> check_lock_on_page(
    const LockEntry& entry,
    const verify::ProjectPage& page,
    LockCoverage coverage,
    const std::string& source
) {
    std::vector<Offered> offered;
    for (const auto& file : page.files) {
        offered.push_back({file.name, {}, file.sha256, file.size_bytes, file.yanked});
    }
    auto items = EntryCheck(entry, offered, source).run();
    if (coverage == LockCoverage::one_of_each_project && one_holds(items)) {
        std::erase_if(items, is_missing);
    }
    return items;
}

}  // namespace heliograph::mirror
