// SPDX-License-Identifier: Apache-2.0
// Private: the durable record of all that an authority ever signed. Rows are added and revoked,
// never removed.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/base/database/database.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// Which of the two keys signed something.
enum class IssuerRole { root, intermediate };

struct LedgerRecord {
    const Certificate& certificate;
    std::string kind;  ///< As LedgerEntry::kind.
    std::string name;
    IssuerRole issuer;
};

struct Revocation {
    Instant at;
    RevocationReason reason;
};

/// When the lists of the last publication began and end.
struct PublishedLife {
    Instant this_update;
    Instant next_update;
};

/// One open ledger.
/// @thread One thread at a time.
class Ledger {
  public:
    /// @errors Those of Database::open.
    [[nodiscard]] static Result<Ledger> open(const std::filesystem::path& path, OpenMode mode);

    /// The name that the authority was made with. @errors io, malformed (no authority in it).
    [[nodiscard]] Outcome set_name(std::string_view name);
    [[nodiscard]] Result<std::string> name();

    /// Durable on return. @errors exists (serial or fingerprint is known), io, conflict.
    [[nodiscard]] Outcome add(const LedgerRecord& record);

    /// All rows, oldest first; only those of a name if it is given.
    [[nodiscard]] Result<std::vector<LedgerEntry>> list();
    [[nodiscard]] Result<std::vector<LedgerEntry>> list_name(std::string_view name);
    [[nodiscard]] Result<std::optional<LedgerEntry>> find_serial(std::string_view serial_hex);

    /// Durable on return, all or none; a row that was revoked keeps its time and reason.
    [[nodiscard]] Outcome revoke(
        const std::vector<LedgerEntry>& entries, const Revocation& revocation
    );

    /// What the list of an issuer names.
    [[nodiscard]] Result<std::vector<RevokedEntry>> revoked_by(IssuerRole issuer);

    /// The number for the next lists, never given twice, with the life they will have. Durable on
    /// return: a crash before they are written leaves a gap in the numbers, which is harmless.
    [[nodiscard]] Result<std::uint64_t> take_list_number(const PublishedLife& life);
    [[nodiscard]] Result<std::optional<PublishedLife>> last_published();

  private:
    explicit Ledger(Database database) : m_database(std::move(database)) {}
    Result<std::vector<LedgerEntry>> entries_of(Statement& statement);

    Database m_database;
};

}  // namespace heliograph::pki
