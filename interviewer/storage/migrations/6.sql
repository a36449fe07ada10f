-- Version 6. Drills.
ALTER TABLE session ADD COLUMN rounds TEXT;                    -- JSON: the seconds of each round; NULL but in drills
