-- Which versions ended between two positions: what left a filter, and what a state digest loses.
CREATE INDEX entry_version_ended ON entry_version (to_position) WHERE to_position IS NOT NULL;

-- The few leaves that are no revision. Envelopes are canonical, so their type stands right before their end.
CREATE INDEX log_leaf_event ON log_leaf (position)
    WHERE substring(envelope FROM octet_length(envelope) - 23) <> '"type":"revision","v":1}'::bytea;
