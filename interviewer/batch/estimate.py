"""What a batch would take, before anything is sent."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from interviewer.batch.rows import Row
from interviewer.grading.segment import with_key_points

_CHARACTERS_PER_TOKEN = 4.2
"""Of English prompts, with the tokenizers of current models."""
_TOKENS_PER_POINT, _TOKENS_BESIDE = 16, 130
"""What a reply takes for each key point, and for feedback and scales."""


@dataclass
class Estimate:
    """Rows and tokens."""

    rows: int = 0
    good: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def estimate(rows: Iterable[Row], *, llm: bool) -> Estimate:
    """Count rows and, for an LLM, the tokens of their prompts and of usual replies."""
    found = Estimate()
    for row in rows:
        found.rows += 1
        if row.question is None or row.answer is None:
            found.reasons[row.reason] += 1
            continue
        found.good += 1
        if llm:
            from interviewer.grading.messages import grading_messages

            question = with_key_points(row.question)
            size = sum(len(message["content"]) for message in grading_messages(question, row.answer))
            found.prompt_tokens += round(size / _CHARACTERS_PER_TOKEN)
            found.completion_tokens += _TOKENS_PER_POINT * len(question.key_points) + _TOKENS_BESIDE
    return found
