DROP TABLE idempotency, setting, division_reach, version_relation, version_placement, version_term, entry_version;
DROP TABLE content, log_node, log_leaf, log_head;
DROP FUNCTION refuse_rewrite;
