-- Version 8. Hints that were shown, each once.
CREATE TABLE hint (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
