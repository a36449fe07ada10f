-- Version 8. What a person has said so far of an estimate's claims. It is about one grading, and the next one ends it.
CREATE TABLE confirmation (
    grading INTEGER NOT NULL REFERENCES grading (id),
    claim   TEXT NOT NULL,               -- the id of a key point, or !1 for the first mistake
    verdict TEXT NOT NULL,
    PRIMARY KEY (grading, claim)
) STRICT, WITHOUT ROWID;
-- Hints that were shown, each once.
CREATE TABLE hint (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
