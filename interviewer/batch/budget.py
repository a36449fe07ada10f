"""What a batch may take, and what it has taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from interviewer.batch.estimate import estimate
from interviewer.batch.rows import Row
from interviewer.batch.runner import Totals
from interviewer.errors import InputError


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits, and the price of a million prompt tokens and of a million completion tokens."""

    tokens: int | None
    dollars: float | None
    price: tuple[float, float] | None

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        into, out = self.price or (0.0, 0.0)
        return (prompt_tokens * into + completion_tokens * out) / 1_000_000

    def spent(self, totals: Totals) -> str:
        """Return the dollars as text, where a price is known."""
        return f"${self.cost(totals.prompt_tokens, totals.completion_tokens):.2f}" if self.price else ""

    def enough(self, totals: Totals) -> str:
        """Return why nothing more may be sent, or nothing."""
        if self.tokens is not None and (totals.prompt_tokens + totals.completion_tokens) * totals.ahead >= self.tokens:
            return f"the limit of {self.tokens:,} tokens is reached"
        dollars = self.cost(totals.prompt_tokens, totals.completion_tokens) * totals.ahead
        return f"the limit of ${self.dollars:.2f} is reached" if self.dollars is not None and dollars >= self.dollars else ""

    def check(self, rows: Iterable[Row]) -> None:
        """Refuse what would go beyond a limit: a batch that was sent cannot be stopped in the middle of its answers.

        Raises:
            InputError: it would.
        """
        if self.tokens is None and self.dollars is None:
            return
        found = estimate(rows, llm=True)
        tokens = found.prompt_tokens + found.completion_tokens
        dollars = self.cost(found.prompt_tokens, found.completion_tokens)
        if (self.tokens is not None and tokens > self.tokens) or (self.dollars is not None and dollars > self.dollars):
            spent = f" and ${dollars:.2f}" if self.price else ""
            raise InputError(f"this would take about {tokens:,} tokens{spent}", next_step="raise the limit, or send fewer rows")
