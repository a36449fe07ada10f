-- Version 1. A change comes as a numbered step in store.py; user_version says which steps a database has had.
CREATE TABLE session (
    id       INTEGER PRIMARY KEY,
    created  TEXT NOT NULL,
    mode     TEXT NOT NULL,
    plan     TEXT NOT NULL,              -- JSON list of question ids, in order
    finished TEXT
) STRICT;

CREATE TABLE skip (
    session  INTEGER NOT NULL REFERENCES session (id),
    question TEXT NOT NULL,
    PRIMARY KEY (session, question)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    id       INTEGER PRIMARY KEY,
    session  INTEGER NOT NULL REFERENCES session (id),
    question TEXT NOT NULL,              -- JSON: the question as it was asked, so that edits to a bank lose nothing
    answer   TEXT NOT NULL,
    created  TEXT NOT NULL,
    seconds  REAL
) STRICT;
CREATE INDEX attempt_by_session ON attempt (session);

-- Every grading is kept; the newest one of an attempt counts.
CREATE TABLE grading (
    id       INTEGER PRIMARY KEY,
    attempt  INTEGER NOT NULL REFERENCES attempt (id),
    created  TEXT NOT NULL,
    result   TEXT NOT NULL               -- JSON: a Grading
) STRICT;
CREATE INDEX grading_by_attempt ON grading (attempt);

-- What was typed and not yet sent: one per question of a session.
CREATE TABLE draft (
    session  INTEGER NOT NULL REFERENCES session (id),
    question TEXT NOT NULL,
    text     TEXT NOT NULL,
    saved    TEXT NOT NULL,
    PRIMARY KEY (session, question)
) STRICT, WITHOUT ROWID;
