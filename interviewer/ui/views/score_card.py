"""The card that shows one score: never taller than the screen, so that it is seen as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from interviewer.grading.difference import difference
from interviewer.grading.key_points import caveat
from interviewer.grading.rubric import load_rubric
from interviewer.models import Attempt, Grading, PointVerdict, Score
from interviewer.ui.views.colours import BAD, GOOD, HALF, QUIET
from interviewer.ui.views.highlight import marked, sign

_BAND_STYLES = (BAD, BAD, HALF, GOOD, GOOD)
_LINES_BELOW = 4
"""How the answer was delivered, and the menu."""


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much a card says; what is left out stands in the report."""

    answer: int | Literal["whole", "none"]
    """The answer with its words marked; a number is the most characters of one piece of it."""
    covered: Literal["listed", "counted"] = "counted"
    points: Literal["explained", "wrapped", "cropped"] = "explained"
    """Those that are not covered."""
    sentences: Literal["wrapped", "cropped"] = "wrapped"


_IN_A_PIPE = _Detail("none", "listed")
_DETAILS = (
    _Detail("whole", "listed"),
    _Detail("whole"),
    _Detail(140, "listed"),
    _Detail(140),
    _Detail(140, points="wrapped"),
    _Detail(140, points="cropped"),
    _Detail(80, points="cropped"),
    _Detail(80, points="cropped", sentences="cropped"),
    _Detail(30, points="cropped", sentences="cropped"),
    _Detail("none", points="cropped", sentences="cropped"),
)


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier score to compare with."""

    score: Score
    name: str
    """What came in between, or when that was: "the follow-up", "your last attempt"."""


def card(console: Console, attempt: Attempt, *, before: Before | None, plain: bool) -> RenderableType:
    """Return the fullest card that fits on the screen; where there is no screen, one with a quote for each point."""
    if not console.is_terminal:
        return Group(*_Card(attempt, before, _IN_A_PIPE, plain).parts())
    groups = (Group(*_Card(attempt, before, detail, plain).parts()) for detail in _DETAILS)
    room = console.height - _LINES_BELOW
    group = next(groups)
    while len(console.render_lines(group, pad=False)) > room and (shorter := next(groups, None)) is not None:
        group = shorter
    return group


@dataclass(frozen=True, slots=True)
class _Card:
    attempt: Attempt
    before: Before | None
    detail: _Detail
    plain: bool

    @property
    def grading(self) -> Grading:
        assert self.attempt.grading is not None  # noqa: S101  # a card is for a score
        return self.attempt.grading

    @property
    def score(self) -> Score:
        assert self.grading.score is not None  # noqa: S101  # likewise
        return self.grading.score

    def parts(self) -> Iterator[RenderableType]:
        yield self._headline()
        yield self._dimensions()
        if known := caveat(self.score):
            yield Text(known, style=HALF)
        if self.before is not None:
            yield _change(self.before, self.score)
        yield Text()
        if (answer := self._answer()) is not None:
            yield answer
        yield self._points()
        for number, error in enumerate(self.score.errors, 1):
            known, instead = ("perhaps wrong", "Compare") if self.grading.grader.estimate else ("wrong", "Right")
            wrong = Text.assemble(sign("error", number, plain=self.plain), (f" {known}: ", BAD))
            if answer is None:
                wrong.append(f"“{cut(error.evidence)}” ")
            yield self._cropped(wrong.append(f"{instead}: {error.correction}"))
        for title, sentences in (("Good", self.score.strengths), ("Better", self.score.improvements)):
            for sentence in sentences:
                yield self._sentence(title, sentence)
        if self.score.follow_up:
            yield self._sentence("Next I would ask", self.score.follow_up)

    def _headline(self) -> Text:
        line = headline(self.grading, self.score, self.before.score if self.before else None)
        expected = self.attempt.self_rating
        return line if expected is None else line.append(f"  you expected {expected}", style="bold")

    def _dimensions(self) -> Text:
        parts = [f"{name} {getattr(self.score, name):.0%}" for name in self.grading.dimensions]
        held = f"   held back by: {self.score.limiting}" if self.score.limiting else ""
        return Text("  ".join(parts) + held, style=QUIET)

    def _answer(self) -> Text | None:
        if self.detail.answer == "none":
            return None
        return marked(self.attempt, None if self.detail.answer == "whole" else self.detail.answer, plain=self.plain)

    def _points(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        counted = self.detail.covered == "counted"
        points = list(enumerate(self.score.key_points, 1))
        covered = [f"{short(point)} [{number}]" for number, point in points if point.verdict == "covered"]
        if counted and covered:
            told = Text.assemble((f"{len(covered)} covered: ", GOOD), ", ".join(covered))
            table.add_row(sign("covered", plain=self.plain), told)
        for number, point in points:
            if point.verdict != "covered" or not counted:
                table.add_row(sign(point.verdict, number, plain=self.plain), self._point(point))
        return table

    def _point(self, point: PointVerdict) -> Text:
        explained = self.detail.points == "explained" or point.verdict == "covered"
        estimate = self.grading.grader.estimate
        claimed = f"{'not counted' if estimate else 'claimed but not said'} " if point.rejected and not explained else ""
        borderline = f"({point.borderline}) " if point.borderline else ""
        line = Text.assemble(
            (f"{point.verdict} ", sign(point.verdict, plain=self.plain).style),
            (claimed, HALF),
            (borderline, HALF),
            (f"({load_rubric().weights[str(point.weight)]}) ", QUIET),
            "Right: " if point.verdict == "contradicted" else "",
            point.text,
        )
        if self.detail.points == "cropped":
            return cropped(line)
        if point.evidence is not None and self.detail.answer == "none":
            line.append(f"\n“{cut(point.evidence)}”", style=f"italic {QUIET}")
        if point.rejected is not None and explained:
            line.append(f"\n{point.rejected.explanation(estimate=estimate)}", style=HALF)
        return cropped(line) if point.verdict == "covered" and self.detail.answer != "none" else line

    def _sentence(self, title: str, text: str) -> Text:
        return self._cropped(Text.assemble((f"{title}: ", "bold"), text))

    def _cropped(self, line: Text) -> Text:
        return line if self.detail.sentences == "wrapped" else cropped(line)


def cropped(line: Text) -> Text:
    """Return a text that takes one line, whatever the width."""
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def headline(grading: Grading, score: Score, before: Score | None = None) -> Text:
    """Return the score in one line, and where it came from."""
    label = "  estimate by the embedded grader" if grading.grader.estimate else f"  {grading.grader.model}"
    style = band_style(score.band)
    was = f"{before.overall} → " if before is not None else ""
    return Text.assemble(
        (was, QUIET), (f"{score.overall}", f"bold {style}"), ("/100 ", QUIET), (score.band, style), (label, QUIET)
    )


def band_style(band: str) -> str:
    """Return the colour of a band; none for one of another rubric, which an older score may have."""
    names = [known.name for known in load_rubric().bands]
    return _BAND_STYLES[names.index(band)] if band in names else ""


def short(point: PointVerdict) -> str:
    """Return a key point as two or three words: its id, which is a phrase."""
    return point.id.replace("-", " ")


def cut(text: str, limit: int = 140) -> str:
    """Return a text on one line, cut to a length."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _change(before: Before, after: Score) -> Text:
    moved = difference(before.score, after)
    parts = (("new", moved.new, GOOD), ("still missing", moved.still, "bold"), ("lost", moved.lost, BAD))
    told = [Text.assemble((f"{name}: ", style), ", ".join(map(short, points))) for name, points, style in parts if points]
    changed = Text("; ").join(told) if moved.new or moved.lost else Text("nothing changed")
    return Text.assemble((f"Since {before.name}  ", QUIET), changed)
