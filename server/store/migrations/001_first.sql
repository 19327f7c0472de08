-- The first schema. Times are microseconds since the epoch, ids and JSON are text; both dialects read it.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Configuration: one row a queue, flow, number, user …
CREATE TABLE nouns (
    kind    TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    json    TEXT   NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE UNIQUE INDEX nouns_by_name ON nouns (kind, name);

-- Argon2id strings (PHC format) of those who sign in by password.
CREATE TABLE credentials (
    agent TEXT PRIMARY KEY,
    hash  TEXT NOT NULL
);

-- SHA-256 of bearer tokens: a stolen database opens no door.
CREATE TABLE tokens (
    hash    TEXT   PRIMARY KEY,
    agent   TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    created BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX tokens_by_agent ON tokens (agent);
CREATE INDEX tokens_by_expiry ON tokens (expires);

-- Paired endpoints: the SHA-256 of the device's certificate, and whose it is.
CREATE TABLE devices (
    id          TEXT   PRIMARY KEY,
    fingerprint TEXT   NOT NULL UNIQUE,
    agent       TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    platform    TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    seen        BIGINT NOT NULL
);
CREATE INDEX devices_by_agent ON devices (agent);

-- Contact records with the columns that are searched by. Times as in the record: RFC 3339, UTC, fixed width, so that
-- they sort as text.
CREATE TABLE contacts (
    id           TEXT PRIMARY KEY,
    initiated    TEXT NOT NULL,
    disconnected TEXT,
    channel      TEXT NOT NULL,
    method       TEXT NOT NULL,
    queue        TEXT,
    agent        TEXT,
    customer     TEXT,
    system       TEXT,
    disposition  TEXT,
    reason       TEXT,
    updated      TEXT NOT NULL,
    json         TEXT NOT NULL
);
CREATE INDEX contacts_by_time ON contacts (initiated, id);
CREATE INDEX contacts_by_queue ON contacts (queue, initiated);
CREATE INDEX contacts_by_agent ON contacts (agent, initiated);
CREATE INDEX contacts_by_customer ON contacts (customer, initiated);

-- History. `seq` has no gaps and only grows: whoever knows the last one he saw misses nothing (outbox).
CREATE TABLE events (
    seq     BIGINT NOT NULL PRIMARY KEY,
    id      TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    contact TEXT,
    agent   TEXT,
    json    TEXT   NOT NULL
);
CREATE INDEX events_by_contact ON events (contact, seq) WHERE contact IS NOT NULL;

-- How far each reader of the history has come.
CREATE TABLE positions (
    reader TEXT   PRIMARY KEY,
    seq    BIGINT NOT NULL
);

-- What the floor restores from after a crash.
CREATE TABLE contact_state (
    id    TEXT PRIMARY KEY,
    state TEXT NOT NULL
);
CREATE TABLE agent_state (
    id    TEXT PRIMARY KEY,
    state TEXT NOT NULL
);

CREATE TABLE recordings (
    id          TEXT   PRIMARY KEY,
    contact     TEXT   NOT NULL,
    file        TEXT   NOT NULL,
    started     TEXT   NOT NULL,
    duration_ms BIGINT NOT NULL,
    status      TEXT   NOT NULL,
    peaks       BLOB
);
CREATE INDEX recordings_by_contact ON recordings (contact);

-- Who did what. Rows are only ever added.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     BIGINT  NOT NULL,
    actor  TEXT    NOT NULL,
    action TEXT    NOT NULL,
    target TEXT    NOT NULL,
    before TEXT,
    after  TEXT
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
