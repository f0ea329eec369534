-- Which redaction erased which bytes: a projection of the log's `redact` entries.

CREATE TABLE redaction (
    sha256   BLOB PRIMARY KEY,
    position BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX redaction_position ON redaction (position);
