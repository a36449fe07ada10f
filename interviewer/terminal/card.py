"""The card that shows one score: never taller than the screen, so that it is seen as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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
_LINES_BELOW = 4
"""How the answer was delivered, and the menu."""


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much a card says; what is left out stands in the report."""

    covered: Literal["quoted", "listed", "counted"] = "counted"
    points: Literal["quoted", "wrapped", "cropped"] = "quoted"
    """Those that are not covered."""
    sentences: Literal["wrapped", "cropped"] = "wrapped"


_DETAILS = (
    _Detail("quoted"),
    _Detail("listed"),
    _Detail(),
    _Detail(points="wrapped"),
    _Detail(points="cropped"),
    _Detail(points="cropped", sentences="cropped"),
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
    room = console.height - _LINES_BELOW
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
        for error in self.score.errors:
            yield self._sentence("Wrong", f"“{cut(error.evidence)}” Right: {error.correction}", BAD)
        for title, sentences in (("Good", self.score.strengths), ("Better", self.score.improvements)):
            for sentence in sentences:
                yield self._sentence(title, sentence)
        if self.score.follow_up:
            yield self._sentence("Next I would ask", self.score.follow_up)

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
        counted = [p for p in self.score.key_points if p.verdict == "covered" and self.detail.covered == "counted"]
        if counted:
            told = Text.assemble((f"{len(counted)} covered: ", GOOD), ", ".join(short(point) for point in counted))
            table.add_row(mark("covered", plain=self.plain), told)
        for point in self.score.key_points:
            if point not in counted:
                table.add_row(mark(point.verdict, plain=self.plain), self._point(point))
        return table

    def _point(self, point: PointVerdict) -> Text:
        style = _MARKS[point.verdict][2]
        weight = load_rubric().weights[str(point.weight)]
        how = self.detail.covered if point.verdict == "covered" else self.detail.points
        claimed = "claimed but not said " if point.rejected is not None and how != "quoted" else ""
        borderline = f"({point.borderline}) " if point.borderline else ""
        line = Text.assemble(
            (f"{point.verdict} ", style), (claimed, HALF), (borderline, HALF), (f"({weight}) ", QUIET), point.text
        )
        if how in {"listed", "cropped"}:
            return cropped(line)
        if point.evidence is not None and how == "quoted":
            line.append(f"\n“{cut(point.evidence)}”", style=f"italic {QUIET}")
        if point.rejected is not None and how == "quoted":
            line.append(
                f"\nthe grader claimed this ({point.rejected.claimed}), but you did not say it: {point.rejected.reason}",
                style=HALF,
            )
        return line

    def _sentence(self, title: str, text: str, style: str = "bold") -> Text:
        line = Text.assemble((f"{title}: ", style), text)
        return line if self.detail.sentences == "wrapped" else cropped(line)


def mark(verdict: Verdict, *, plain: bool) -> Text:
    """Return the sign of a verdict."""
    sign, ascii_sign, style = _MARKS[verdict]
    return Text(ascii_sign if plain else sign, style=style)


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
    changed = Text("; ").join(told) if moved.new or moved.lost else Text("nothing changed")
    return Text.assemble((f"Since {before.name}  ", QUIET), changed)
