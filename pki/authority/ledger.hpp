// SPDX-License-Identifier: Apache-2.0
// Private: the durable record of all that an authority ever signed. Rows are added and revoked,
// never removed.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/authority/issuer.hpp>
#include <pki/authority/rollover.hpp>
#include <pki/base/database/database.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// One row to be. Views live as long as the call.
struct LedgerRecord {
    std::string serial_hex;
    std::string fingerprint_hex;
    std::string kind;  ///< As LedgerEntry::kind.
    std::string name;
    std::string subject;
    Validity validity;
    ByteSpan der;
    std::string issuer_serial;  ///< Of the certificate whose key signed; a root's own.
    KeySource key_source = KeySource::none;
    std::optional<std::string> folder = {};   ///< When it is not DIR/issued/NAME.
    std::optional<std::string> archive = {};  ///< When it is in no folder, but in this file.
    std::optional<IssuedKey> key_form = {};   ///< None for authorities.
};

/// What a row says of a certificate; kind, name, issuer and the rest are the caller's to fill.
[[nodiscard]] LedgerRecord record_of(const Certificate& certificate);

struct Revocation {
    Instant at;
    RevocationReason reason;
};

/// When the lists of the last publication began and end.
struct PublishedLife {
    Instant this_update;
    Instant next_update;
};

struct AuthorityIdentity {
    std::string name;
    std::string base_url;       ///< Empty, or where lists and issuers are published.
    std::string ocsp_url = {};  ///< Empty, or where a responder answers.
};

/// Everything that the start of a rollover makes, entered at once.
struct RolloverStart {
    RolloverTarget target;
    std::string old_serial;
    std::string new_serial;
    Instant at;
    std::vector<LedgerRecord> certificates;
    /// Active from then on; those that were active in their roles are retiring. None for a signer.
    std::vector<IssuerRow> issuers = {};
};

struct RolloverRow {
    RolloverTarget target;
    std::string old_serial;
    std::string new_serial;
    Instant started_at;
    std::optional<Instant> finished_at;
};

struct RolloverEnd {
    RolloverTarget target;
    Instant at;
    std::vector<LedgerEntry> revoked;  ///< With the reason `superseded`.
};

enum class DeliveryKind { folders, archive };
/// Whether the rows of what is hidden are in the ledger.
enum class DeliveryState { building, entered };

/// Files that wait hidden for their rows, or with them for their place.
struct DeliveryRow {
    std::filesystem::path hidden;  ///< A folder of folders, or an archive; beside the target.
    std::filesystem::path target;  ///< The archive, or one of the folders.
    DeliveryKind kind;
    DeliveryState state;
};

/// Rows that become durable together. Dropping it forgets them.
/// @thread That of its Ledger, which must outlive it.
class LedgerBatch {
  public:
    /// @errors exists (serial or fingerprint is known), io.
    [[nodiscard]] Outcome add(const LedgerRecord& record);
    /// @errors io.
    [[nodiscard]] Outcome enter_delivery(std::string_view hidden);
    /// The one commit point. @errors io, conflict.
    [[nodiscard]] Outcome commit() { return m_transaction.commit(); }

  private:
    friend class Ledger;
    LedgerBatch(Transaction transaction, Statement insertion, Statement entering)
        : m_transaction(std::move(transaction)),
          m_insertion(std::move(insertion)),
          m_entering(std::move(entering)) {}

    Transaction m_transaction;
    Statement m_insertion;
    Statement m_entering;
};

/// One open ledger.
/// @thread One thread at a time.
class Ledger {
  public:
    /// @errors Those of Database::open.
    [[nodiscard]] static Result<Ledger> open(const std::filesystem::path& path, OpenMode mode);

    /// See Database::check_still(). @errors conflict.
    [[nodiscard]] Outcome check_still() const { return m_database.check_still(); }

    /// What the authority was made with. @errors io, malformed (no authority in it).
    [[nodiscard]] Outcome set_identity(const AuthorityIdentity& identity);
    [[nodiscard]] Result<AuthorityIdentity> identity();

    /// Durable on return. @errors exists (serial or fingerprint is known), io, conflict.
    [[nodiscard]] Outcome add(const LedgerRecord& record);
    /// All or none, in one transaction. @cost One sync for all of them.
    [[nodiscard]] Outcome add_all(std::span<const LedgerRecord> records);

    /// No other change of the ledger until the batch is gone. @errors io, conflict.
    [[nodiscard]] Result<LedgerBatch> begin_batch();

    /// The first certificate of each kind and name that is neither revoked nor over. @errors io.
    [[nodiscard]] Result<std::optional<LedgerEntry>> valid_among(
        std::span<const IssueRequest> requests, Instant now
    );

    /// All rows, oldest first; only those of a name if it is given.
    [[nodiscard]] Result<std::vector<LedgerEntry>> list();
    [[nodiscard]] Result<std::vector<LedgerEntry>> list_name(std::string_view name);
    /// Cross-certificates. @cost None worth noting, however long the ledger.
    [[nodiscard]] Result<std::vector<LedgerEntry>> crosses();
    [[nodiscard]] Result<std::optional<LedgerEntry>> find_serial(std::string_view serial_hex);
    /// All certificates over this key, oldest first. @param spki  SubjectPublicKeyInfo in DER, as
    /// we write it. @cost One pass over all certificates.
    [[nodiscard]] Result<std::vector<LedgerEntry>> with_key(ByteSpan spki);
    /// Those of them that were revoked because others have the key. @cost One pass over those.
    [[nodiscard]] Result<std::vector<LedgerEntry>> with_compromised_key(ByteSpan spki);
    /// The certificate itself. @errors not_found, malformed.
    [[nodiscard]] Result<Certificate> certificate(std::string_view serial_hex);

    /// Durable on return, all or none; a row that was revoked keeps its time and reason. Until
    /// mark_told() they are untold.
    [[nodiscard]] Outcome revoke(
        const std::vector<LedgerEntry>& entries, const Revocation& revocation
    );
    /// The row of a serial, or all of a name.
    [[nodiscard]] Result<std::vector<LedgerEntry>> find(std::string_view name_or_serial);

    /// Folders outside of the authority where a renewal's files may be staged. Durable on return.
    [[nodiscard]] Result<std::vector<std::string>> staging_folders();
    [[nodiscard]] Outcome add_staging_folder(std::string_view folder);
    [[nodiscard]] Outcome remove_staging_folder(std::string_view folder);

    /// Renewed certificates whose users are yet to be told, oldest first. Durable on return.
    [[nodiscard]] Result<std::vector<LedgerEntry>> follow_ups();
    [[nodiscard]] Outcome add_follow_up(std::string_view serial_hex);
    /// Of this certificate and those of its name and kind before it, and of serials that came to
    /// nothing.
    [[nodiscard]] Outcome remove_follow_ups_until(const LedgerEntry& entry);

    /// Files outside of DIR/issued that wait for their rows, or for their place. Durable on return.
    [[nodiscard]] Result<std::vector<DeliveryRow>> deliveries();
    [[nodiscard]] Outcome add_deliveries(std::span<const DeliveryRow> rows);
    [[nodiscard]] Outcome remove_delivery(std::string_view hidden);

    /// Revoked rows of which lists and OCSP responses do not tell yet, for all that is known here.
    [[nodiscard]] Result<std::vector<LedgerEntry>> untold();
    [[nodiscard]] Outcome mark_told(const std::vector<LedgerEntry>& entries);

    /// What the list of an issuer names: its revoked certificates, but not those that stood on a
    /// list made after their end. @source RFC 5280 section 3.3.
    [[nodiscard]] Result<std::vector<RevokedEntry>> revoked_by(std::string_view issuer_serial);

    /// The number for the next lists, never given twice, with the life they will have. Durable on
    /// return: a crash before they are written leaves a gap in the numbers, which is harmless.
    [[nodiscard]] Result<std::uint64_t> take_list_number(const PublishedLife& life);
    [[nodiscard]] Result<std::optional<PublishedLife>> last_published();
    /// 0 before the first. @errors io.
    [[nodiscard]] Result<std::uint64_t> last_list_number();

    /// Lets the numbers go on above both: @p least, and the last one and @p jump. Durable on
    /// return.
    /// @return  The number that is now the last. @errors io, malformed (no list was ever made).
    [[nodiscard]] Result<std::uint64_t> skip_list_numbers(std::uint64_t least, std::uint64_t jump);

    /// Writes all that is committed into a new database file, which is not yet durable.
    /// @errors exists, io. @cost One pass.
    [[nodiscard]] Outcome copy_to(const std::filesystem::path& path);
    /// Reads every page and index. @errors malformed (with what is wrong), io. @cost One pass.
    [[nodiscard]] Outcome check_consistency();

    /// The first issuers of a new authority.
    [[nodiscard]] Outcome add_issuers(std::span<const IssuerRow> issuers);
    /// Oldest first, retired ones too.
    [[nodiscard]] Result<std::vector<IssuerRow>> issuers();
    /// Whether lists were numbered since issuers came or went last, and nothing is untold: else
    /// those that are out there lack a list, or revocations.
    [[nodiscard]] Result<bool> lists_are_complete();

    /// Durable on return, all or nothing. One of the kind that is open gets the new serial.
    [[nodiscard]] Outcome start_rollover(const RolloverStart& start);
    /// Durable on return, all or nothing: what was retiring is retired, unless it is a signer's.
    [[nodiscard]] Outcome finish_rollover(const RolloverEnd& end);
    /// The newest of the kind, finished or not.
    [[nodiscard]] Result<std::optional<RolloverRow>> last_rollover(RolloverTarget target);

  private:
    explicit Ledger(Database database) : m_database(std::move(database)) {}
    Result<std::vector<LedgerEntry>> entries_of(Statement& statement);
    Outcome insert_all(std::span<const LedgerRecord> records);
    Outcome mark_revoked(const std::vector<LedgerEntry>& entries, const Revocation& revocation);

    Database m_database;
};

}  // namespace heliograph::pki
