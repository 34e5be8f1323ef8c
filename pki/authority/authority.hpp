// SPDX-License-Identifier: Apache-2.0
// A certificate authority in a folder: create, issue, sign, renew, revoke, list.
//
//   DIR/root.crt  intermediate.crt  crl.pem       what others need; crl.pem holds the lists of both
//   DIR/private/{root.key,intermediate.key}       0600 in a 0700 folder
//   DIR/ledger.db                                 every certificate ever signed, list numbers
//   DIR/issued/NAME/{key.pem,cert.pem,chain.pem,bundle.pem}
//   DIR/retired/SERIAL                            files of certificates that made room
//   DIR/ocsp/SERIAL.der                           OCSP responses signed ahead
//   DIR/public                                    with a base URL: lists and issuers in DER
//   DIR/lock                                      one process at a time; others wait lock_patience
//
// Order of effects in issue():  key made -> certificate signed and checked -> ledger row durable ->
// files appear. So a crash may leave a row without files (harmless: its key is gone), never files
// without a row. In renew(): files whole but hidden -> row durable -> files exchanged, by the next
// open() if need be.
#pragma once

#include <pki/authority/ledger_entry.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/leaf_factory.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/request.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// How long a second process waits for the folder.
inline constexpr std::chrono::seconds lock_patience{10};

/// Whether the root vouches for permitted names only.
enum class Constraint { permitted_names, none };

struct AuthorityRequest {
    std::string name =
        "heliograph";  ///< 1 to 48 letters, digits, spaces, dots, hyphens: part of the CA names.
    /// Names beside localhost and loopback, as parse_constraints() reads them. Once a URI host is
    /// named, URIs of other hosts are out of bounds, but for the authority's own identities.
    std::vector<std::string> permit = {};
    Constraint constraint = Constraint::permitted_names;
    KeyType key_type = KeyType::p256;  ///< Of root and intermediate.
    /// `http://...`: where DIR/public is served; goes into what is issued. Empty: nowhere.
    std::string base_url = {};
    std::chrono::days root_days{3652};
    std::chrono::days intermediate_days{1826};
};

struct IssueRequest {
    LeafKind kind = LeafKind::server;
    std::string name;  ///< 1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or digit: names the
                       ///< folder and the certificate.
    /// Server and peer only. With neither dns nor ip, the name itself is the server's name.
    std::vector<std::string> dns = {};
    std::vector<std::string> ip = {};
    /// At most one: the identity. A client's and peer's is spiffe://AUTHORITY/ROLE/NAME by default.
    std::vector<std::string> uri = {};
    std::vector<std::string> email = {};  ///< Client only.
    std::string role = {};                ///< In the identity; by default the kind.
    KeyType key_type = KeyType::p256;
    std::optional<std::chrono::days> days = {};        ///< By default 90, a signer's 365.
    std::optional<std::filesystem::path> folder = {};  ///< By default DIR/issued/NAME.
};

struct SignRequest {
    LeafKind kind = LeafKind::server;
    CertificateRequest request;
    std::string name = {};  ///< By default the request's common name, else its first DNS name.
    std::vector<std::string> uri = {};  ///< Identities it may name beside the one issue() gives.
    std::optional<std::chrono::days> days = {};
    std::optional<std::filesystem::path> folder = {};
};

enum class KeyChange { same_key, new_key };

struct RenewRequest {
    std::string name;
    KeyChange key = KeyChange::same_key;
    std::optional<std::chrono::days> days = {};  ///< By default as long as before.
};

/// A part of a certificate's life, `1/3`.
struct LifeFraction {
    unsigned numerator = 1;
    unsigned denominator = 3;
};

struct Issued {
    Certificate certificate;
    std::filesystem::path folder;
};

/// What a name means that has several certificates which are still valid.
enum class RevokeScope { only_one, all_of_name };

struct RevokeRequest {
    std::string name_or_serial;
    RevocationReason reason = RevocationReason::unspecified;
    RevokeScope scope = RevokeScope::only_one;
};

/// How the lists stand: a third of their life over means due, the last third means late.
enum class ListState { fresh, due, late, over };

struct PublishedLists {
    std::filesystem::path file;
    Instant next_update;
};

struct SingleIssue;

/// An authority, open and locked by this process.
/// @thread One thread at a time.
class Authority {
  public:
    /// Makes root, intermediate, ledger and both revocation lists in a temporary folder beside @p
    /// folder, then gives it the final name in one step: a crash leaves no half authority.
    /// @param folder  Must not exist, or be empty.
    /// @param clock   Outlives the authority.
    /// @param passphrase  Encrypts both keys; empty: they are not encrypted.
    /// @errors exists (nothing is changed), invalid_argument, denied, io, crypto, internal.
    [[nodiscard]] static Result<Authority> create(
        const std::filesystem::path& folder,
        const AuthorityRequest& request,
        const Clock& clock,
        const PassphraseSource& passphrase = {}
    );

    /// Opens an authority, waiting up to lock_patience for another process. Keys are read only by
    /// the acts that sign.
    /// @errors not_found (no authority there), conflict (another process holds it), denied,
    /// malformed, io, internal.
    [[nodiscard]] static Result<Authority> open(
        const std::filesystem::path& folder, const Clock& clock, PassphraseSource passphrase = {}
    );

    /// Looks at names only.
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

    /// The same for a key that somebody else made: no key is written. The names of the request pass
    /// the same rules as those of issue(). @errors Those of issue().
    [[nodiscard]] Result<Issued> sign(const SignRequest& request);

    /// Many at once: names and rules of all are checked before the first is signed; rows become
    /// durable in groups, and only then is each one handed over, with its key.
    /// @param take  Gets each certificate; its error stops the work, and what it has not taken is a
    ///              row without files.
    /// @return  How many were taken. @errors Those of issue(), and of @p take.
    [[nodiscard]] Result<std::size_t> issue_many(
        std::span<const IssueRequest> requests,
        const std::function<Outcome(const IssueRequest&, const MadeLeaf&)>& take
    );

    /// Writes what issue_many() hands over as issue() would have. @errors exists, io.
    [[nodiscard]] Outcome write_issued(const IssueRequest& request, const MadeLeaf& leaf);

    /// A new certificate of the same names and kind for the newest one of a name, whose files are
    /// exchanged in one step; the old files go to DIR/retired/SERIAL. The old certificate stays
    /// valid until its end. One that was signed from a request gets no new key.
    /// @errors not_found (no certificate of the name, or its key is gone), invalid_argument (new
    ///         key for a request, or only revoked certificates), conflict, io, crypto, internal.
    [[nodiscard]] Result<Issued> renew(const RenewRequest& request);

    /// The newest certificates of each name that have at most this part of their life left, or
    /// none; revoked ones are not due. Oldest first. @errors io.
    [[nodiscard]] Result<std::vector<LedgerEntry>> due(LifeFraction left) const;

    /// Rows of a name, or of one serial; oldest first. @errors io.
    [[nodiscard]] Result<std::vector<LedgerEntry>> find(const std::string& name_or_serial) const;
    /// @errors not_found.
    [[nodiscard]] Result<Certificate> certificate(const std::string& serial_hex) const;

    /// The newest end certificate of a name that is not revoked, or the row of a serial. @errors
    /// not_found, invalid_argument (only revoked ones of the name), io.
    [[nodiscard]] Result<LedgerEntry> newest(const std::string& name_or_serial) const;
    /// The private key beside a certificate that was issued here, or among the retired ones.
    /// @errors not_found (an authority's, a request's, or gone), denied, conflict, io.
    [[nodiscard]] Result<PrivateKey> key_of(const LedgerEntry& entry) const;

    /// Marks certificates revoked, durably, and publishes new lists. Repeating it is harmless.
    /// @return  The rows that are revoked now.
    /// @errors not_found (no such name or serial), invalid_argument (root; several valid ones of a
    ///         name without RevokeScope::all_of_name: the sentence lists them), io, crypto,
    ///         internal.
    [[nodiscard]] Result<std::vector<LedgerEntry>> revoke(const RevokeRequest& request);

    /// Signs new lists of root and intermediate and replaces crl.pem in one step.
    /// @param days  1 to 366, of validity.
    /// @errors invalid_argument, io, crypto, internal.
    [[nodiscard]] Result<PublishedLists> publish_revocation_lists(
        std::chrono::days days = std::chrono::days{30}
    );

    [[nodiscard]] Result<ListState> list_state() const;

    /// Signs the OCSP response of every certificate that is not expired anew, into DIR/ocsp. A
    /// single issue, renewal and revocation does that for its own certificate.
    /// @param days  1 to 30, of validity. @return How many. @errors invalid_argument, io, crypto.
    [[nodiscard]] Result<std::size_t> refresh_ocsp(std::chrono::days days);
    /// Answers a request as it came, see answer_ocsp(). @errors io, crypto.
    [[nodiscard]] Result<Bytes> answer_ocsp_request(ByteSpan request, std::chrono::days days) const;
    [[nodiscard]] Instant now() const;
    /// Writes the ledger into a new file; see back_up(). @errors exists, io.
    [[nodiscard]] Outcome copy_ledger(const std::filesystem::path& file) const;

  private:
    struct State;
    Result<Issued> issue_one(const SingleIssue& wanted);
    Outcome keep_lists_fresh();
    Outcome presign_revoked(const std::vector<LedgerEntry>& entries);
    explicit Authority(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::pki
