-- The log: the truth. Everything below "projection" can be rebuilt from it.

CREATE TABLE log_head (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    origin           TEXT    NOT NULL,
    epoch            BIGINT  NOT NULL,
    size             BIGINT  NOT NULL,
    root             BYTEA   NOT NULL,
    frontier         BYTEA   NOT NULL,
    last_recorded_at BIGINT  NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE log_leaf (
    position    BIGINT PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    leaf_hash   BYTEA  NOT NULL,
    envelope    BYTEA  NOT NULL
);
CREATE UNIQUE INDEX log_leaf_recorded_at ON log_leaf (recorded_at);

CREATE TABLE log_node (
    level      INTEGER NOT NULL,
    node_index BIGINT  NOT NULL,
    hash       BYTEA   NOT NULL,
    PRIMARY KEY (level, node_index)
);

-- Contents and notes by the SHA-256 of their canonical bytes. Bytes go only by a recorded redaction.
CREATE TABLE content (
    sha256    BYTEA PRIMARY KEY,
    bytes     BYTEA,
    erased_at BIGINT,
    CHECK ((bytes IS NULL) = (erased_at IS NOT NULL))
);

CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
END $$;

CREATE TRIGGER log_leaf_append_only BEFORE UPDATE OR DELETE ON log_leaf
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER log_leaf_no_truncate BEFORE TRUNCATE ON log_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER log_node_append_only BEFORE UPDATE OR DELETE ON log_node
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER log_node_no_truncate BEFORE TRUNCATE ON log_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER content_kept BEFORE DELETE ON content
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER content_no_truncate BEFORE TRUNCATE ON content
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER content_unchanged BEFORE UPDATE ON content
    FOR EACH ROW WHEN (NEW.sha256 IS DISTINCT FROM OLD.sha256 OR (NEW.bytes IS NOT NULL AND NEW.bytes IS DISTINCT FROM OLD.bytes))
    EXECUTE FUNCTION refuse_rewrite();

-- The projection: which version of each entry holds at which positions.

CREATE TABLE entry_version (
    from_position  BIGINT  PRIMARY KEY,
    to_position    BIGINT,
    entry_id       TEXT    COLLATE "C" NOT NULL,
    kind           TEXT    COLLATE "C" NOT NULL,
    revision       BIGINT  NOT NULL,
    owner          TEXT    COLLATE "C" NOT NULL,
    action         TEXT    COLLATE "C" NOT NULL,
    actor          TEXT    COLLATE "C" NOT NULL,
    recorded_at    BIGINT  NOT NULL,
    withdrawn      BOOLEAN NOT NULL,
    content_sha256 BYTEA   NOT NULL,
    note_sha256    BYTEA   NOT NULL,
    slug           TEXT    COLLATE "C",
    number         TEXT    COLLATE "C",
    number_undated TEXT    COLLATE "C",
    sort_number    TEXT    COLLATE "C" NOT NULL,
    external_id    TEXT    COLLATE "C",
    plan_number    TEXT    COLLATE "C",
    title          TEXT    COLLATE "C" NOT NULL,
    origin         TEXT    COLLATE "C",
    level          TEXT    COLLATE "C",
    mandate        TEXT    COLLATE "C",
    supply         TEXT    COLLATE "C",
    audience       TEXT    COLLATE "C",
    published_on   TEXT    COLLATE "C",
    implemented_on TEXT    COLLATE "C",
    abolished_on   TEXT    COLLATE "C",
    claimed        TEXT    COLLATE "C"
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
    field         TEXT   COLLATE "C" NOT NULL,
    term          TEXT   COLLATE "C" NOT NULL,
    from_position BIGINT NOT NULL,
    PRIMARY KEY (field, term, from_position)
);

CREATE TABLE version_placement (
    framework     TEXT    COLLATE "C" NOT NULL,
    from_position BIGINT  NOT NULL,
    ordinal       INTEGER NOT NULL,
    cell          TEXT    COLLATE "C" NOT NULL,
    node          TEXT    COLLATE "C",
    PRIMARY KEY (framework, from_position, ordinal)
);

CREATE TABLE version_relation (
    from_position BIGINT  NOT NULL,
    ordinal       INTEGER NOT NULL,
    relation_type TEXT    COLLATE "C" NOT NULL,
    extent        TEXT    COLLATE "C",
    target        TEXT    COLLATE "C" NOT NULL,
    PRIMARY KEY (from_position, ordinal)
);
CREATE INDEX version_relation_target ON version_relation (target, relation_type);

-- The tree of divisions as pairs, so that SQL can ask for a subtree. Filled from the built-in table at start.
CREATE TABLE division_reach (
    ancestor   TEXT COLLATE "C" NOT NULL,
    descendant TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (descendant, ancestor)
);
CREATE INDEX division_reach_ancestor ON division_reach (ancestor);

CREATE TABLE setting (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);

-- Answers kept for retries. Not part of the log: they expire.
CREATE TABLE idempotency (
    subject     TEXT   COLLATE "C" NOT NULL,
    method      TEXT   COLLATE "C" NOT NULL,
    path        TEXT   COLLATE "C" NOT NULL,
    key         TEXT   COLLATE "C" NOT NULL,
    body_sha256 BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL,
    answer      BYTEA  NOT NULL,
    PRIMARY KEY (subject, method, path, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
