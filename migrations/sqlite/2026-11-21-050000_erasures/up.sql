-- Erased bytes are few: who asks for them, or for what was erased since, must not walk through all contents.
CREATE INDEX content_erased ON content (erased_at, sha256) WHERE erased_at IS NOT NULL;
