-- Version 1. A change comes as the next numbered file; user_version says which of them a database has had.
CREATE TABLE session (
    id       INTEGER PRIMARY KEY,
    created  TEXT NOT NULL,
    mode     TEXT NOT NULL,
    finished TEXT
) STRICT;

-- The questions of a session as they are asked, so that no edit to a bank changes what an answer was an answer to.
CREATE TABLE planned (
    session  INTEGER NOT NULL REFERENCES session (id),
    position INTEGER NOT NULL,
    id       TEXT NOT NULL,
    question TEXT NOT NULL,              -- JSON: a Question
    skipped  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (session, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    id       INTEGER PRIMARY KEY,
    session  INTEGER NOT NULL REFERENCES session (id),
    question TEXT NOT NULL,
    answer   TEXT NOT NULL,
    created  TEXT NOT NULL,
    seconds  REAL,
    FOREIGN KEY (session, question) REFERENCES planned (session, id)
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
    PRIMARY KEY (session, question),
    FOREIGN KEY (session, question) REFERENCES planned (session, id)
) STRICT, WITHOUT ROWID;
