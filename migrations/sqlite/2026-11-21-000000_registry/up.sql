-- The log: the truth. Everything below "projection" can be rebuilt from it.

CREATE TABLE log_head (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    origin           TEXT NOT NULL,
    epoch            BIGINT  NOT NULL,
    size             BIGINT  NOT NULL,
    root             BLOB NOT NULL,
    frontier         BLOB NOT NULL,
    last_recorded_at BIGINT  NOT NULL
);

CREATE TABLE log_leaf (
    position    INTEGER PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    leaf_hash   BLOB NOT NULL,
    envelope    BLOB NOT NULL
);
CREATE UNIQUE INDEX log_leaf_recorded_at ON log_leaf (recorded_at);

CREATE TABLE log_node (
    level      INTEGER NOT NULL,
    node_index BIGINT  NOT NULL,
    hash       BLOB NOT NULL,
    PRIMARY KEY (level, node_index)
) WITHOUT ROWID;

-- Contents and notes by the SHA-256 of their canonical bytes. Bytes go only by a recorded redaction.
CREATE TABLE content (
    sha256    BLOB PRIMARY KEY,
    bytes     BLOB,
    erased_at BIGINT,
    CHECK ((bytes IS NULL) = (erased_at IS NOT NULL))
);

CREATE TRIGGER log_leaf_no_update BEFORE UPDATE ON log_leaf
BEGIN SELECT RAISE(ABORT, 'log_leaf is append-only: UPDATE refused'); END;
CREATE TRIGGER log_leaf_no_delete BEFORE DELETE ON log_leaf
BEGIN SELECT RAISE(ABORT, 'log_leaf is append-only: DELETE refused'); END;
CREATE TRIGGER log_node_no_update BEFORE UPDATE ON log_node
BEGIN SELECT RAISE(ABORT, 'log_node is append-only: UPDATE refused'); END;
CREATE TRIGGER log_node_no_delete BEFORE DELETE ON log_node
BEGIN SELECT RAISE(ABORT, 'log_node is append-only: DELETE refused'); END;
CREATE TRIGGER content_kept BEFORE DELETE ON content
BEGIN SELECT RAISE(ABORT, 'content is append-only: DELETE refused'); END;
CREATE TRIGGER content_unchanged BEFORE UPDATE ON content
    WHEN NEW.sha256 IS NOT OLD.sha256 OR (NEW.bytes IS NOT NULL AND NEW.bytes IS NOT OLD.bytes)
BEGIN SELECT RAISE(ABORT, 'content is append-only: UPDATE refused'); END;

-- The projection: which version of each entry holds at which positions.

CREATE TABLE entry_version (
    from_position  INTEGER PRIMARY KEY,
    to_position    BIGINT,
    entry_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    revision       BIGINT  NOT NULL,
    owner          TEXT NOT NULL,
    action         TEXT NOT NULL,
    actor          TEXT NOT NULL,
    recorded_at    BIGINT  NOT NULL,
    withdrawn      BOOLEAN NOT NULL,
    content_sha256 BLOB NOT NULL,
    note_sha256    BLOB NOT NULL,
    slug           TEXT,
    number         TEXT,
    number_undated TEXT,
    sort_number    TEXT NOT NULL,
    external_id    TEXT,
    plan_number    TEXT,
    title          TEXT NOT NULL,
    origin         TEXT,
    level          TEXT,
    mandate        TEXT,
    supply         TEXT,
    audience       TEXT,
    published_on   TEXT,
    implemented_on TEXT,
    abolished_on   TEXT,
    claimed        TEXT
);
CREATE UNIQUE INDEX entry_version_revision ON entry_version (entry_id, revision);
CREATE UNIQUE INDEX entry_version_live ON entry_version (entry_id) WHERE to_position IS NULL;
CREATE UNIQUE INDEX entry_version_live_number ON entry_version (number, owner)
    WHERE to_position IS NULL AND NOT withdrawn AND number IS NOT NULL;
CREATE UNIQUE INDEX entry_version_live_external_id ON entry_version (owner, external_id)
    WHERE to_position IS NULL AND NOT withdrawn AND external_id IS NOT NULL;
CREATE UNIQUE INDEX entry_version_live_slug ON entry_version (slug)
    WHERE to_position IS NULL AND NOT withdrawn AND slug IS NOT NULL;
CREATE INDEX entry_version_live_sort ON entry_version (kind, sort_number, entry_id) WHERE to_position IS NULL;
CREATE INDEX entry_version_live_owner ON entry_version (owner) WHERE to_position IS NULL;
CREATE INDEX entry_version_number ON entry_version (number) WHERE number IS NOT NULL;
CREATE INDEX entry_version_number_undated ON entry_version (number_undated) WHERE number_undated IS NOT NULL;

CREATE TABLE version_term (
    field         TEXT NOT NULL,
    term          TEXT NOT NULL,
    from_position BIGINT NOT NULL,
    PRIMARY KEY (field, term, from_position)
) WITHOUT ROWID;

CREATE TABLE version_placement (
    framework     TEXT NOT NULL,
    from_position BIGINT  NOT NULL,
    ordinal       INTEGER NOT NULL,
    cell          TEXT NOT NULL,
    node          TEXT,
    PRIMARY KEY (framework, from_position, ordinal)
) WITHOUT ROWID;

CREATE TABLE version_relation (
    from_position BIGINT  NOT NULL,
    ordinal       INTEGER NOT NULL,
    relation_type TEXT NOT NULL,
    extent        TEXT,
    target        TEXT NOT NULL,
    PRIMARY KEY (from_position, ordinal)
) WITHOUT ROWID;
CREATE INDEX version_relation_target ON version_relation (target, relation_type);

-- The tree of divisions as pairs, so that SQL can ask for a subtree. Filled from the built-in table at start.
CREATE TABLE division_reach (
    ancestor   TEXT NOT NULL,
    descendant TEXT NOT NULL,
    PRIMARY KEY (descendant, ancestor)
) WITHOUT ROWID;
CREATE INDEX division_reach_ancestor ON division_reach (ancestor);

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Answers kept for retries. Not part of the log: they expire.
CREATE TABLE idempotency (
    subject     TEXT NOT NULL,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    key         TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    created_at  BIGINT NOT NULL,
    answer      BLOB NOT NULL,
    PRIMARY KEY (subject, method, path, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_created_at ON idempotency (created_at);
