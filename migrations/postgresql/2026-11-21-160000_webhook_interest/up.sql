-- Which state of its terms a change rests on, and what a webhook wants to hear of: a kind, a division and all below it.
ALTER TABLE webhook ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE webhook ADD COLUMN kind TEXT COLLATE "C";
ALTER TABLE webhook ADD COLUMN owner TEXT COLLATE "C";

-- What its webhook wanted to hear of when a hint was made, as the feed's parameters: attempts must not differ.
ALTER TABLE webhook_delivery ADD COLUMN filters TEXT COLLATE "C" NOT NULL DEFAULT '';
