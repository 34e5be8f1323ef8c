// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_blob_store.hpp>
#include <mirror/store/file_filter_form.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <verify/index/project_name.hpp>
#include <verify/verdict/finding.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t marker_limit_bytes = 32 * 1024 * 1024;
constexpr std::string_view marker_name = "mirror.json";
constexpr std::string_view catalog_name = "catalog.db";
constexpr std::string_view format_prefix = "heliograph-mirror-";
constexpr std::string_view format_name = "heliograph-mirror-1";
constexpr std::string_view unsigned_evidence = "hashes-and-tls";

// What an init that was interrupted may leave; anything else in the folder belongs to somebody.
constexpr std::array<std::string_view, 6> init_leaves{
    "blobs", "catalog.db", "catalog.db-shm", "catalog.db-wal", "keys", "lock"};

bool is_init_leaf(const fs::path& name) {
    const auto text = name.string();
    const bool own_temporary = text.starts_with(".mirror.json.") && text.ends_with(".tmp");
    return own_temporary ||
           std::find(init_leaves.begin(), init_leaves.end(), text) != init_leaves.end();
}

Outcome check_free(const fs::path& path) {
    if (MirrorFolder::is_mirror(path)) {
        return Error(
            ErrorCode::exists,
            "expected " + path.string() +
                " not to be a mirror yet, it is one; choose another folder"
        );
    }
    std::error_code failure;
    for (fs::directory_iterator walk(path, failure); !failure && walk != fs::directory_iterator();
         walk.increment(failure)) {
        if (!is_init_leaf(walk->path().filename())) {
            return Error(
                ErrorCode::exists,
                "expected " + path.string() + " to be new or empty, it holds " +
                    walk->path().filename().string() + "; choose another folder"
            );
        }
    }
    if (failure) {
        return system_error(failure.value(), "read the folder " + path.string());
    }
    return {};
}

// Whoever may write here decides what is served; whoever may read keys can sign for us.
Outcome check_closed(const fs::path& path, ::mode_t forbidden, std::string_view remedy) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return system_error(errno, "look at " + path.string());
    }
    if ((status.st_mode & forbidden) != 0) {
        return Error(
            ErrorCode::denied,
            "expected " + path.string() +
                " to be closed to others, its permissions are too wide; run: chmod " +
                std::string(remedy) + " " + path.string()
        );
    }
    return {};
}

// What is no such word might have been meant to demand more: it is refused.
Result<std::optional<UnsignedTerms>> read_unsigned_terms(const JsonValue& document) {
    if (document.find("evidence") == nullptr) {
        return std::optional<UnsignedTerms>();
    }
    HG_TRY(const auto evidence, document.text_member("evidence"));
    HG_TRY(const auto roots, document.text_member("tls-roots"));
    HG_TRY(const auto* const hosts, document.array_member("file-hosts"));
    if (evidence != unsigned_evidence || (roots != "own" && roots != "system")) {
        return Error(
            ErrorCode::unsupported,
            "expected a mirror by hashes and TLS with roots of the system or of its own, saw "
            "the evidence '" +
                verify::printable(evidence) + "' and the roots '" + verify::printable(roots) +
                "'; use the release that made it"
        );
    }
    UnsignedTerms terms{.roots = roots == "own" ? TlsRoots::own : TlsRoots::system};
    for (const auto& host : *hosts) {
        if (host.if_text() == nullptr) {
            return Error(ErrorCode::malformed, "expected file-hosts to be texts");
        }
        terms.file_hosts.push_back(*host.if_text());
    }
    return std::optional(std::move(terms));
}

Result<std::optional<std::vector<std::string>>> read_wanted_projects(const JsonValue& document) {
    if (document.find("projects") == nullptr) {
        return std::optional<std::vector<std::string>>();
    }
    HG_TRY(const auto* const names, document.array_member("projects"));
    std::vector<std::string> wanted;
    for (const auto& name : *names) {
        if (name.if_text() == nullptr || !verify::parse_normalised_name(*name.if_text())) {
            return Error(ErrorCode::malformed, "expected normalised names as projects");
        }
        wanted.push_back(*name.if_text());
    }
    return std::optional(std::move(wanted));
}

Result<std::optional<WantedExtras>> read_closure(const JsonValue& document) {
    const auto* const closure = document.find("closure");
    if (closure == nullptr) {
        return std::optional<WantedExtras>();
    }
    const Error refused(
        ErrorCode::malformed, "expected a closure of projects with names of their extras"
    );
    const auto* const members = closure->if_object();
    if (members == nullptr) {
        return refused;
    }
    WantedExtras wanted;
    for (const auto& [name, extras] : *members) {
        HG_TRY(auto project, verify::parse_normalised_name(name));
        const auto* const texts = extras.if_array();
        if (texts == nullptr) {
            return refused;
        }
        auto& names = wanted[std::move(project)];
        for (const auto& text : *texts) {
            if (text.if_text() == nullptr) {
                return refused;
            }
            HG_TRY(auto extra, verify::parse_normalised_name(*text.if_text()));
            names.insert(std::move(extra));
        }
    }
    return std::optional(std::move(wanted));
}

JsonValue json_of_closure(const WantedExtras& closure) {
    JsonObject document;
    for (const auto& [project, extras] : closure) {
        JsonArray names;
        for (const auto& extra : extras) {
            names.emplace_back(extra.text());
        }
        document.emplace_back(project.text(), std::move(names));
    }
    return document;
}

Result<WantedContent> read_wanted(const JsonValue& document) {
    WantedContent wanted;
    HG_TRY(wanted.projects, read_wanted_projects(document));
    HG_TRY(wanted.closure, read_closure(document));
    if (wanted.closure && !wanted.projects) {
        return Error(ErrorCode::malformed, "expected projects beside a closure, saw none");
    }
    if (const auto* const files = document.find("files")) {
        HG_TRY(wanted.files, parse_file_filter(*files));
    }
    return wanted;
}

bool is_limited(const WantedContent& wanted) {
    return wanted.projects || !wanted.files.is_everything();
}

Error no_mirror(const fs::path& path) {
    return {
        ErrorCode::not_found,
        "expected " + path.string() + " to be the folder of a master or mirror, it has no " +
            std::string(marker_name) +
            "; look at the path, or make one: `mirror init --help` shows how"};
}

}  // namespace

std::string render_marker(const MirrorMarker& marker) {
    JsonObject document{
        {"format", format_name},
        {"role", marker.role == MirrorRole::master ? "master" : "mirror"},
        {"upstream", marker.upstream ? JsonValue(*marker.upstream) : JsonValue()}};
    if (const auto& terms = marker.unsigned_terms) {
        JsonArray hosts(terms->file_hosts.begin(), terms->file_hosts.end());
        document.emplace_back("evidence", unsigned_evidence);
        document.emplace_back("tls-roots", terms->roots == TlsRoots::own ? "own" : "system");
        document.emplace_back("file-hosts", std::move(hosts));
    }
    if (marker.projects) {
        document.emplace_back(
            "projects", JsonArray(marker.projects->begin(), marker.projects->end())
        );
    }
    if (!marker.files.is_everything()) {
        document.emplace_back("files", json_of_file_filter(marker.files));
    }
    if (marker.closure) {
        document.emplace_back("closure", json_of_closure(*marker.closure));
    }
    return render_json(JsonValue(std::move(document))) + "\n";
}

Result<MirrorMarker> parse_marker(std::string_view text) {
    HG_TRY(
        const auto document,
        parse_json(text, {.text_bytes = marker_limit_bytes, .depth = 6, .values = 900'000})
    );
    HG_TRY(const auto format, document.text_member("format"));
    if (format != format_name) {
        const bool ours = std::string_view(format).starts_with(format_prefix);
        return Error(
            ours ? ErrorCode::unsupported : ErrorCode::malformed,
            "expected a folder of format " + std::string(format_name) + ", saw '" +
                verify::printable(format) + "'" + (ours ? "; use the release that made it" : "")
        );
    }
    HG_TRY(const auto role, document.text_member("role"));
    const JsonValue* upstream = document.find("upstream");
    const bool has_upstream = upstream != nullptr && !upstream->is_null();
    HG_TRY(auto terms, read_unsigned_terms(document));
    HG_TRY(auto wanted, read_wanted(document));
    if (role == "master" && !has_upstream && !terms && !is_limited(wanted)) {
        return MirrorMarker{.role = MirrorRole::master, .upstream = std::nullopt};
    }
    if (role == "mirror" && has_upstream && upstream->if_text() != nullptr) {
        return MirrorMarker{
            .role = MirrorRole::mirror,
            .upstream = *upstream->if_text(),
            .unsigned_terms = std::move(terms),
            .projects = std::move(wanted.projects),
            .files = std::move(wanted.files),
            .closure = std::move(wanted.closure)};
    }
    return Error(
        ErrorCode::malformed,
        "expected the role master without upstream or the role mirror with one, saw the role '" +
            verify::printable(role) + "'"
    );
}

MirrorFolder::MirrorFolder(fs::path path, MirrorMarker marker)
    : m_path(std::move(path)), m_marker(std::move(marker)) {
}

Outcome MirrorFolder::want(WantedContent wanted) {
    HG_ASSERT(m_marker.role == MirrorRole::mirror);
    HG_CHECK(check_file_filter(wanted.files));
    auto marker = m_marker;
    marker.projects = std::move(wanted.projects);
    marker.files = std::move(wanted.files);
    marker.closure = std::move(wanted.closure);
    HG_CHECK(write_file_atomically(m_path / marker_name, bytes_of(render_marker(marker))));
    m_marker = std::move(marker);
    return {};
}

bool MirrorFolder::is_mirror(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path / marker_name, ignored);
}

Result<MirrorFolder> MirrorFolder::init(const fs::path& path, const MirrorMarker& marker) {
    HG_ASSERT((marker.role == MirrorRole::mirror) == marker.upstream.has_value());
    HG_CHECK(make_folder(path));
    HG_CHECK(check_free(path));
    HG_TRY(const auto lock, FileLock::acquire(path / "lock"));
    // Another init may have ended between the look and the lock.
    HG_CHECK(check_free(path));
    HG_CHECK(make_folder(path / "blobs"));
    HG_CHECK(make_folder(path / "keys", FileAccess::owner_only));
    {
        HG_TRY(const auto catalog, SqliteCatalog::open(path / catalog_name, OpenMode::create));
        HG_CHECK(sync_folder(path));
    }
    HG_CHECK(write_file_atomically(
        path / marker_name,
        bytes_of(render_marker(marker)),
        FileAccess::everyone,
        Replacement::refused
    ));
    return MirrorFolder(path, marker);
}

Result<MirrorFolder> MirrorFolder::open(const fs::path& path) {
    const auto place = path / marker_name;
    auto text = read_file(place, marker_limit_bytes);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) {
            return no_mirror(path);
        }
        return std::move(text).error();
    }
    auto marker = parse_marker(text_of(*text));
    if (!marker) {
        return std::move(marker).error().at(place.string());
    }
    HG_CHECK(check_closed(path, S_IWOTH, "o-w"));
    HG_CHECK(check_closed(place, S_IWOTH, "o-w"));
    HG_CHECK(check_closed(path / "keys", S_IRWXG | S_IRWXO, "700"));
    return MirrorFolder(path, *std::move(marker));
}

Result<FileLock> MirrorFolder::lock(std::chrono::milliseconds patience) const {
    return FileLock::wait_for(m_path / "lock", patience);
}

Result<std::unique_ptr<Catalog>> MirrorFolder::open_catalog() const {
    return SqliteCatalog::open(m_path / catalog_name, OpenMode::existing);
}

std::unique_ptr<BlobStore> MirrorFolder::open_blobs() const {
    return std::make_unique<FileBlobStore>(m_path / "blobs");
}

}  // namespace heliograph::mirror
