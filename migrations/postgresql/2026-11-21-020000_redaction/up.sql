-- Which redaction erased which bytes: a projection of the log's `redact` entries.

CREATE TABLE redaction (
    sha256   BYTEA PRIMARY KEY,
    position BIGINT NOT NULL
);
CREATE INDEX redaction_position ON redaction (position);
