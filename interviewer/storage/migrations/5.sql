-- Version 5. Answers that were given after the model answer had been shown.
ALTER TABLE planned ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;    -- 1: its model answer was
ALTER TABLE attempt ADD COLUMN after_model_answer INTEGER NOT NULL DEFAULT 0;
-- Key points that an LLM proposed for a question without any.
CREATE TABLE proposal (
    key     TEXT PRIMARY KEY,            -- hash of the question, its reference answer and the model
    created TEXT NOT NULL,
    points  TEXT                         -- JSON: ProposedPoints; NULL where no usable ones could be had
) STRICT, WITHOUT ROWID;
