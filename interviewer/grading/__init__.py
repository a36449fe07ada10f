"""From an answer to a score: a grader claims, code verifies, arithmetic counts."""
