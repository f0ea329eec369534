DROP INDEX log_leaf_event;
DROP INDEX entry_version_ended;
