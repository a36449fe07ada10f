-- Version 5. Answers that were given after the model answer had been shown.
ALTER TABLE attempt ADD COLUMN after_model_answer INTEGER NOT NULL DEFAULT 0;
