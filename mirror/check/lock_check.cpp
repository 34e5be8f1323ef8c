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
    std::string place;
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

verify::Finding finding_of(
    const CheckedItem& item, std::string id, Cause cause, std::string expected, std::string seen
) {
    return {
        .id = std::move(id),
        .cause = cause,
        .subject = item.name,
        .expected = std::move(expected),
        .seen = std::move(seen),
        .source = item.place};
}

void compare(CheckedItem& item, const LockWish& wish, const Offered& offered) {
    if (offered.sha256 != *wish.sha256) {
        item.verdict.add(finding_of(
            item,
            "file-hash-mismatch",
            Cause::false_evidence,
            "sha256 " + wish.sha256->to_hex() + ", as the lock states",
            "sha256 " + offered.sha256.to_hex()
        ));
    }
    if (wish.size_bytes && offered.size_bytes && *wish.size_bytes != *offered.size_bytes) {
        item.verdict.add(finding_of(
            item,
            "file-length-mismatch",
            Cause::false_evidence,
            std::to_string(*wish.size_bytes) + " bytes, as the lock states",
            std::to_string(*offered.size_bytes) + " bytes"
        ));
    }
    if (offered.yanked) {
        auto finding = finding_of(
            item,
            "file-yanked",
            Cause::not_found,
            "a file that was not yanked",
            offered.yanked->empty() ? "yanked" : "yanked: " + *offered.yanked
        );
        finding.severity = Severity::warning;
        item.verdict.add(std::move(finding));
    }
    item.verdict.pass("sha256 of " + item.name);
}

/// The wishes of one entry against what is offered of its project.
class EntryCheck {
  public:
    EntryCheck(const LockEntry& entry, std::vector<Offered>& offered, std::string source)
        : m_entry(entry), m_offered(offered), m_source(std::move(source)) {}

    std::vector<CheckedItem> run(LockCoverage coverage) {
        for (const auto& wish : m_entry.files) {
            m_items.push_back(check(wish));
        }
        const auto is_missing = [](const CheckedItem& item) {
            return item.verdict.find("locked-file-missing") != nullptr;
        };
        const bool one_is_there = std::any_of(
            m_items.begin(), m_items.end(), [](const CheckedItem& item) { return item.accepted(); }
        );
        if (coverage == LockCoverage::one_of_each_project && one_is_there) {
            std::erase_if(m_items, is_missing);
        }
        return std::move(m_items);
    }

  private:
    CheckedItem check(const LockWish& wish) {
        CheckedItem item{name_of(m_entry, wish), m_source};
        if (!wish.sha256) {
            mark_named(wish);
            item.verdict.add(finding_of(
                item, "lock-hash-missing", Cause::missing_evidence, "a sha256 in the lock", "none"
            ));
            return item;
        }
        auto* found = find(wish);
        if (found == nullptr) {
            item.verdict.add(finding_of(
                item,
                "locked-file-missing",
                Cause::not_found,
                "the file that the lock names",
                "none"
            ));
            return item;
        }
        found->is_wished = true;
        item.place = found->place;
        compare(item, wish, *found);
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
    [[nodiscard]] Offered* find(const LockWish& wish) {
        const auto found =
            std::find_if(m_offered.begin(), m_offered.end(), [&](const Offered& one) {
                return wish.name ? one.name == *wish.name : fits(one) && one.sha256 == *wish.sha256;
            });
        return found == m_offered.end() ? nullptr : &*found;
    }

    const LockEntry& m_entry;
    std::vector<Offered>& m_offered;
    std::string m_source;
    std::vector<CheckedItem> m_items;
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
    CheckedItem item{"file " + one.name.text(), one.place};
    item.verdict.add(finding_of(
        item,
        "file-not-locked",
        Cause::false_evidence,
        "a file with a hash that the lock states for " + one.name.project().text(),
        "sha256 " + one.sha256.to_hex()
    ));
    return item;
}

CheckedItem of_other_project(const DistributionPath& one) {
    CheckedItem item{"file " + one.name.text(), one.path.string()};
    auto finding = finding_of(
        item,
        "file-not-locked",
        Cause::not_found,
        "files of projects that the lock names",
        "one of " + one.name.project().text()
    );
    finding.severity = Severity::warning;
    item.verdict.add(std::move(finding));
    item.verdict.pass("that no installer takes " + item.name + " by this lock");
    return item;
}

void append_items(std::vector<CheckedItem>& to, std::vector<CheckedItem> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

std::vector<LockEntry> lock_entries(const LockFile& lock) {
    std::vector<LockEntry> entries;
    for (const auto& package : lock.packages) {
        // Our own text of a version is one, so this cannot fail.
        LockEntry entry{
            package.name, verify::parse_specifier_set("==" + package.version.text()).value(), {}};
        for (const auto& file : package.files) {
            entry.files.push_back({file.name, file.sha256, file.size_bytes});
        }
        for (const auto& name : package.unhashed) {
            entry.files.push_back({name, std::nullopt, std::nullopt});
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::vector<LockEntry> lock_entries(const RequirementsFile& file) {
    std::vector<LockEntry> entries;
    for (const auto& requirement : file.requirements) {
        LockEntry entry{requirement.project, requirement.versions, {}};
        for (const auto& hash : requirement.hashes) {
            entry.files.push_back({std::nullopt, hash, std::nullopt});
        }
        if (entry.files.empty()) {
            entry.files.push_back({});
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<std::vector<CheckedItem>> check_lock_in_folder(
    const std::vector<LockEntry>& entries, const fs::path& folder, LockCoverage coverage
) {
    HG_TRY(auto found, distributions_below(folder));
    std::set<verify::ProjectName> locked;
    for (const auto& entry : entries) {
        locked.insert(entry.project);
    }
    std::vector<CheckedItem> items;
    std::vector<CheckedItem> others;
    std::vector<Offered> offered;
    for (auto& one : found.named) {
        if (!locked.contains(one.name.project())) {
            others.push_back(of_other_project(one));
            continue;
        }
        auto read = read_offered(one.path, one.name);
        if (read) {
            offered.push_back(*std::move(read));
        } else {
            items.push_back(
                {"file " + one.name.text(), one.path.string(), {}, std::move(read).error()}
            );
        }
    }
    for (const auto& entry : entries) {
        append_items(items, EntryCheck(entry, offered, folder.string()).run(coverage));
    }
    for (const auto& one : offered) {
        if (!one.is_wished) {
            items.push_back(unlocked(one));
        }
    }
    append_items(items, std::move(found.others));
    append_items(items, std::move(others));
    return items;
}

std::vector<CheckedItem> check_lock_on_page(
    const LockEntry& entry,
    const verify::ProjectPage& page,
    LockCoverage coverage,
    const std::string& source
) {
    std::vector<Offered> offered;
    for (const auto& file : page.files) {
        offered.push_back({file.name, source, file.sha256, file.size_bytes, file.yanked});
    }
    return EntryCheck(entry, offered, source).run(coverage);
}

}  // namespace heliograph::mirror
