// SPDX-License-Identifier: Apache-2.0
// A certificate authority in a folder: create, issue, sign, renew, revoke, list.
//
//   DIR/root.crt  intermediate.crt  crl.pem       what others need; crl.pem holds the lists of all
//                                                 issuers, and the last ones of those before them;
//                                                 during a rollover each file holds old and new
//   DIR/private/{root.key,intermediate.key}       0600 in a 0700 folder; root-2.key...: later ones
//   DIR/ledger.db                                 every certificate ever signed, list numbers
//   DIR/issued/NAME/{key.pem,cert.pem,chain.pem,bundle.pem}
//   DIR/retired/SERIAL                            files of certificates that made room
//   DIR/ocsp/SERIAL.der                           OCSP responses signed ahead
//   DIR/public                                    with a base URL: lists and issuers in DER
//   DIR/lock                                      one process at a time; others wait lock_patience
//
// Order of effects:  all names checked -> key made -> certificate signed and checked -> files whole
// and durable, but hidden -> ledger row durable -> files in their place, by the next open() if need
// be. The row alone decides: a crash before it leaves nothing, one after it loses nothing, and so
// it is for all certificates of one act together.
#pragma once

#include <pki/authority/archive_writer.hpp>
#include <pki/authority/authority_request.hpp>
#include <pki/authority/ledger_entry.hpp>
#include <pki/authority/published_lists.hpp>
#include <pki/authority/rollover.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/leaf_factory.hpp>
#include <pki/x509/profile.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heliograph::pki {

/// How long a second process waits for the folder.
inline constexpr std::chrono::seconds lock_patience{10};

struct SingleIssue;
struct BulkDelivery;
struct KeyAtHand;
struct PublishedLife;

/// An authority, open and locked by this process.
/// @thread One thread at a time.
class Authority {
  public:
    /// Makes root, intermediate, ledger, both revocation lists and the certificates that the
    /// request names in a temporary folder beside @p folder, then gives it the final name in one
    /// step: a crash leaves no half authority.
    /// @param folder  Must not exist, or be empty.
    /// @param passphrase  Encrypts the keys that are made; empty: they are not encrypted.
    /// @param device      For keys in a device, if the request names some.
    /// @errors exists (nothing is changed), invalid_argument, denied, io, crypto, internal.
    [[nodiscard]] static Result<BuiltAuthority> build(
        const std::filesystem::path& folder,
        const AuthorityRequest& request,
        const Clock& clock,
        const PassphraseSource& passphrase = {},
        const DeviceAccess& device = {}
    );

    /// build(), then open(). @param clock  Outlives the authority.
    [[nodiscard]] static Result<Authority> create(
        const std::filesystem::path& folder,
        const AuthorityRequest& request,
        const Clock& clock,
        const PassphraseSource& passphrase = {},
        const DeviceAccess& device = {}
    );

    /// Opens an authority, waiting up to lock_patience for another process. Keys are read only by
    /// the acts that sign.
    /// @errors not_found (no authority there), conflict (another process holds it), denied,
    /// malformed, io, internal.
    [[nodiscard]] static Result<Authority> open(
        const std::filesystem::path& folder,
        const Clock& clock,
        PassphraseSource passphrase = {},
        DeviceAccess device = {}
    );

    [[nodiscard]] static bool is_authority(const std::filesystem::path& folder);

    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    Authority(Authority&&) noexcept;
    Authority& operator=(Authority&&) noexcept;
    ~Authority();

    [[nodiscard]] const std::filesystem::path& folder() const;
    [[nodiscard]] const Certificate& root() const;
    [[nodiscard]] const Certificate& intermediate() const;
    /// The roots that clients must trust now, newest first: two during a rollover. What root.crt
    /// holds.
    [[nodiscard]] std::vector<Certificate> roots() const;
    /// What end certificates send along: the intermediate, and during a rollover of the root the
    /// new root's cross-certificate.
    [[nodiscard]] std::vector<Certificate> sent_along() const;

    /// What stands above a certificate: what it sends along, and the root last; nothing for a root.
    /// @errors not_found (a row of another authority), io.
    [[nodiscard]] Result<std::vector<Certificate>> above(const LedgerEntry& entry) const;

    /// All rows, oldest first. @errors internal, io.
    [[nodiscard]] Result<std::vector<LedgerEntry>> list() const;

    /// Signs a certificate for a fresh key and writes key (0600), certificate, chain and bundle.
    /// Renews the revocation lists too when a third of their life is over. Files of an earlier
    /// certificate of the name that is revoked or expired are moved to DIR/retired/SERIAL.
    /// @errors Nothing is written then: invalid_argument (names), exists (there is a valid one of
    ///         this name and kind, or something stands in its place), denied (others can read the
    ///         issuer's key), conflict (another key), stale (its dates), io, crypto, internal.
    [[nodiscard]] Result<Issued> issue(const IssueRequest& request);

    /// The same for a key that somebody else made: no key is written. The names of the request pass
    /// the same rules as those of issue(). @errors Those of issue().
    [[nodiscard]] Result<Issued> sign(const SignRequest& request);

    /// Several together: all of them, or none with nothing written. @errors Those of issue();
    /// invalid_argument (a name twice).
    [[nodiscard]] Result<std::vector<Issued>> issue(std::span<const IssueRequest> requests);

    /// Many, with keys of one type, as fast as they can be signed: all of them, or none with
    /// nothing written. OCSP responses are left to refresh_ocsp(). @errors Those of issue().
    [[nodiscard]] Outcome issue_many(std::span<const IssueRequest> requests);
    /// The same into one file, of which the ledger keeps the name.
    /// @errors exists (a file of the name is there), those of issue() and of the writer.
    [[nodiscard]] Outcome issue_into_archive(
        std::span<const IssueRequest> requests, const ArchiveWriter& writer
    );

    /// A new certificate of the same names and kind for the newest one of a name (and kind), whose
    /// files are exchanged in one step; the old ones go to DIR/retired/SERIAL. The old certificate
    /// stays valid. A request's gets no new key; one in an archive nothing else, and files in
    /// DIR/issued. What fails once the files are in place is `unfinished`. @errors not_found (no
    /// such name, or no key), invalid_argument (new key for a request, no passphrase for that of an
    /// encrypted one or one without use, only revoked ones), exists (the place is another's),
    /// refused (others have the key; a rollover cuts a client off), conflict, io, crypto, internal.
    [[nodiscard]] Result<Issued> renew(const RenewRequest& request);

    /// The newest certificates of each name and kind that have at most this part of their life
    /// left, or none; revoked ones are not due, nor expired ones whose files made room. Oldest
    /// first. @errors io.
    [[nodiscard]] Result<std::vector<LedgerEntry>> due(LifeFraction left) const;

    /// Rows of a name, or of one serial; oldest first. @errors io.
    [[nodiscard]] Result<std::vector<LedgerEntry>> find(const std::string& name_or_serial) const;
    /// @errors not_found.
    [[nodiscard]] Result<Certificate> certificate(const std::string& serial_hex) const;

    /// The newest end certificate of a name that is not revoked, or the row of a serial. @errors
    /// not_found, invalid_argument (only revoked ones of the name), io.
    [[nodiscard]] Result<LedgerEntry> newest(const std::string& name_or_serial) const;
    /// The private key beside a certificate that was issued here, or among the retired ones.
    /// @param secret  The passphrase of an encrypted one; empty: `unsupported`. @errors not_found
    /// (an authority's, a request's, or gone), denied, conflict, io.
    [[nodiscard]] Result<PrivateKey> key_of(const LedgerEntry&, const PassphraseSource& secret = {})
        const;

    /// Marks certificates revoked, durably, and publishes new lists: all of them, or while the key
    /// of another issuer is kept elsewhere or its device does not open, that of the issuer in
    /// question. Repeating it is harmless; after a kill the next issue or renewal publishes.
    /// @return  The rows that are revoked now: all that were valid, else those that were revoked
    ///          already and keep their time and reason.
    /// @errors not_found (no such name or serial), invalid_argument (root; several valid ones of a
    ///         name without RevokeScope::all_of_name: the sentence lists them), refused (revoked
    ///         already for another reason), io (also: the issuer's key is elsewhere; the revocation
    ///         stays, and waits for it), crypto, internal.
    [[nodiscard]] Result<std::vector<LedgerEntry>> revoke(const RevokeRequest& request);

    /// Signs new lists of root and intermediate and replaces crl.pem in one step.
    /// @param days  1 to 366, of validity.
    /// @errors invalid_argument, stale (the intermediate's dates), io, crypto, internal.
    [[nodiscard]] Result<PublishedLists> publish_revocation_lists(
        std::chrono::days days = std::chrono::days{30}
    );

    [[nodiscard]] Result<ListState> list_state() const;

    /// What a rollover would do, with every client simulated before each step. Before the start the
    /// new certificates are made in memory alone, and forgotten; after it this is the status.
    /// @errors not_found (no signer), invalid_argument (several signers), conflict (another
    ///         rollover is under way), denied, io, crypto.
    [[nodiscard]] Result<RolloverReport> plan_rollover(const RolloverRequest& request);
    /// Where the newest rollover of the kind is; needs no key.
    /// @errors not_found (there was none), io, crypto.
    [[nodiscard]] Result<RolloverReport> rollover_status(RolloverTarget target);
    /// Makes keys and certificates, enters all of them at once and publishes lists of old and new;
    /// from then on the new one issues. Once more: completes what was cut off and makes another of
    /// a new one that was revoked meanwhile, else changes nothing. @errors Those of
    /// plan_rollover(); denied (a client that works would not after it: the sentence names client
    /// and chain; nothing was made).
    [[nodiscard]] Result<RolloverReport> start_rollover(const RolloverRequest& request);
    /// Revokes what was under the old one, with the old one itself (of a signer: every certificate
    /// of its name), and leaves it out of root.crt and the chains. Its key signs OCSP responses
    /// and a list that are good to the end, which crl.pem keeps, and goes to DIR/retired. Once
    /// more: as start_rollover().
    /// @errors not_found (none was started); denied (certificates that were not renewed, or clients
    ///         that would not work: the sentence names them; nothing was changed), io, crypto.
    [[nodiscard]] Result<RolloverReport> finish_rollover(const RolloverFinish& request);

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
    friend class FollowUps;
    friend class RolloverRun;
    Result<Issued> issue_one(const SingleIssue& wanted);
    Result<std::vector<Issued>> issue_together(std::span<const SingleIssue> wanted);
    Result<Certificate> sign_leaf(const SingleIssue& wanted, const PrivateKey& issuer_key);
    Result<LeafFactory> check_many(
        std::span<const IssueRequest> requests, const PrivateKey& issuer_key
    );
    Outcome enter_many(
        std::span<const IssueRequest> requests, LeafFactory& factory, const BulkDelivery& delivery
    );
    Outcome keep_lists_fresh();
    Outcome presign_revoked(const std::vector<LedgerEntry>& entries);
    Outcome sign_lists(
        const std::vector<IssuerView>& issuers, const Validity& life, const PublishedLife& recorded
    );
    Result<PublishedLists> sign_all_lists(
        const std::vector<KeyAtHand>& keys, std::chrono::days days
    );
    Outcome sign_lists_that_are_behind(const std::vector<KeyAtHand>& keys);
    Outcome tell_of_revocations();
    explicit Authority(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::pki
