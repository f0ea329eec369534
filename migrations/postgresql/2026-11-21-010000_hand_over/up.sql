-- By which key each later key was announced: the checkpoint that ends with the new key's leaf, signed by both. It cannot
-- be made again, for the old key signs no more; and it need not be trusted, for it is signed.
CREATE TABLE log_hand_over (
    position BIGINT PRIMARY KEY,
    note     TEXT COLLATE "C" NOT NULL
);
