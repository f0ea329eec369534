-- What standards are found by: their texts folded, one row per revision. Part of the projection; what is missing is
-- filled in at start.
CREATE TABLE version_search (
    from_position INTEGER PRIMARY KEY,
    numbers       TEXT NOT NULL,
    title         TEXT NOT NULL,
    rest          TEXT NOT NULL
);

-- The tokens that are looked up, by the same positions. Texts come cut already, so the tokeniser only parts at blanks;
-- where in a text a token stands is decided by the text itself.
CREATE VIRTUAL TABLE version_token USING fts5 (tokens, content = '', detail = 'none', columnsize = 0, tokenize = 'ascii');
-- What is erased leaves the index at once, not when it is merged some day.
INSERT INTO version_token (version_token, rank) VALUES ('secure-delete', 1);
-- The index as rows, to be checked.
CREATE VIRTUAL TABLE version_token_row USING fts5vocab (version_token, instance);
