"""Past answers with their grades: attempts at a question side by side where the screen is wide, else one below the other."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from interviewer.bank.points import point_name
from interviewer.grading.labels import outcome
from interviewer.models import Attempt, PastGrading, Question
from interviewer.practice.passages import disputed_text
from interviewer.practice.rounds import compare_rounds
from interviewer.text.clean import shorten
from interviewer.ui.screen import Screen, ended
from interviewer.ui.views.rounds import comparison
from interviewer.ui.views.score_card import card
from interviewer.ui.views.score_line import headline
from interviewer.ui.views.styles import sign

_COLUMN = 60
"""Characters that one attempt needs to be read beside others."""
_AROUND = 70
"""Characters of an answer before a word that was searched for; as many come behind it."""
_POINTS = 30
"""Characters of a key point in the comparison."""
_COMPARED = 6
"""The most attempts in the comparison, the latest ones: what fits on a line of 80 characters."""


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt with all of its gradings, oldest first."""

    attempt: Attempt
    gradings: tuple[PastGrading, ...]


def show_attempts(screen: Screen, question: Question, attempts: Sequence[PastAttempt], *, raw: bool) -> None:
    """Print the attempts at one question, oldest first; with `raw` also what the model said."""
    console = screen.out
    number = f"#{question.number} " if question.number is not None else ""
    console.print(Text.assemble("\n", (question.question, "bold"), (f"  {number}{question.id}", "dim")))
    if len(attempts) > 1:
        console.print(_comparison(attempts, plain=screen.plain))
    for compared in compare_rounds(one.attempt for one in attempts):
        console.print(Text(f"\nSession {compared.session}, round by round", style="bold"))
        console.print(comparison(compared, console.width, plain=screen.plain))
    beside = 1 < len(attempts) <= console.width // _COLUMN
    width = console.width // len(attempts) - 1 if beside else console.width
    blocks = [Group(*_block(one, width, raw=raw, plain=screen.plain)) for one in attempts]
    if beside:
        table = Table.grid(padding=(0, 1), expand=True)
        for _ in blocks:
            table.add_column(ratio=1)
        table.add_row(*blocks)
        console.print(table)
    else:
        for block in blocks:
            console.print(block)


def show_matches(screen: Screen, attempts: Sequence[Attempt], words: Sequence[str]) -> None:
    """Print answers that a search has found, oldest first: the words around the first match, and what shows all of it."""
    for attempt in attempts:
        said = " ".join(attempt.full_text.split())
        at = min((place for word in words if (place := said.casefold().find(word)) >= 0), default=0)
        start = said.rfind(" ", 0, max(0, at - _AROUND)) + 1
        title = (
            f"\n{attempt.created.astimezone():%Y-%m-%d}  ",
            (attempt.question.question, "bold"),
            f"  {_score(attempt)}",
        )
        screen.out.print(Text.assemble(*title, f"  {attempt.round}" if attempt.round else ""))
        screen.out.print(Padding(Text(f"{'…' if start else ''}{shorten(said[start:], 2 * _AROUND)}"), (0, 0, 0, 2)))
        screen.out.print(Text(f"  interviewer show {attempt.session} {attempt.question.id}", style="dim"))
    if any(attempt.measure == "confirmed" for attempt in attempts):
        screen.out.print(Text("\n* confirmed by you", style="dim"))


def _comparison(attempts: Sequence[PastAttempt], *, plain: bool) -> Table:
    """Return the scores and the verdict on each key point, a column an attempt."""
    shown = [one.attempt for one in attempts[-_COMPARED:]]
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, max_width=_POINTS)
    verdicts: list[dict[str, Text]] = []
    points: dict[str, str] = {}
    for attempt in shown:
        table.add_column(justify="right")
        score = attempt.score
        verdicts.append(
            {point.id: sign(attempt.grading.label_of(point), plain=plain) for point in score.key_points}
            if attempt.grading and score
            else {}
        )
        points |= {point.id: point_name(point.id, point.text) for point in score.key_points} if score else {}
    table.add_row("", *map(_head, shown), style="dim")
    table.add_row("score (* confirmed by you)", *(_score(attempt) for attempt in shown), style="bold")
    for point, words in points.items():
        table.add_row(words, *(one.get(point, Text()) for one in verdicts))
    return table


def _head(attempt: Attempt) -> str:
    return f"{attempt.round.seconds} s" if attempt.round else f"{attempt.created.astimezone():%m-%d}"


def _score(attempt: Attempt) -> str:
    grading = attempt.grading
    return f"{grading.total}{'*' if grading.confirmed else ''}" if grading and grading.score else "none"


def _block(one: PastAttempt, width: int, *, raw: bool, plain: bool) -> Iterator[RenderableType]:
    attempt = one.attempt
    when = f"Session {attempt.session}, {attempt.created.astimezone():%Y-%m-%d %H:%M}"
    marks = [
        word for word, holds in (("spoken", attempt.spoken), ("after the model answer", attempt.after_model_answer)) if holds
    ]
    place = [str(attempt.round)] if attempt.round else []
    yield Text("\n" + ", ".join([when, *place, *marks]), style="bold")
    yield Padding(Text(attempt.answer), (0, 0, 0, 2))
    for exchange in attempt.exchanges:
        yield Text.assemble(("Follow-up: ", "dim"), exchange.follow_up)
        yield Padding(Text(exchange.answer or "(passed over)"), (0, 0, 0, 2))
    if attempt.grading is None or attempt.grading.score is None:
        reason = attempt.grading.reason if attempt.grading else "grading has not finished"
        yield Text(f"Not graded: {ended(reason or '')} Grade it: interviewer regrade {attempt.session}")
    else:
        # As in a pipe: whole, whatever the height of the screen, and with a quote for each point.
        yield card(Console(file=io.StringIO(), width=width), attempt, before=None, plain=plain)
    for dispute in attempt.disputes:
        name = point_name(dispute.key_point, disputed_text(attempt, dispute))
        yield Text.assemble(("Dispute: ", "dim"), f"{name}: {outcome(dispute)}. {dispute.reason}")
        yield Padding(Text(dispute.argument), (0, 0, 0, 2))
    for number, past in enumerate(one.gradings, 1):
        latest = number == len(one.gradings)
        if not latest:
            yield Text.assemble((f"Earlier grade, {past.created.astimezone():%Y-%m-%d %H:%M}: ", "dim"), _graded(past))
        if raw:
            yield Text("The model said:" if past.grading.raw else "No reply of a model is kept with this grade.", style="dim")
            if past.grading.raw:
                yield Padding(Text(past.grading.raw), (0, 0, 0, 2))


def _graded(past: PastGrading) -> Text:
    score = past.grading.score
    return headline(past.grading, score) if score else Text(f"not graded: {past.grading.reason}")
