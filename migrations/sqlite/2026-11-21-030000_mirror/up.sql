-- Checkpoints a mirror has seen of its source: what was signed once can be held against who signed it.
CREATE TABLE witnessed (
    sha256  BLOB PRIMARY KEY,
    origin  TEXT NOT NULL,
    size    BIGINT NOT NULL,
    root    BLOB NOT NULL,
    note    TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    covered BOOLEAN NOT NULL
);
CREATE INDEX witnessed_size ON witnessed (size);
