"""What a batch will cost, estimated before it starts, and its limits on tokens and dollars."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from interviewer.bank.points import lacks_key_points, with_key_points
from interviewer.batch.rows import Row, note_first
from interviewer.batch.runner import Totals
from interviewer.errors import InputError
from interviewer.grading.messages import grading_messages

_CHARACTERS_PER_TOKEN = 4.2
"""Measured on English prompts, with the tokenizers of current models."""
_TOKENS_PER_POINT, _TOKENS_BESIDE = 21, 135
"""Tokens of a reply for each key point, and for feedback and scales."""
_PROPOSAL_PROMPT, _PROPOSAL_REPLY = 230, 450
"""Tokens that ask for key points, beside the question and its reference answer, and what about six of them take."""


@dataclass
class CostEstimate:
    """How many rows can be graded, and the tokens that they are expected to take."""

    gradable: int = 0
    invalid: Counter[str] = field(default_factory=Counter)
    """The number of rows that cannot be graded, by reason."""
    first: dict[str, list[str]] = field(default_factory=dict)
    """The ids of the first of them for each reason."""
    prompt_tokens: int = 0
    completion_tokens: int = 0


def estimate_cost(rows: Iterable[Row], *, requests: int, propose: bool) -> CostEstimate:
    """Estimate the tokens of the prompts and of usual replies, with `requests` requests a row.

    With `propose`, one request more for each question that lacks key points.
    """
    found = CostEstimate()
    asked: set[tuple[str, str]] = set()
    for row in rows:
        if row.question is None or row.answer is None:
            found.invalid[row.reason] += 1
            note_first(found.first, row.reason, row.id)
            continue
        found.gradable += 1
        key = row.question.question, row.question.reference
        if requests and propose and key not in asked and lacks_key_points(row.question):
            asked.add(key)
            found.prompt_tokens += _PROPOSAL_PROMPT + round(sum(map(len, key)) / _CHARACTERS_PER_TOKEN)
            found.completion_tokens += _PROPOSAL_REPLY
        if requests:
            question = with_key_points(row.question)
            size = sum(len(message["content"]) for message in grading_messages(question, row.answer))
            found.prompt_tokens += requests * round(size / _CHARACTERS_PER_TOKEN)
            found.completion_tokens += requests * (_TOKENS_PER_POINT * len(question.key_points) + _TOKENS_BESIDE)
    return found


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits, and the price of a million prompt tokens and of a million completion tokens in dollars."""

    tokens: int | None
    dollars: float | None
    price: tuple[float, float] | None

    def cost(self, used: Totals | CostEstimate) -> float:
        """Return dollars."""
        prompt, completion = self.price or (0.0, 0.0)
        return (used.prompt_tokens * prompt + used.completion_tokens * completion) / 1_000_000

    def cost_text(self, used: Totals | CostEstimate) -> str:
        """Return the dollars as text, where a price is known."""
        return f"${self.cost(used):.2f}" if self.price else ""

    def stop_reason(self, totals: Totals) -> str:
        """Return the reason why no more rows may be sent, or "". Running rows are expected to cost as much as finished ones."""
        expected = 1 + totals.running / max(1, totals.paid)
        if self.tokens is not None and (totals.prompt_tokens + totals.completion_tokens) * expected >= self.tokens:
            return f"the limit of {self.tokens:,} tokens is reached"
        if self.dollars is not None and self.cost(totals) * expected >= self.dollars:
            return f"the limit of ${self.dollars:.2f} is reached"
        return ""

    def check(self, rows: Iterable[Row], *, propose: bool) -> None:
        """Refuse rows that would go beyond a limit: a provider's batch cannot be stopped half-way.

        Raises:
            InputError: they would.
        """
        if self.tokens is None and self.dollars is None:
            return
        found = estimate_cost(rows, requests=1, propose=propose)
        tokens = found.prompt_tokens + found.completion_tokens
        if (self.tokens is not None and tokens > self.tokens) or (self.dollars is not None and self.cost(found) > self.dollars):
            cost = f" and {self.cost_text(found)}" if self.price else ""
            raise InputError(f"this would take about {tokens:,} tokens{cost}", next_step="raise the limit, or send fewer rows")
