-- Version 2. Interview mode with its clock and follow-ups, own estimates, disputes, and questions saved for later.
ALTER TABLE session ADD COLUMN follow_ups INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN time_limit INTEGER;             -- seconds a question
ALTER TABLE session ADD COLUMN rate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN self_rating INTEGER;            -- 0 to 100, before the score was seen

-- A row from the moment a follow-up is asked; its answer grows while it is typed, and may stay empty.
CREATE TABLE exchange (
    id        INTEGER PRIMARY KEY,
    attempt   INTEGER NOT NULL REFERENCES attempt (id),
    created   TEXT NOT NULL,
    follow_up TEXT NOT NULL,
    key_point TEXT NOT NULL,
    answer    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX exchange_by_attempt ON exchange (attempt);

CREATE TABLE dispute (
    id      INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL REFERENCES attempt (id),
    dispute TEXT NOT NULL                -- JSON: a Dispute
) STRICT;
CREATE INDEX dispute_by_attempt ON dispute (attempt);

-- By the question's id alone: what is asked again is the question as its bank has it by then.
CREATE TABLE saved (
    question TEXT PRIMARY KEY,
    created  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
