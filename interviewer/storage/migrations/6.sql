-- Version 6. Drills, and the bar that scores are read against.
ALTER TABLE session ADD COLUMN rounds TEXT;                    -- JSON: the seconds of each round; NULL but in drills
ALTER TABLE session ADD COLUMN bar TEXT;                       -- junior, senior or staff; NULL for none
