DROP TABLE version_token_row;
DROP TABLE version_token;
DROP TABLE version_search;
