ALTER TABLE webhook_delivery DROP COLUMN filters;
ALTER TABLE webhook DROP COLUMN owner;
ALTER TABLE webhook DROP COLUMN kind;
ALTER TABLE webhook DROP COLUMN revision;
