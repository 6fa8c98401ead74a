-- +goose Up
-- One tenant is one index, made with one embedding model. Its tables are copies
-- of the empty ones below, named documents_<id> and so on, so that no index and
-- no row ever serves two tenants. A later migration changes both.
CREATE TABLE tenants (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text COLLATE "C" NOT NULL UNIQUE,
    model     text    NOT NULL,
    dimension integer NOT NULL,
    documents bigint  NOT NULL DEFAULT 0,
    chunks    bigint  NOT NULL DEFAULT 0,
    version   bigint  NOT NULL DEFAULT 0,    -- counts the writes that changed documents
    indexed   boolean NOT NULL DEFAULT false, -- it has an HNSW index
    ef        integer NOT NULL DEFAULT 0 -- candidates at which the index was seen to find enough; 0: at none
);

-- Tenants that were dropped, whose tables could not be: a search had them open.
CREATE TABLE dropped (tenant bigint PRIMARY KEY);

-- Sets of readers, each once: most documents share theirs with many others, so
-- a principal's memberships are held against few sets and not against all
-- documents.
CREATE TABLE readers (
    tenant   bigint NOT NULL,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    digest   bytea  NOT NULL, -- SHA-256 of the set
    subjects text[] COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, digest)
);
CREATE INDEX ON readers USING gin (subjects) WITH (fastupdate = off); -- or each search reads what is pending

CREATE TABLE documents (
    tenant     bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    object     text COLLATE "C" NOT NULL,
    type       text COLLATE "C" NOT NULL, -- what filters compare beside metadata
    source     text COLLATE "C" NOT NULL,
    updated    text COLLATE "C",
    title      text   NOT NULL,
    url        text   NOT NULL,
    metadata   jsonb  NOT NULL,
    updated_at timestamptz, -- NULL where it is not known
    hash       text   NOT NULL,
    readers    bigint NOT NULL,
    version    bigint NOT NULL, -- the tenant's when it was last written
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, object)
);
CREATE INDEX ON documents (tenant, readers);
CREATE INDEX ON documents (tenant, version);

-- Documents that are gone, for copies in memory to follow.
CREATE TABLE removed (
    tenant   bigint NOT NULL,
    version  bigint NOT NULL,
    document bigint NOT NULL,
    PRIMARY KEY (tenant, version, document)
);

-- What a search by vector reads, and nothing else: texts are in passages.
CREATE TABLE chunks (
    tenant   bigint  NOT NULL,
    document bigint  NOT NULL,
    n        integer NOT NULL,
    readers  bigint  NOT NULL, -- as in documents
    vector   vector  NOT NULL,
    PRIMARY KEY (tenant, document, n)
);
CREATE INDEX ON chunks (tenant, readers);

CREATE TABLE passages (
    tenant   bigint   NOT NULL,
    document bigint   NOT NULL,
    n        integer  NOT NULL,
    heading  text     NOT NULL,
    text     text     NOT NULL,
    words    tsvector NOT NULL, -- of tokens that this program makes
    PRIMARY KEY (tenant, document, n)
);
CREATE INDEX ON passages USING gin (words) WITH (fastupdate = off);
