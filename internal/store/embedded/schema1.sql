-- One tenant is one index, made with one embedding model. Beside these tables
-- each tenant has a keyword index of its own, keywords_<id>.
CREATE TABLE tenants (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT    NOT NULL UNIQUE,
    model     TEXT    NOT NULL,
    dimension INTEGER NOT NULL
) STRICT;

CREATE TABLE documents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant     INTEGER NOT NULL REFERENCES tenants (id),
    object     TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    url        TEXT    NOT NULL,
    metadata   TEXT    NOT NULL, -- JSON
    updated_at TEXT    NOT NULL, -- RFC 3339 in UTC
    hash       TEXT    NOT NULL,
    chunks     INTEGER NOT NULL, -- how many it has
    UNIQUE (tenant, object)
) STRICT;

-- An id is never used again (AUTOINCREMENT), and the chunks of a document have
-- ids that follow each other: searches rely on both.
CREATE TABLE chunks (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (id),
    n        INTEGER NOT NULL,
    heading  TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    UNIQUE (document, n)
) STRICT;

-- Vectors are apart from texts, so that neither is read for the other's sake.
CREATE TABLE vectors (
    chunk  INTEGER PRIMARY KEY REFERENCES chunks (id),
    vector BLOB NOT NULL -- float32, little-endian
) STRICT;
