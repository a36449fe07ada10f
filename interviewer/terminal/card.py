"""The card that shows one score: never taller than the screen, so that it is seen as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from interviewer.difference import difference
from interviewer.grading.points import CAVEATS
from interviewer.grading.rubric import load_rubric
from interviewer.models import Grading, PointVerdict, Score, Verdict
from interviewer.terminal.colours import BAD, GOOD, HALF, QUIET

# Shape and word differ as well as colour, for the colour-blind and for NO_COLOR.
_MARKS: dict[Verdict, tuple[str, str, str]] = {
    "covered": ("✓", "+", GOOD),
    "partial": ("◐", "~", HALF),
    "missing": ("·", "-", "default"),
    "contradicted": ("✗", "x", BAD),
}
_BAND_STYLES = (BAD, BAD, HALF, GOOD, GOOD)
_MENU_LINES = 2


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much a card says; what is left out stands in the report."""

    covered_quoted: bool = True
    covered_listed: bool = True
    wrapped: bool = True
    quoted: bool = True
    sentences: int = 3


_DETAILS = (
    _Detail(),
    _Detail(covered_quoted=False),
    _Detail(covered_quoted=False, covered_listed=False),
    _Detail(covered_quoted=False, covered_listed=False, wrapped=False),
    _Detail(covered_quoted=False, covered_listed=False, wrapped=False, quoted=False, sentences=1),
)


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier score to compare with."""

    score: Score
    name: str
    """What came in between, or when that was: "the follow-up", "your last attempt"."""


def card(
    console: Console, grading: Grading, score: Score, *, before: Before | None, expected: int | None, plain: bool
) -> RenderableType:
    """Return the fullest card that fits on the screen; where there is no screen, one with everything."""
    groups = (Group(*_Card(grading, score, before, expected, detail, plain).parts()) for detail in _DETAILS)
    if not console.is_terminal:
        return next(groups)
    room = console.height - _MENU_LINES
    group = next(groups)
    while len(console.render_lines(group, pad=False)) > room and (shorter := next(groups, None)) is not None:
        group = shorter
    return group


@dataclass(frozen=True, slots=True)
class _Card:
    grading: Grading
    score: Score
    before: Before | None
    expected: int | None
    """The person's own estimate, said before."""
    detail: _Detail
    plain: bool

    def parts(self) -> Iterator[RenderableType]:
        yield self._headline()
        yield self._dimensions()
        if caveat := CAVEATS[self.score.basis]:
            yield Text(caveat, style=HALF)
        if self.before is not None:
            yield _change(self.before, self.score)
        yield Text()
        yield self._points()
        for error in self.score.errors[: self.detail.sentences]:
            yield self._line(("Wrong: ", BAD), f"“{cut(error.evidence)}” ", ("Right: ", "bold"), error.correction)
        for title, sentences in (("Good", self.score.strengths), ("Better", self.score.improvements)):
            for sentence in sentences[: self.detail.sentences]:
                yield self._line((f"{title}: ", "bold"), sentence)
        if self.score.follow_up:
            yield self._line(("Next I would ask: ", "bold"), self.score.follow_up)

    def _headline(self) -> Text:
        line = headline(self.grading, self.score, self.before.score if self.before else None)
        return line if self.expected is None else line.append(f"  you expected {self.expected}", style="bold")

    def _dimensions(self) -> Text:
        parts = [f"{name} {getattr(self.score, name):.0%}" for name in ("coverage", "accuracy", "depth", "clarity")]
        held = f"   held back by: {self.score.limiting}" if self.score.limiting else ""
        return Text("  ".join(parts) + held, style=QUIET)

    def _points(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(ratio=1)
        hidden = [] if self.detail.covered_listed else [p for p in self.score.key_points if p.verdict == "covered"]
        if hidden:
            mark, plain, style = _MARKS["covered"]
            told = Text.assemble((f"{len(hidden)} covered: ", style), ", ".join(short(point) for point in hidden))
            table.add_row(Text(plain if self.plain else mark, style=style), told)
        for point in self.score.key_points:
            if point not in hidden:
                mark, plain, style = _MARKS[point.verdict]
                table.add_row(Text(plain if self.plain else mark, style=style), self._point(point, style))
        return table

    def _point(self, point: PointVerdict, style: str) -> Text:
        weight = load_rubric().weights[str(point.weight)]
        line = self._line((f"{point.verdict} ", style), (f"({weight}) ", QUIET), point.text)
        quoted = self.detail.covered_quoted if point.verdict == "covered" else self.detail.quoted
        if point.evidence is not None and quoted:
            line.append(f"\n“{cut(point.evidence)}”", style=f"italic {QUIET}")
        if point.verdict == "covered" and not quoted:
            line.no_wrap, line.overflow = True, "ellipsis"
        if point.rejected is not None:
            line.append(
                f"\nthe grader claimed this ({point.rejected.claimed}), but you did not say it: {point.rejected.reason}",
                style=HALF,
            )
        return line

    def _line(self, *parts: str | tuple[str, str]) -> Text:
        return Text.assemble(*parts, no_wrap=not self.detail.wrapped, overflow="fold" if self.detail.wrapped else "ellipsis")


def headline(grading: Grading, score: Score, before: Score | None = None) -> Text:
    """Return the score in one line, and where it came from."""
    label = "  estimate by the embedded grader" if grading.grader.estimate else f"  {grading.grader.model}"
    style = band_style(score.band)
    was = f"{before.overall} → " if before is not None else ""
    return Text.assemble(
        (was, QUIET), (f"{score.overall}", f"bold {style}"), ("/100 ", QUIET), (score.band, style), (label, QUIET)
    )


def band_style(band: str) -> str:
    """Return the colour of a band."""
    return _BAND_STYLES[[known.name for known in load_rubric().bands].index(band)]


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
    return Text.assemble((f"Since {before.name}  ", QUIET), Text("; ").join(told) if told else "nothing changed")
