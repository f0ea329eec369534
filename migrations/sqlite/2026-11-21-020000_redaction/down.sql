DROP TABLE redaction;
