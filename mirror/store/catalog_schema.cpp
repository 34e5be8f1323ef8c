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

constexpr std::array<Migration, 1> steps{first};

}  // namespace

std::span<const Migration> catalog_migrations() {
    return steps;
}

}  // namespace heliograph::mirror
