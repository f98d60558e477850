-- The directory's first schema. Plain SQL: types, keys and partial indexes that PostgreSQL has too. Instants are
-- microseconds since 1970 in UTC. Metadata is exact JSON text and is never read by the database.

-- One row for every user ever seen. E-mail address and user name are in lower case.
CREATE TABLE users (
    user_id    TEXT   NOT NULL PRIMARY KEY,
    connection TEXT   NOT NULL,
    store_id   TEXT   NOT NULL,
    email      TEXT,
    username   TEXT,
    phone      TEXT,
    state      TEXT   NOT NULL CHECK (state IN ('pending', 'moved', 'deleted')),
    seen_at    BIGINT NOT NULL
);
CREATE INDEX users_listed ON users (connection, user_id);
CREATE INDEX users_by_store_id ON users (connection, store_id);
CREATE INDEX users_by_email ON users (connection, email) WHERE email IS NOT NULL;
CREATE INDEX users_by_username ON users (connection, username) WHERE username IS NOT NULL;
CREATE INDEX users_by_phone ON users (connection, phone) WHERE phone IS NOT NULL;
-- Pending rows remember what a store said once, so only those who live here are unique.
CREATE UNIQUE INDEX moved_by_email ON users (connection, email) WHERE state = 'moved';
CREATE UNIQUE INDEX moved_by_username ON users (connection, username) WHERE state = 'moved';

-- Users who live here. `profile` is the profile's JSON without its two containers.
CREATE TABLE profiles (
    user_id       TEXT NOT NULL PRIMARY KEY REFERENCES users (user_id),
    profile       TEXT NOT NULL,
    user_metadata TEXT,
    app_metadata  TEXT
);
CREATE TABLE credentials (
    user_id TEXT   NOT NULL PRIMARY KEY REFERENCES profiles (user_id),
    kind    TEXT   NOT NULL CHECK (kind IN ('hash', 'none', 'ask_legacy')),
    scheme  TEXT,
    hash    TEXT,
    salt    TEXT,
    params  TEXT,
    set_at  BIGINT NOT NULL
);

-- What is added to users who stay in their store. `…_removed` are JSON arrays of keys.
CREATE TABLE overlays (
    user_id               TEXT NOT NULL PRIMARY KEY REFERENCES users (user_id),
    user_metadata         TEXT NOT NULL,
    user_metadata_removed TEXT NOT NULL,
    app_metadata          TEXT NOT NULL,
    app_metadata_removed  TEXT NOT NULL,
    blocked               BOOLEAN
);

CREATE TABLE intents (
    id         BIGINT NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    connection TEXT   NOT NULL,
    store_id   TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    begun_at   BIGINT NOT NULL
);
CREATE INDEX intents_by_user ON intents (user_id);

CREATE TABLE type_books (
    connection TEXT   NOT NULL PRIMARY KEY,
    revision   BIGINT NOT NULL,
    book       TEXT   NOT NULL
);

-- `names` is a JSON array.
CREATE TABLE audit (
    number     BIGINT NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    user_id    TEXT,
    connection TEXT,
    names      TEXT   NOT NULL,
    outcome    TEXT   NOT NULL
);
CREATE INDEX audit_by_user ON audit (user_id);
CREATE INDEX audit_by_actor ON audit (actor);

-- Keyed hashes of the ids of erased persons who are not to come back.
CREATE TABLE erased (
    digest TEXT   NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL
);

-- The last number given to an intent or an audit entry; a number is never given twice.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('intent', 0), ('audit', 0);

-- The key of the hashes in `erased`.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
