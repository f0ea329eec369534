DROP TABLE version_search;
