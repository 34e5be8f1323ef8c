// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/source_tree.hpp>
#include <mirror/publish/tree_import.hpp>
#include <mirror/store/unnamed_blob.hpp>
#include <pki/base/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

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

    // One that cannot be read is not known to be: taking it in tells why.
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
        const auto digest = hash_file(path);
        return digest && *digest == known->second;
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

// Cuts of a list of files: small ones first, so that an import that ends soon keeps what it did.
class SlowStart {
  public:
    SlowStart(const std::vector<fs::path>& files, const BulkOptions& options)
        : m_files(files), m_options(options) {}

    [[nodiscard]] bool has_more() const { return m_next < m_files.size(); }

    struct Cut {
        std::vector<fs::path> files;
        BulkOptions options;
    };

    Cut next() {
        constexpr std::size_t first_files = 50;
        constexpr std::uint64_t first_bytes = 32ULL << 20;
        constexpr std::size_t growing = 3;
        Cut cut{.files = {}, .options = m_options};
        std::size_t count = m_files.size() - m_next;
        if (m_cuts < growing) {
            // Four times as much each time.
            count = std::min(count, first_files << (2 * m_cuts));
            cut.options.batch_bytes = std::min(m_options.batch_bytes, first_bytes << (2 * m_cuts));
        }
        ++m_cuts;
        const auto from = m_files.begin() + static_cast<std::ptrdiff_t>(m_next);
        m_next += count;
        cut.files.assign(from, from + static_cast<std::ptrdiff_t>(count));
        return cut;
    }

  private:
    const std::vector<fs::path>& m_files;
    const BulkOptions& m_options;
    std::size_t m_next = 0;
    std::size_t m_cuts = 0;
};

// One import after its walk.
class ImportRun {
  public:
    ImportRun(const ImportParts& parts, const BulkOptions& options, SourceTree& source)
        : m_parts(parts), m_options(options), m_source(source) {}

    ImportReport run(const std::vector<fs::path>& files) {
        m_report.end = publish(files);
        return std::move(m_report);
    }

  private:
    Result<std::vector<fs::path>> unpublished(const std::vector<fs::path>& files);
    Outcome publish(const std::vector<fs::path>& files);
    void note(const fs::path& path, const Result<AddedFile>& outcome);

    const ImportParts& m_parts;
    const BulkOptions& m_options;
    SourceTree& m_source;
    ImportReport m_report;
};

Result<std::vector<fs::path>> ImportRun::unpublished(const std::vector<fs::path>& files) {
    std::vector<fs::path> wanted;
    PublishedFiles published(m_parts.catalog);
    for (const auto& path : files) {
        if (m_options.stop.stop_requested()) {
            return import_stopped();
        }
        HG_TRY(const bool here, published.hold(path));
        if (here) {
            ++m_report.same;
            tell_file(m_parts.events, "same", path);
        } else {
            wanted.push_back(path);
        }
    }
    return wanted;
}

void ImportRun::note(const fs::path& path, const Result<AddedFile>& outcome) {
    if (!outcome) {
        m_report.refused.push_back({.path = path, .error = outcome.error()});
        tell_file(m_parts.events, "refused", path);
        return;
    }
    const bool same = outcome->outcome == AddedFile::Outcome::same;
    ++(same ? m_report.same : m_report.published);
    tell_file(m_parts.events, same ? "same" : "published", path);
}

Outcome ImportRun::publish(const std::vector<fs::path>& files) {
    HG_TRY(const auto wanted, unpublished(files));
    BulkOptions options = m_options;
    options.facts = [&](const FileRecord& file) { return m_source.facts_of(file); };
    SlowStart cuts(wanted, options);
    while (cuts.has_more()) {
        if (m_options.stop.stop_requested()) {
            return import_stopped();
        }
        const auto cut = cuts.next();
        auto done = m_parts.publisher.add_bulk(
            cut.files,
            cut.options,
            [&](const fs::path& path, const Result<AddedFile>& outcome) { note(path, outcome); }
        );
        const auto told = m_report.published + m_report.same + m_report.refused.size();
        const bool is_complete = told == files.size();  // Stopped too late to leave anything.
        if (!done && !(is_complete && done.error().code() == ErrorCode::cancelled)) {
            return done;
        }
    }
    return {};
}

}  // namespace

Result<ImportReport> import_tree(
    const ImportParts& parts, const fs::path& tree, const BulkOptions& options
) {
    SourceTree source(tree);
    HG_TRY(auto walk, walk_for_import(source.packages(), options.stop));
    parts.events.emit(
        {.level = EventLevel::debug,
         .name = "import.plan",
         .fields = {{"files", std::to_string(walk.files.size())}}}
    );
    for (const auto& entry : walk.left_out) {
        parts.events.emit(
            {.level = EventLevel::info,
             .name = "import.entry.omitted",
             .fields =
                 {{"path", entry.path.string()},
                  {"why", std::string(left_out_cause_name(entry.cause))}}}
        );
    }
    auto report = ImportRun(parts, options, source).run(walk.files);
    report.left_out = std::move(walk.left_out);
    if (!report.end && report.end.error().code() != ErrorCode::cancelled) {
        // What was stored for commits that did not come would fill a disk that is full already. The
        // first error is the one to tell; a blob that stays is an orphan, as after a crash.
        static_cast<void>(sweep_blobs(parts.catalog, parts.blobs));
    }
    return report;
}

}  // namespace heliograph::mirror
