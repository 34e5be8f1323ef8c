// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_schema.hpp>

#include <array>

namespace heliograph::mirror {

namespace {

// Bodies come last in a row, so that listing names and serials never touches their overflow pages.
// The state row holds the last visible serial; events above it belong to a run that has not ended.
constexpr Migration first{R"sql(
CREATE TABLE page (
    project TEXT NOT NULL,
    form INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    digest BLOB NOT NULL,
    signature BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (project, form)
);
CREATE INDEX page_serial ON page (project, serial);

CREATE TABLE file (
    name TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    metadata_digest BLOB,
    metadata_size INTEGER
);
CREATE INDEX file_project ON file (project, name);
CREATE INDEX file_digest ON file (digest);
CREATE INDEX file_metadata ON file (metadata_digest) WHERE metadata_digest IS NOT NULL;

CREATE TABLE event (
    serial INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    action TEXT NOT NULL,
    project TEXT,
    filename TEXT,
    html_digest BLOB,
    json_digest BLOB
);

CREATE TABLE evidence (
    kind TEXT PRIMARY KEY,
    document BLOB NOT NULL
);

CREATE TABLE pending (
    project TEXT PRIMARY KEY,
    wanted INTEGER NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    since INTEGER NOT NULL,
    last_try INTEGER NOT NULL
);

CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_serial INTEGER NOT NULL,
    last_modified INTEGER
);
INSERT INTO state VALUES (1, 0, NULL);
)sql"};

// What a project is, whatever became of its pages: its revisions tell followers what changed, and a
// removed one leaves its row as a tombstone. Withheld files are those of a quarantined project.
constexpr Migration projects{R"sql(
ALTER TABLE file ADD COLUMN provenance_digest BLOB;
ALTER TABLE file ADD COLUMN provenance_size INTEGER;
ALTER TABLE file ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
CREATE INDEX file_provenance ON file (provenance_digest) WHERE provenance_digest IS NOT NULL;

ALTER TABLE event ADD COLUMN version TEXT;

CREATE TABLE project (
    name TEXT PRIMARY KEY,
    serial INTEGER NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX project_revision ON project (revision);
INSERT INTO project
    SELECT project, max(serial), 'active', row_number() OVER (ORDER BY project)
    FROM page GROUP BY project;

CREATE TABLE shelf (
    project TEXT PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE retired (
    name TEXT PRIMARY KEY,
    digest BLOB NOT NULL
) WITHOUT ROWID;
)sql"};

// When a parked project's turn comes, and what a mirror knows of its upstream.
constexpr Migration following{R"sql(
ALTER TABLE pending ADD COLUMN next_try INTEGER NOT NULL DEFAULT 0;
CREATE INDEX pending_since ON pending (since);

CREATE TABLE upstream (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_serial INTEGER NOT NULL,
    answered INTEGER,
    not_before INTEGER,
    reconciled INTEGER,
    list_etag TEXT NOT NULL
);
INSERT INTO upstream SELECT 1, last_serial, NULL, NULL, NULL, '' FROM state;
)sql"};

// Up to the checkpoint the journal holds no more than the newest event of each project.
constexpr Migration compaction{R"sql(
ALTER TABLE state ADD COLUMN checkpoint INTEGER NOT NULL DEFAULT 0;
)sql"};

// A run that ends between new signer evidence and the pages that it asks for leaves this mark.
constexpr Migration judging{R"sql(
ALTER TABLE upstream ADD COLUMN pages_unjudged INTEGER NOT NULL DEFAULT 0;
)sql"};

// Bodies of pages are packed (page_body.hpp); the table `project` has made the index needless.
constexpr Migration packing{R"sql(
ALTER TABLE page ADD COLUMN packing INTEGER NOT NULL DEFAULT 0;
CREATE TABLE page_part (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);
DROP INDEX page_serial;
)sql"};

// Signing everything anew writes short rows only, in half the time that whole pages take.
constexpr Migration signing{R"sql(
CREATE TABLE page_signature (
    project TEXT NOT NULL,
    form INTEGER NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (project, form)
) WITHOUT ROWID;
INSERT INTO page_signature SELECT project, form, signature FROM page;
ALTER TABLE page DROP COLUMN signature;
)sql"};

// Of an upstream that signs nothing: whose serials its pages have here, and the entity tag under
// which it showed each of them.
constexpr Migration unsigned_following{R"sql(
ALTER TABLE upstream ADD COLUMN numbering INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN page_tag TEXT NOT NULL DEFAULT '';
)sql"};

// The mark of the filter under which a mirror's projects were had: another one is applied to them.
constexpr Migration filtering{R"sql(
ALTER TABLE upstream ADD COLUMN filter TEXT NOT NULL DEFAULT '';
)sql"};

// Why somebody yanked, unyanked or gave another status.
constexpr Migration reasons{R"sql(
ALTER TABLE event ADD COLUMN reason TEXT;
)sql"};

// During a signer's rollover each page is signed by both. Which column holds the first signature
// is one bit for all pages, so that they change places in one short row.
constexpr Migration overlapping{R"sql(
ALTER TABLE page_signature ADD COLUMN other BLOB NOT NULL DEFAULT x'';
ALTER TABLE state ADD COLUMN signatures_switched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN other_key BLOB;
ALTER TABLE project ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
)sql"};

// What people are told of a source archive whose metadata nobody may install by.
constexpr Migration describing{R"sql(
ALTER TABLE file ADD COLUMN about TEXT;
)sql"};

// Files that pages name and a filter left out; and how fast withdrawals were followed.
constexpr Migration leaving{R"sql(
CREATE TABLE left_out (
    name TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    reason TEXT NOT NULL,
    ripe INTEGER
) WITHOUT ROWID;
CREATE INDEX left_out_project ON left_out (project, name);
CREATE INDEX left_out_reason ON left_out (reason, size);
CREATE INDEX left_out_ripe ON left_out (ripe, project) WHERE ripe IS NOT NULL;

ALTER TABLE upstream ADD COLUMN withdrawals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE upstream ADD COLUMN withdrawn INTEGER;
ALTER TABLE upstream ADD COLUMN last_lag INTEGER NOT NULL DEFAULT 0;
ALTER TABLE upstream ADD COLUMN longest_lag INTEGER NOT NULL DEFAULT 0;
)sql"};

// How an upstream that signs nothing tells of changes.
constexpr Migration feeding{R"sql(
ALTER TABLE upstream ADD COLUMN feed INTEGER NOT NULL DEFAULT 0;
)sql"};

// Whether a file names a blob is asked by its digest alone: a quarter of it finds the row, in 72
// bytes less for a file with metadata and provenance.
constexpr Migration shorter_indexes{R"sql(
DROP INDEX file_digest;
DROP INDEX file_metadata;
DROP INDEX file_provenance;
CREATE INDEX file_digest ON file (substr(digest, 1, 8));
CREATE INDEX file_metadata ON file (substr(metadata_digest, 1, 8))
    WHERE metadata_digest IS NOT NULL;
CREATE INDEX file_provenance ON file (substr(provenance_digest, 1, 8))
    WHERE provenance_digest IS NOT NULL;
)sql"};

constexpr std::array<Migration, 15> steps{
    first,
    projects,
    following,
    compaction,
    judging,
    packing,
    signing,
    unsigned_following,
    filtering,
    reasons,
    overlapping,
    describing,
    leaving,
    feeding,
    shorter_indexes};

}  // namespace

std::span<const Migration> catalog_migrations() {
    return steps;
}

}  // namespace heliograph::mirror
