-- Who wants to be told that there are changes. Not part of the log: it says nothing about standards.
CREATE TABLE webhook (
    id             TEXT PRIMARY KEY,
    url            TEXT NOT NULL,
    description    TEXT,
    -- The key hints are signed with. In clear: it must be at hand for every signature.
    secret         BLOB NOT NULL,
    disabled       BOOLEAN NOT NULL,
    disabled_why   TEXT,
    created_at     BIGINT NOT NULL,
    created_by     TEXT NOT NULL,
    -- The log position that hints have been made up to.
    announced      BIGINT NOT NULL,
    -- Since when no attempt has succeeded; NULL while they do.
    failing_since  BIGINT
);

-- One hint to one webhook, with what became of it.
CREATE TABLE webhook_delivery (
    id              TEXT PRIMARY KEY,
    webhook_id      TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    position        BIGINT NOT NULL,
    changes_after   TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    status          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    attempted_at    BIGINT,
    response_status INTEGER,
    error           TEXT,
    next_attempt_at BIGINT,
    -- Until then the instance that claimed it is taken to be sending it.
    claimed_until   BIGINT NOT NULL
);
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
