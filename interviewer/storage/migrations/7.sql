-- Version 7. What an estimate never measured; its level stays where a score of before 0.3 has no number of its own beside it.
UPDATE grading SET result = json_set(
    result, '$.score.depth', NULL, '$.score.clarity', NULL,
    '$.score.level', iif(json_extract(result, '$.score.own') IS NULL, json_extract(result, '$.score.level'), NULL)
) WHERE json_valid(result) AND json_extract(result, '$.grader.estimate') AND json_type(result, '$.score') = 'object';
