-- Version 5. Answers that were given after the model answer had been shown.
ALTER TABLE planned ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;    -- 1: its model answer was
ALTER TABLE attempt ADD COLUMN after_model_answer INTEGER NOT NULL DEFAULT 0;
