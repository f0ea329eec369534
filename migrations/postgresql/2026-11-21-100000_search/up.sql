-- What standards are found by: their texts folded, one row per revision, and the tokens that an index looks up. Part of
-- the projection; what is missing is filled in at start.
CREATE TABLE version_search (
    from_position BIGINT PRIMARY KEY,
    numbers       TEXT     COLLATE "C" NOT NULL,
    title         TEXT     COLLATE "C" NOT NULL,
    rest          TEXT     COLLATE "C" NOT NULL,
    tokens        TSVECTOR NOT NULL
);
-- Readers look through what is not merged yet one by one: it stays short.
CREATE INDEX version_search_tokens ON version_search USING gin (tokens) WITH (gin_pending_list_limit = 256);
