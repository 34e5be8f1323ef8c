// SPDX-License-Identifier: Apache-2.0
// The folder of a master or a mirror on disk (`--dir`):
//
//   mirror.json        marker: format, role, upstream
//   catalog.db         SQLite: pages, records, journal
//   blobs/<aa>/<hex>   content under its SHA-256
//   keys/signer.pem    0600, master only: private key, certificate, chain
//   trust.json         trust bundle; none of a mirror whose upstream signs nothing
//   upstream-ca.pem    of such a mirror: roots for TLS, when the system's are not to be used
//   lock               held by the one process that writes; holds its process number
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/file_filter.hpp>
#include <pki/base/file_lock.hpp>
#include <pki/base/result.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace heliograph::mirror {

enum class MirrorRole { master, mirror };

/// Who vouches for the TLS certificate of an upstream that signs nothing.
enum class TlsRoots {
    system,  ///< The machine's own store, as it is at each run.
    own,     ///< `upstream-ca.pem` in the folder, and nobody else.
};

/// On which terms an upstream is followed that signs nothing.
struct UnsignedTerms {
    TlsRoots roots = TlsRoots::system;
    /// Hosts, besides the upstream's own, that its pages may name as places of files: `host` or
    /// `host:port`, lower case, each once.
    std::vector<std::string> file_hosts = {};

    friend bool operator==(const UnsignedTerms&, const UnsignedTerms&) = default;
};

/// Extras that are wanted of projects.
using WantedExtras = std::map<verify::ProjectName, std::set<verify::ProjectName>>;

/// What a mirror wants of its upstream.
struct WantedContent {
    /// Normalised names; none: all projects.
    std::optional<std::vector<std::string>> projects = std::nullopt;
    FileFilter files = {};  ///< Which of their files.
    /// Also all that they need, by their metadata, with these extras; none: they alone. Only where
    /// projects are named.
    std::optional<WantedExtras> closure = std::nullopt;
};

/// What `mirror.json` says.
struct MirrorMarker {
    MirrorRole role = MirrorRole::master;
    std::optional<std::string> upstream;  ///< Base URL; set exactly when the role is mirror.
    /// Of a mirror that was told, when it was made, that its upstream signs nothing. Without them
    /// signatures are demanded for ever: no answer of an upstream changes that.
    std::optional<UnsignedTerms> unsigned_terms = std::nullopt;
    /// Of a mirror: the projects that were asked for, normalised names; none: all of them.
    std::optional<std::vector<std::string>> projects = std::nullopt;
    FileFilter files = {};  ///< Of a mirror: the files that it keeps.
    /// Of a mirror of some projects: WantedContent::closure.
    std::optional<WantedExtras> closure = std::nullopt;
};

/// `{"format":"heliograph-mirror-1","role":...,"upstream":...}`, and for an upstream that signs
/// nothing `"evidence":"hashes-and-tls","tls-roots":"system"|"own","file-hosts":[...]`; where not
/// all projects are wanted, `"projects":[...]`; where not all
/// files are, `"files":{...}` (file_filter_form.hpp); where what the projects need is wanted too,
/// `"closure":{PROJECT:[EXTRA...]...}`.
/// @thread Safe.
[[nodiscard]] std::string render_marker(const MirrorMarker& marker);

/// @errors malformed (not a marker), unsupported (another format version), too_large (over 32 MiB).
/// @thread Safe.
[[nodiscard]] Result<MirrorMarker> parse_marker(std::string_view text);

/// One folder, opened. Paths come from here only; nothing from the wire becomes a path.
/// @thread Safe; each thread opens its own catalogue.
class MirrorFolder {
  public:
    /// Makes the layout in a new or empty folder (0755, keys 0700) and writes the marker last, so
    /// that an interrupted init is not a mirror and can be repeated.
    /// @errors exists (already a mirror, or the folder holds other things), denied, io.
    [[nodiscard]] static Result<MirrorFolder> init(
        const std::filesystem::path& path, const MirrorMarker& marker
    );

    /// @errors not_found (no such folder, or not a mirror), unsupported (format of a newer
    /// release), denied (marker or
    ///         key folder open to others, or not readable), malformed.
    [[nodiscard]] static Result<MirrorFolder> open(const std::filesystem::path& path);

    /// Puts another wish into the marker of a mirror (asserted). The caller holds the folder's
    /// lock.
    /// @errors io, denied, too_large.
    [[nodiscard]] Outcome want(WantedContent wanted);

    /// Whether a marker stands in @p path; says nothing of its soundness.
    [[nodiscard]] static bool is_mirror(const std::filesystem::path& path);

    [[nodiscard]] const MirrorMarker& marker() const { return m_marker; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// The signer before this one, while its signatures are kept beside; may be missing.
    [[nodiscard]] std::filesystem::path former_signer_path() const {
        return m_path / "keys" / "former-signer.pem";
    }
    [[nodiscard]] std::filesystem::path signer_path() const {
        return m_path / "keys" / "signer.pem";
    }
    [[nodiscard]] std::filesystem::path trust_path() const { return m_path / "trust.json"; }
    [[nodiscard]] std::filesystem::path tls_roots_path() const {
        return m_path / "upstream-ca.pem";
    }

    /// Held by whoever writes, for the whole of a run.
    /// @param patience  How long a holder is waited for.
    /// @errors conflict (names the process that holds it), io.
    [[nodiscard]] Result<FileLock> lock(std::chrono::milliseconds patience = {}) const;

    /// A catalogue for one thread; brings an older format up to date first.
    /// @errors io, malformed (not a catalogue), unsupported (of a newer release).
    [[nodiscard]] Result<std::unique_ptr<Catalog>> open_catalog() const;

    [[nodiscard]] std::unique_ptr<BlobStore> open_blobs() const;

  private:
    MirrorFolder(std::filesystem::path path, MirrorMarker marker);

    std::filesystem::path m_path;
    MirrorMarker m_marker;
};

}  // namespace heliograph::mirror
