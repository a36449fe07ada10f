-- Version 3. Spoken answers.
ALTER TABLE attempt ADD COLUMN spoken INTEGER NOT NULL DEFAULT 0;  -- 1: its seconds are seconds of speech
