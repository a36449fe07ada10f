"""The card that shows one score, in no more lines than the terminal has, and the verdicts shown while a model still writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.segment import SegmentLines
from rich.table import Table
from rich.text import Text

from interviewer.bank.points import point_name
from interviewer.grading.explanation import caveat, explain_total
from interviewer.grading.labels import LABELS, change_of
from interviewer.grading.rubric import load_rubric
from interviewer.grading.scoring import difference
from interviewer.models import Attempt, Grading, PointVerdict, Score
from interviewer.practice.delivery import Delivery, describe_delivery
from interviewer.practice.passages import disputed_text
from interviewer.text.words import plural
from interviewer.ui.screen import Screen, ended, sentence
from interviewer.ui.views.score_line import Before, cropped, depth_lines, headline
from interviewer.ui.views.styles import BAD, GOOD, HALF, QUIET, marked, sign

LINES_BELOW = 5
"""Lines that the delivery and the menu take below the card."""
_BELOW_A_PAGE = 3
"""Lines that the menu of keys takes below a page."""


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much a card shows; the report shows everything."""

    answer: int | Literal["whole", "none"]
    """The answer with its words marked; a number is the most characters of one piece of it."""
    lines: Literal["whole", "all", "explained", "wrapped", "advice", "cropped"]
    """Key points, errors and remarks: `whole` cuts off nothing, `all` lists each covered point in one line, `explained` says
    why a credit was rejected, `advice` cuts off all but what would be better, `cropped` that, too."""


_IN_A_PIPE = _Detail("none", "whole")
_WHOLE = _Detail("whole", "whole")
_DETAILS = (
    _Detail("whole", "all"),
    _Detail("whole", "explained"),
    _Detail(140, "explained"),
    _Detail(140, "wrapped"),
    _Detail(140, "advice"),
    _Detail(80, "advice"),
    _Detail(30, "advice"),
    _Detail("none", "advice"),
    _Detail(140, "cropped"),
    _Detail(80, "cropped"),
    _Detail(30, "cropped"),
    _Detail("none", "cropped"),
)


def show_result(screen: Screen, attempt: Attempt, before: Before | None = None) -> None:
    """Print the score card of a graded attempt, or why it was not graded."""
    if attempt.grading is None or attempt.grading.score is None:
        reason = attempt.grading.reason if attempt.grading else "you stopped it"
        command = f"interviewer regrade {attempt.session}"
        failed = attempt.grading is not None and attempt.grading.grader.kind == "llm"
        meanwhile = f". Estimate it now: {command} --grader embedded" if failed else ""
        screen.warning(f"Saved, not graded: {ended(reason or '')} Grade it later: {command}{meanwhile}")
        return
    screen.out.print()
    screen.out.print(card(screen.out, attempt, before=before, plain=screen.plain))


def whole_in_pages(screen: Screen, attempt: Attempt) -> list[SegmentLines]:
    """Return everything about a graded attempt, in pages as high as the screen."""
    assert attempt.grading is not None and attempt.grading.score is not None  # noqa: S101, PT018  # only then it is offered
    card = _Card(attempt, attempt.grading, attempt.grading.score, None, screen.plain, _WHOLE)
    lines = screen.out.render_lines(Group(Text(), *card.parts()), pad=False)
    room = max(1, screen.out.height - _BELOW_A_PAGE)
    return [SegmentLines(lines[start : start + room], new_lines=True) for start in range(0, len(lines), room)]


def show_delivery(screen: Screen, delivery: Delivery) -> None:
    """Print the delivery of an answer: its counts, and the unusual ones on a second line."""
    screen.out.print(Text(f"Delivery: {describe_delivery(delivery)} (no part of the score)", style=QUIET))
    if delivery.remarks:
        line = sentence("; ".join(delivery.remarks))
        screen.out.print(Text(f"{line}.", style=QUIET))


def show_dispute(screen: Screen, before: Attempt, after: Attempt) -> None:
    """Print the outcome of the latest dispute: both verdicts, the reason, and the score after it."""
    dispute = after.disputes[-1]
    was, now = (
        attempt.grading.label_of(point)
        for attempt in (before, after)
        if attempt.grading
        for point in attempt.grading.key_points
        if point.id == dispute.key_point
    )
    name = point_name(dispute.key_point, disputed_text(after, dispute))
    screen.out.print(Text.assemble((f"{name}: {change_of(was, now)}  ", "bold"), dispute.reason))
    _show_change(screen, before, after)


def show_counted(screen: Screen, before: Attempt, after: Attempt) -> None:
    """Print the score after a person's own verdict."""
    screen.out.print(Text("Counted by you. The grader's verdict stays beside it.", style="bold"))
    _show_change(screen, before, after)


def _show_change(screen: Screen, before: Attempt, after: Attempt) -> None:
    if after.grading and after.grading.score and before.grading and before.grading.score:
        was = Before(before.grading.score, "", "before")
        screen.out.print(headline(after.grading, after.grading.score, was))


class LiveVerdicts:
    """The verdicts of a model that is still writing, one a line; of a point that is judged again the latest."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._verdicts: dict[str, PointVerdict] = {}

    def __call__(self, verdicts: Sequence[PointVerdict]) -> None:
        # A new mapping each time, since another thread draws.
        self._verdicts = {**self._verdicts, **{verdict.id: verdict for verdict in verdicts}}

    def __rich__(self) -> Group:
        verdicts = self._verdicts.values()
        heading = [Text("Provisional verdicts:", style=QUIET)] if verdicts else []
        return Group(*heading, *map(self._line, verdicts))

    def _line(self, point: PointVerdict) -> Text:
        # Nothing that the model has written: a verdict is one of four words, and the text of the point is the bank's.
        return cropped(Text.assemble(sign(point.verdict, plain=self._plain), f" {point.verdict} ", (point.text, QUIET)))


def live_verdicts(screen: Screen) -> LiveVerdicts | None:
    """Return the view that shows verdicts below a spinner; None where lines cannot be replaced."""
    return LiveVerdicts(plain=screen.plain) if screen.redraws else None


def card(console: Console, attempt: Attempt, *, before: Before | None, plain: bool) -> RenderableType:
    """Return the most detailed card that fits on the terminal; elsewhere one with a quote for each point."""
    grading = attempt.grading
    assert grading is not None and grading.score is not None  # noqa: S101, PT018  # a card is for a score
    with_detail = partial(_Card, attempt, grading, grading.score, before, plain)
    if not console.is_terminal:
        return Group(*with_detail(_IN_A_PIPE).parts())
    for detail in _DETAILS:
        group = Group(*with_detail(detail).parts())
        if len(console.render_lines(group, pad=False)) <= console.height - LINES_BELOW:
            break
    return group


@dataclass(frozen=True, slots=True)
class _Card:
    attempt: Attempt
    grading: Grading
    score: Score
    before: Before | None
    plain: bool
    detail: _Detail

    def parts(self) -> Iterator[RenderableType]:
        yield self._headline()
        yield self._dimensions()
        for line in depth_lines(self.grading, self.attempt.bar):
            yield line if self._is_long else cropped(line)
        if self._is_long:
            yield Text(explain_total(self.score, self.grading.measure), style=QUIET)
        if warning := caveat(self.score):
            yield Text(warning, style=HALF)
        if self.before is not None:
            yield _change(self.before, self.grading, self.score)
        yield Text()
        if (answer := self._answer()) is not None:
            yield answer
        yield self._points()
        for number, error in enumerate(self.score.errors, 1):
            what, instead = ("perhaps wrong", "Compare") if self.grading.unconfirmed else ("wrong", "Right")
            wrong = Text.assemble(sign("error", number, plain=self.plain), (f" {what}: ", BAD))
            if answer is None:
                wrong.append(f"“{error.evidence}” ")
            yield self._fit(wrong.append(f"{instead}: {error.correction}"))
        remarks = [("Good", remark) for remark in self.score.strengths]
        remarks += [("Better", remark) for remark in self.score.improvements]
        if self.score.follow_up:
            remarks.append(("Next I would ask", self.score.follow_up))
        for title, remark in remarks:
            line = Text.assemble((f"{title}: ", "bold"), remark)
            yield line if title == "Better" and self.detail.lines == "advice" else self._fit(line)

    @property
    def _is_long(self) -> bool:
        return self.detail.lines in {"whole", "all"}

    def _headline(self) -> Text:
        line = headline(self.grading, self.score, self.before)
        if self.attempt.after_model_answer:
            line.append("  after the model answer, so it counts in no mean", style=HALF)
        expected = self.attempt.self_rating
        return line if expected is None else line.append(f"  you expected {expected}", style="bold")

    def _dimensions(self) -> Text:
        if self.grading.unconfirmed:
            touched = sum(point.estimate_reading.kind == "touched" for point in self.score.key_points)
            return Text(f"touched on {touched} of {plural(len(self.score.key_points), 'point')}", style=QUIET)
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
        points = list(enumerate(self.score.key_points, 1))
        covered = [
            f"{point_name(point.id, point.text)} [{number}]"
            for number, point in points
            if self.grading.label_of(point) == "covered"
        ]
        if covered and not self._is_long:
            summary = Text.assemble((f"{len(covered)} covered: ", GOOD), ", ".join(covered))
            table.add_row(sign("covered", plain=self.plain), summary)
        for number, point in points:
            if self._is_long or point.counted != "covered" or self.grading.unconfirmed:
                table.add_row(sign(self.grading.label_of(point), number, plain=self.plain), self._point(point))
        return table

    def _point(self, point: PointVerdict) -> Text:
        explained = self.detail.lines in {"whole", "all", "explained"}
        if self.grading.unconfirmed:
            return self._reading(point, explained=explained)
        rejected = None if point.by_person else point.rejected
        claimed = "claimed but not said (v says why) " if rejected and not explained else ""
        doubt = f"({point.uncertainty}) " if point.uncertainty else ""
        counted = point.by_person and not self.grading.confirmed
        line = Text.assemble(
            (point.counted, sign(point.counted, plain=self.plain).style),
            (f", counted by you (the grader: {point.verdict}) " if counted else " ", HALF),
            (claimed, HALF),
            (doubt, HALF),
            (f"({load_rubric().weights[str(point.weight)]}) ", QUIET),
            "Right: " if point.counted == "contradicted" else "",
            point.text,
        )
        if point.quoted is not None and self.detail == _IN_A_PIPE:
            line.append(f"\n“{point.quoted}”", style=f"italic {QUIET}")
        if rejected is not None and explained:
            line.append(f"\n{rejected.explanation}", style=HALF)
        return cropped(line) if point.counted == "covered" and self.detail.lines != "whole" else self._fit(line)

    def _reading(self, point: PointVerdict, *, explained: bool) -> Text:
        """Return the text of an unconfirmed reading of a point: a question where the point may be turned round."""
        found, words = point.estimate_reading, f"“{point.estimate_reading.evidence or ''}”"
        weight = (f" ({load_rubric().weights[str(point.weight)]}) ", QUIET)
        style = sign(found.kind, plain=self.plain).style
        if found.kind == "turned":
            line = Text.assemble(("you may have this the other way round:", style), weight, f"{words} / {point.text}")
        else:
            line = Text.assemble((LABELS[found.kind], style), weight, point.text)
        if found.kind == "touched" and explained:
            line.append(f"\n{words}", style=f"italic {QUIET}")
        return self._fit(line)

    def _fit(self, line: Text) -> Text:
        return cropped(line) if self.detail.lines in {"advice", "cropped"} else line


def _change(before: Before, grading: Grading, after: Score) -> Text:
    moved = difference(before.score, after)
    parts = (("new", moved.new, GOOD), ("still missing", moved.still, "bold"), ("lost", moved.lost, BAD))
    if grading.unconfirmed:
        still = tuple(point for point in moved.still if grading.label_of(point) == "not_found")
        parts = (("new", moved.new, "bold"), ("still not found", still, "bold"), ("no longer touched on", moved.lost, "bold"))
    listed = [
        Text.assemble((f"{name}: ", style), ", ".join(point_name(point.id, point.text) for point in points))
        for name, points, style in parts
        if points
    ]
    changed = Text("; ").join(listed) if moved.new or moved.lost else Text("the same points")
    return Text.assemble((f"Since {before.name}  ", QUIET), changed)
