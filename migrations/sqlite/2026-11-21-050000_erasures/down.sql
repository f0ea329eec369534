DROP INDEX content_erased;
