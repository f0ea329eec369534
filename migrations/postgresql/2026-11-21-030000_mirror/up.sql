-- Checkpoints a mirror has seen of its source: what was signed once can be held against who signed it.
CREATE TABLE witnessed (
    sha256  BYTEA PRIMARY KEY,
    origin  TEXT COLLATE "C" NOT NULL,
    size    BIGINT NOT NULL,
    root    BYTEA NOT NULL,
    note    TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    covered BOOLEAN NOT NULL
);
CREATE INDEX witnessed_size ON witnessed (size);
