// SPDX-License-Identifier: Apache-2.0
// A certificate authority in a folder: create, issue, revoke, list.
//
//   DIR/root.crt  intermediate.crt  crl.pem     what others need; crl.pem holds the lists of root
//   and intermediate DIR/private/{root.key,intermediate.key}     0600 in a 0700 folder
//   DIR/ledger.db                               every certificate ever signed, its state, list
//   numbers DIR/issued/NAME/{key.pem,cert.pem,chain.pem,bundle.pem} DIR/lock one process at a time;
//   others wait up to lock_patience
//
// Order of effects in issue():  key made -> certificate signed and checked -> ledger row durable ->
// files appear. So a crash may leave a row without files (harmless: its key is gone), never files
// without a row.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/profile.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// How long a second process waits for the folder before it gives up with `conflict`.
inline constexpr std::chrono::seconds lock_patience{10};

/// Whether the root vouches for permitted names only.
enum class Constraint { permitted_names, none };

struct AuthorityRequest {
    std::string name =
        "heliograph";  ///< 1 to 48 letters, digits, spaces, dots, hyphens: part of the CA names.
    std::vector<std::string> permit =
        {};  ///< Names beside localhost and loopback: DNS names, addresses, ranges.
    Constraint constraint = Constraint::permitted_names;
    std::chrono::days root_days{3652};
    std::chrono::days intermediate_days{1826};
};

struct IssueRequest {
    LeafKind kind = LeafKind::server;
    std::string name;  ///< 1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or digit: names the
                       ///< folder and the certificate.
    std::vector<std::string> dns =
        {};  ///< Server only. With neither dns nor ip, the name itself is the server's name.
    std::vector<std::string> ip = {};
    std::vector<std::string> uri =
        {};  ///< Client: at most one; by default spiffe://AUTHORITY/client/NAME.
    std::optional<std::chrono::days> days = {};  ///< By default 90, a signer's 365.
    std::optional<std::filesystem::path> folder =
        {};  ///< Where the files go; by default DIR/issued/NAME.
};

/// What issue() left on disk.
struct Issued {
    Certificate certificate;
    std::filesystem::path folder;
};

enum class EntryState { valid, expired, revoked };

/// `valid`, `expired`, `revoked`.
[[nodiscard]] std::string_view entry_state_name(EntryState state);

/// One row of the ledger.
struct LedgerEntry {
    std::string serial_hex;
    std::string kind;  ///< root, intermediate, server, client, signer.
    std::string name;
    std::string subject;
    Instant not_before;
    Instant not_after;
    std::string fingerprint_hex;
    std::optional<Instant> revoked_at;
    std::optional<RevocationReason> reason;

    [[nodiscard]] EntryState state(Instant at) const;
};

struct RevokeRequest {
    std::string name_or_serial;  ///< A name means all its certificates that are still valid.
    RevocationReason reason = RevocationReason::unspecified;
};

struct PublishedLists {
    std::filesystem::path file;
    Instant next_update;
};

/// An authority, open and locked by this process.
/// @thread One thread at a time.
class Authority {
  public:
    /// Makes root, intermediate, ledger and both revocation lists in a temporary folder beside @p
    /// folder, then gives it the final name in one step: a crash leaves no half authority.
    /// @param folder  Must not exist, or be empty.
    /// @param clock   Outlives the authority.
    /// @errors exists (nothing is changed), invalid_argument, denied, io, crypto, internal.
    [[nodiscard]] static Result<Authority> create(
        const std::filesystem::path& folder, const AuthorityRequest& request, const Clock& clock
    );

    /// Opens an authority, waiting up to lock_patience for another process. Keys are read only by
    /// the acts that sign.
    /// @errors not_found (no authority there), conflict (another process holds it), denied,
    /// malformed, io, internal.
    [[nodiscard]] static Result<Authority> open(
        const std::filesystem::path& folder, const Clock& clock
    );

    /// Whether a folder holds an authority; looks at names only.
    [[nodiscard]] static bool is_authority(const std::filesystem::path& folder);

    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    Authority(Authority&&) noexcept;
    Authority& operator=(Authority&&) noexcept;
    ~Authority();

    [[nodiscard]] const std::filesystem::path& folder() const;
    [[nodiscard]] const Certificate& root() const;
    [[nodiscard]] const Certificate& intermediate() const;

    /// All rows, oldest first. @errors internal, io.
    [[nodiscard]] Result<std::vector<LedgerEntry>> list() const;

    /// Signs a certificate for a fresh key and writes key (0600), certificate, chain and bundle.
    /// Renews the revocation lists too when a third of their life is over. Files of an earlier
    /// certificate of the name that is revoked or expired are moved to DIR/retired/SERIAL.
    /// @errors invalid_argument (names), exists (a valid certificate of this name has its files
    /// there), denied (others
    ///         can read the issuer's key), conflict (it is another key), io, crypto, internal.
    [[nodiscard]] Result<Issued> issue(const IssueRequest& request);

    /// Marks certificates revoked, durably, and publishes new lists. Repeating it is harmless.
    /// @return  The rows that are revoked now.
    /// @errors not_found (no such name or serial), invalid_argument (root), io, crypto, internal.
    [[nodiscard]] Result<std::vector<LedgerEntry>> revoke(const RevokeRequest& request);

    /// Signs new lists of root and intermediate and replaces crl.pem in one step.
    /// @param days  1 to 366, of validity.
    /// @errors invalid_argument, io, crypto, internal.
    [[nodiscard]] Result<PublishedLists> publish_revocation_lists(
        std::chrono::days days = std::chrono::days{30}
    );

  private:
    struct State;
    explicit Authority(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::pki
