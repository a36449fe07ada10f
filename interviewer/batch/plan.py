"""What a batch has to do and may cost: the rows of this run, an estimate, and the limits on tokens and dollars.

A first run grades every row. Once each has had its turn, the next run is a rerun of those without a grade, in an output of
its own whose results then take their places.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from interviewer.bank.points import lacks_key_points, with_key_points
from interviewer.batch.rows import UNGRADED, Row
from interviewer.batch.runner import Totals
from interviewer.batch.writer import ResultWriter, lines_beside, open_beside
from interviewer.errors import InputError
from interviewer.grading.messages import grading_messages
from interviewer.text.atomic_write import replacing, writing

_CHARACTERS_PER_TOKEN = 4.2
"""Of English prompts, with the tokenizers of current models."""
_TOKENS_PER_POINT, _TOKENS_BESIDE = 21, 135
"""Tokens of a reply for each key point, and for feedback and scales."""
_PROPOSAL_PROMPT, _PROPOSAL_REPLY = 230, 450
"""Tokens that ask for key points, beside the question and its reference answer, and what about six of them take."""


def estimate(rows: Iterable[Row], *, requests: int, propose: bool) -> Totals:
    """Return the totals to be expected, with the tokens of so many requests a row: of the prompts, and of usual replies.

    With `propose`, one request more for each question that lacks key points.
    """
    found = Totals()
    asked: set[tuple[str, str]] = set()
    for row in rows:
        if row.question is None or row.answer is None:
            found.ungraded[row.reason] += 1
            continue
        found.graded += 1
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

    def cost(self, used: Totals) -> float:
        """Return dollars."""
        prompt, completion = self.price or (0.0, 0.0)
        return (used.prompt_tokens * prompt + used.completion_tokens * completion) / 1_000_000

    def cost_text(self, used: Totals) -> str:
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
        found = estimate(rows, requests=1, propose=propose)
        tokens = found.prompt_tokens + found.completion_tokens
        if (self.tokens is not None and tokens > self.tokens) or (self.dollars is not None and self.cost(found) > self.dollars):
            cost = f" and {self.cost_text(found)}" if self.price else ""
            raise InputError(f"this would take about {tokens:,} tokens{cost}", next_step="raise the limit, or send fewer rows")


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The rows of this run, and where their results go."""

    output: ResultWriter
    writer: ResultWriter
    """Takes the results: that of the output, or of a rerun of rows without a grade."""
    rows: Callable[[], Iterator[Row]]
    total: int

    @property
    def is_rerun(self) -> bool:
        return self.writer is not self.output

    def finish(self) -> None:
        """Put the results of a rerun in their places; rows that it did not reach keep the results they have.

        Raises:
            InputError: the output cannot be written; it is as it was.
        """
        if self.is_rerun:
            path = self.output.output.resolve()  # a link stays a link
            with (
                writing(path),
                replacing(path) as after,
                path.open("rb") as before,
                open_beside(self.writer.output) as new,
            ):
                index = 0
                for line in before:
                    if UNGRADED in line:
                        after.write(new.readline() or self.writer.out_of_order(index) or line)
                        index += 1
                    else:
                        after.write(line)
            self.writer.discard()
        self.output.close()


def plan_run(output: Path, read: Callable[[], Iterator[Row]], total: int) -> RunPlan:
    """Find out what there is to do: all `total` rows, those that an earlier run left, or a rerun of those without a grade.

    Raises:
        InputError: the output cannot be used, or belongs to other rows.
    """
    first = ResultWriter(output)

    def rows() -> Iterator[Row]:
        return first.unchanged(read())

    if first.written < total or not first.ungraded:
        return RunPlan(first, first, rows, total)

    def without_grade() -> Iterator[Row]:
        with output.open("rb") as file:
            ungraded = (row for row, line in zip(rows(), file, strict=False) if UNGRADED in line)
            for index, row in enumerate(ungraded):
                yield replace(row, index=index)

    path = Path(f"{output}.again")
    with ExitStack() as undo:
        undo.callback(first.close)
        deque(lines_beside(path), maxlen=0)  # an output may be a link, this may not
        writer = ResultWriter(path, like=output)
        try:
            deque(writer.unchanged(without_grade()) if writer.resumed else (), maxlen=0)
        except InputError:  # left by a kill after it was merged, or of rows that were corrected since
            writer.discard()
            writer = ResultWriter(path, like=output)
        undo.pop_all()
    return RunPlan(first, writer, lambda: writer.unchanged(without_grade()), first.ungraded)
