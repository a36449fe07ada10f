-- Version 4. What a grading rests on can be examined.
ALTER TABLE grading ADD COLUMN raw TEXT;                       -- what the model replied, word for word, without the key
