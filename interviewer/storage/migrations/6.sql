-- Version 6. Drills, the bar that scores are read against, and what came of real interviews.
ALTER TABLE session ADD COLUMN rounds TEXT;                    -- JSON: the seconds of each round; NULL but in drills
ALTER TABLE session ADD COLUMN bar TEXT;                       -- junior, senior or staff; NULL for none
CREATE TABLE outcome (
    day     TEXT NOT NULL,
    note    TEXT NOT NULL,               -- which round it was; may be empty
    result  TEXT NOT NULL,
    session INTEGER REFERENCES session (id),
    created TEXT NOT NULL,
    PRIMARY KEY (day, note)
) STRICT, WITHOUT ROWID;
