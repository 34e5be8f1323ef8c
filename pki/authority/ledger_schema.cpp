// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/ledger_schema.hpp>

#include <array>
#include <string_view>

namespace heliograph::pki {

namespace {

// Released steps never change; a new need is a new step.
constexpr std::array<Migration, 8> migration_steps{
    {{R"sql(
    CREATE TABLE authority (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL
    );
    CREATE TABLE certificate (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        serial TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('root', 'intermediate', 'server', 'client', 'signer')),
        issuer TEXT NOT NULL CHECK (issuer IN ('root', 'intermediate')),
        name TEXT NOT NULL,
        subject TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        der BLOB NOT NULL,
        revoked_at INTEGER,
        reason TEXT,
        CHECK ((revoked_at IS NULL) = (reason IS NULL))
    );
    CREATE INDEX certificate_by_name ON certificate (name);
    CREATE TABLE list_publication (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        this_update INTEGER NOT NULL,
        next_update INTEGER NOT NULL
    );
)sql"},
     {R"sql(
    ALTER TABLE authority ADD COLUMN base_url TEXT NOT NULL DEFAULT '';
    CREATE TABLE certificate_of_2 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        serial TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN
            ('root', 'intermediate', 'cross', 'server', 'client', 'peer', 'signer', 'ocsp')),
        issuer TEXT NOT NULL,
        key_source TEXT NOT NULL CHECK (key_source IN ('here', 'request', 'none')),
        folder TEXT,
        name TEXT NOT NULL,
        subject TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        der BLOB NOT NULL,
        revoked_at INTEGER,
        reason TEXT,
        CHECK ((revoked_at IS NULL) = (reason IS NULL))
    );
    INSERT INTO certificate_of_2
        SELECT id, serial, fingerprint, kind,
            (SELECT serial FROM certificate AS above WHERE above.kind = certificate.issuer),
            CASE WHEN kind IN ('root', 'intermediate') THEN 'none' ELSE 'here' END,
            NULL, name, subject, not_before, not_after, der, revoked_at, reason
        FROM certificate;
    DROP TABLE certificate;
    ALTER TABLE certificate_of_2 RENAME TO certificate;
    CREATE INDEX certificate_by_name ON certificate (name);
    CREATE INDEX certificate_revoked ON certificate (issuer) WHERE revoked_at IS NOT NULL;
)sql"},
     {R"sql(
    ALTER TABLE authority ADD COLUMN ocsp_url TEXT NOT NULL DEFAULT '';
    CREATE TABLE issuer (
        serial TEXT PRIMARY KEY REFERENCES certificate (serial),
        role TEXT NOT NULL CHECK (role IN ('root', 'intermediate')),
        state TEXT NOT NULL CHECK (state IN ('active', 'retiring', 'retired')),
        key_file TEXT NOT NULL UNIQUE,
        first_list INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX issuer_active ON issuer (role) WHERE state = 'active';
    INSERT INTO issuer SELECT serial, kind, 'active', kind || '.key', 0
        FROM certificate WHERE kind IN ('root', 'intermediate');
    CREATE TABLE rollover (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target TEXT NOT NULL CHECK (target IN ('root', 'intermediate', 'signer')),
        old_serial TEXT NOT NULL REFERENCES certificate (serial),
        new_serial TEXT NOT NULL REFERENCES certificate (serial),
        started_at INTEGER NOT NULL,
        finished_at INTEGER
    );
    CREATE UNIQUE INDEX rollover_open ON rollover (target) WHERE finished_at IS NULL;
    CREATE INDEX certificate_cross ON certificate (id) WHERE kind = 'cross';
)sql"},
     {R"sql(
    CREATE TABLE untold (serial TEXT PRIMARY KEY REFERENCES certificate (serial));
)sql"},
     // One more kind. What refers to certificates is made anew with them: SQLite drops no table
     // that others refer to, and a CHECK cannot be altered.
     {R"sql(
    CREATE TABLE certificate_of_5 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        serial TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('root', 'intermediate', 'cross',
            'server', 'client', 'peer', 'signer', 'ocsp', 'recipient')),
        issuer TEXT NOT NULL,
        key_source TEXT NOT NULL CHECK (key_source IN ('here', 'request', 'none')),
        folder TEXT,
        name TEXT NOT NULL,
        subject TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        der BLOB NOT NULL,
        revoked_at INTEGER,
        reason TEXT,
        CHECK ((revoked_at IS NULL) = (reason IS NULL))
    );
    INSERT INTO certificate_of_5
        SELECT id, serial, fingerprint, kind, issuer, key_source, folder, name, subject,
            not_before, not_after, der, revoked_at, reason
        FROM certificate;
    CREATE TABLE issuer_of_5 (
        serial TEXT PRIMARY KEY REFERENCES certificate_of_5 (serial),
        role TEXT NOT NULL CHECK (role IN ('root', 'intermediate')),
        state TEXT NOT NULL CHECK (state IN ('active', 'retiring', 'retired')),
        key_file TEXT NOT NULL UNIQUE,
        first_list INTEGER NOT NULL
    );
    INSERT INTO issuer_of_5 SELECT serial, role, state, key_file, first_list
        FROM issuer ORDER BY rowid;
    CREATE TABLE rollover_of_5 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target TEXT NOT NULL CHECK (target IN ('root', 'intermediate', 'signer')),
        old_serial TEXT NOT NULL REFERENCES certificate_of_5 (serial),
        new_serial TEXT NOT NULL REFERENCES certificate_of_5 (serial),
        started_at INTEGER NOT NULL,
        finished_at INTEGER
    );
    INSERT INTO rollover_of_5 SELECT id, target, old_serial, new_serial, started_at, finished_at
        FROM rollover;
    CREATE TABLE untold_of_5 (serial TEXT PRIMARY KEY REFERENCES certificate_of_5 (serial));
    INSERT INTO untold_of_5 SELECT serial FROM untold;
    DROP TABLE untold;
    DROP TABLE rollover;
    DROP TABLE issuer;
    DROP TABLE certificate;
    ALTER TABLE certificate_of_5 RENAME TO certificate;
    ALTER TABLE issuer_of_5 RENAME TO issuer;
    ALTER TABLE rollover_of_5 RENAME TO rollover;
    ALTER TABLE untold_of_5 RENAME TO untold;
    CREATE INDEX certificate_by_name ON certificate (name);
    CREATE INDEX certificate_revoked ON certificate (issuer) WHERE revoked_at IS NOT NULL;
    CREATE INDEX certificate_cross ON certificate (id) WHERE kind = 'cross';
    CREATE UNIQUE INDEX issuer_active ON issuer (role) WHERE state = 'active';
    CREATE UNIQUE INDEX rollover_open ON rollover (target) WHERE finished_at IS NULL;
    CREATE TABLE staging (folder TEXT PRIMARY KEY);
)sql"},
     // Certificates in an archive had a folder below it, which cannot be.
     {R"sql(
    ALTER TABLE certificate ADD COLUMN archive TEXT;
    UPDATE certificate SET folder = NULL,
            archive = substr(folder, 1, length(folder) - length(name) - 1)
        WHERE substr(folder, -length(name) - 5) = '.tar/' || name;
    CREATE TABLE delivery (
        hidden TEXT PRIMARY KEY,
        target TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('folders', 'archive')),
        entered INTEGER NOT NULL CHECK (entered IN (0, 1))
    );
)sql"},
     // How a key was written. Of those before nobody knows, but who looks at their files.
     {R"sql(
    ALTER TABLE certificate ADD COLUMN key_form TEXT
        CHECK (key_form IN ('elsewhere', 'plain', 'encrypted'));
)sql"},
     // Renewed certificates whose users are yet to be told. A row may stand there before that of
     // its certificate, and then means nothing.
     {R"sql(
    CREATE TABLE follow_up (serial TEXT PRIMARY KEY);
)sql"}}};

// What the steps above come to, said at once: a new ledger costs a third of the time. A test holds
// the two against each other.
constexpr std::string_view tables_of_now = R"sql(
    CREATE TABLE authority (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL,
        base_url TEXT NOT NULL DEFAULT '',
        ocsp_url TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE list_publication (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        this_update INTEGER NOT NULL,
        next_update INTEGER NOT NULL
    );
    CREATE TABLE certificate (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        serial TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('root', 'intermediate', 'cross',
            'server', 'client', 'peer', 'signer', 'ocsp', 'recipient')),
        issuer TEXT NOT NULL,
        key_source TEXT NOT NULL CHECK (key_source IN ('here', 'request', 'none')),
        folder TEXT,
        name TEXT NOT NULL,
        subject TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        der BLOB NOT NULL,
        revoked_at INTEGER,
        reason TEXT,
        archive TEXT,
        key_form TEXT CHECK (key_form IN ('elsewhere', 'plain', 'encrypted')),
        CHECK ((revoked_at IS NULL) = (reason IS NULL))
    );
    CREATE TABLE issuer (
        serial TEXT PRIMARY KEY REFERENCES certificate (serial),
        role TEXT NOT NULL CHECK (role IN ('root', 'intermediate')),
        state TEXT NOT NULL CHECK (state IN ('active', 'retiring', 'retired')),
        key_file TEXT NOT NULL UNIQUE,
        first_list INTEGER NOT NULL
    );
    CREATE TABLE rollover (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target TEXT NOT NULL CHECK (target IN ('root', 'intermediate', 'signer')),
        old_serial TEXT NOT NULL REFERENCES certificate (serial),
        new_serial TEXT NOT NULL REFERENCES certificate (serial),
        started_at INTEGER NOT NULL,
        finished_at INTEGER
    );
    CREATE TABLE untold (serial TEXT PRIMARY KEY REFERENCES certificate (serial));
    CREATE INDEX certificate_by_name ON certificate (name);
    CREATE INDEX certificate_revoked ON certificate (issuer) WHERE revoked_at IS NOT NULL;
    CREATE INDEX certificate_cross ON certificate (id) WHERE kind = 'cross';
    CREATE UNIQUE INDEX issuer_active ON issuer (role) WHERE state = 'active';
    CREATE UNIQUE INDEX rollover_open ON rollover (target) WHERE finished_at IS NULL;
    CREATE TABLE staging (folder TEXT PRIMARY KEY);
    CREATE TABLE delivery (
        hidden TEXT PRIMARY KEY,
        target TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('folders', 'archive')),
        entered INTEGER NOT NULL CHECK (entered IN (0, 1))
    );
    CREATE TABLE follow_up (serial TEXT PRIMARY KEY);
)sql";

}  // namespace

std::string_view ledger_tables() {
    return tables_of_now;
}

std::span<const Migration> ledger_migrations() {
    return migration_steps;
}

}  // namespace heliograph::pki
