// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/source_tree.hpp>
#include <mirror/publish/tree_import.hpp>
#include <pki/base/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

bool has_dist_ending(const std::string& name) {
    static constexpr std::array<std::string_view, 3> endings{".whl", ".tar.gz", ".zip"};
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return name.ends_with(ending);
    });
}

Result<std::vector<fs::path>> dists_below(const fs::path& tree) {
    std::error_code failure;
    std::vector<fs::path> found;
    fs::recursive_directory_iterator entry(tree, failure);
    for (const fs::recursive_directory_iterator end; !failure && entry != end;
         entry.increment(failure)) {
        const std::string name = entry->path().filename().string();
        std::error_code vanished;
        const bool is_plain = fs::is_regular_file(entry->symlink_status(vanished));
        if (is_plain && !name.starts_with('.') && has_dist_ending(name)) {
            found.push_back(entry->path());
        }
    }
    if (failure) {
        return system_error(failure.value(), "look through " + tree.string());
    }
    // By name, so that the files of one project share batches, and with them pages and signatures.
    std::sort(found.begin(), found.end(), [](const fs::path& left, const fs::path& right) {
        const auto by_name = left.filename().compare(right.filename());
        return by_name != 0 ? by_name < 0 : left < right;
    });
    return found;
}

Result<pki::Sha256> hash_file(const fs::path& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open()) {
        return system_error(errno, "open " + path.string());
    }
    pki::Sha256Hasher hasher;
    Bytes piece(std::size_t{256} * 1024);
    while (true) {
        const auto count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "read " + path.string());
        }
        if (count == 0) {
            return hasher.finish();
        }
        hasher.update(ByteSpan(piece).first(static_cast<std::size_t>(count)));
    }
}

// Files of a tree that are published already with this very content, so that nothing has to be
// taken in.
class PublishedFiles {
  public:
    explicit PublishedFiles(const Catalog& catalog) : m_catalog(catalog) {}

    // @cost One pass over a file whose name is published; the files come in the order of names.
    Result<bool> hold(const fs::path& path) {
        const auto name = verify::parse_dist_file_name(path.filename().string());
        if (!name) {
            return false;
        }
        if (!m_project || *m_project != name->project()) {
            m_known.clear();
            HG_TRY(const auto records, m_catalog.files(name->project()));
            for (const auto& record : records) {
                m_known.emplace(record.path.name(), record.path.digest());
            }
            m_project = name->project();
        }
        const auto known = m_known.find(*name);
        if (known == m_known.end()) {
            return false;
        }
        HG_TRY(const auto digest, hash_file(path));
        return digest == known->second;
    }

  private:
    const Catalog& m_catalog;
    std::optional<verify::ProjectName> m_project;
    std::map<verify::DistFileName, pki::Sha256> m_known;
};

void tell_file(EventSink& events, std::string_view what, const fs::path& path) {
    events.emit(
        {.level = EventLevel::debug,
         .name = "import.file." + std::string(what),
         .fields = {{"file", path.filename().string()}}}
    );
}

}  // namespace

Result<ImportReport> import_tree(
    const ImportParts& parts, const fs::path& tree, const BulkOptions& options
) {
    SourceTree source(tree);
    HG_TRY(const auto files, dists_below(source.packages()));
    parts.events.emit(
        {.level = EventLevel::debug,
         .name = "import.plan",
         .fields = {{"files", std::to_string(files.size())}}}
    );
    ImportReport report;
    std::vector<fs::path> wanted;
    PublishedFiles published(parts.catalog);
    for (const auto& path : files) {
        HG_TRY(const bool here, published.hold(path));
        if (here) {
            ++report.same;
            tell_file(parts.events, "same", path);
        } else {
            wanted.push_back(path);
        }
    }
    const auto note = [&](const fs::path& path, const Result<AddedFile>& outcome) {
        if (!outcome) {
            report.refused.push_back({.path = path, .error = outcome.error()});
            tell_file(parts.events, "refused", path);
            return;
        }
        const bool same = outcome->outcome == AddedFile::Outcome::same;
        ++(same ? report.same : report.published);
        tell_file(parts.events, same ? "same" : "published", path);
    };
    BulkOptions with_facts = options;
    with_facts.facts = [&](const FileRecord& file) { return source.facts_of(file); };
    HG_CHECK(parts.publisher.add_bulk(wanted, with_facts, note));
    return report;
}

}  // namespace heliograph::mirror
