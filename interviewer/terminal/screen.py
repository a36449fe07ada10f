"""What appears on the screen. Untrusted text is shown as text, never as markup."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from interviewer.grading.points import CAVEATS
from interviewer.grading.rubric import Combine, load_rubric
from interviewer.models import Grading, PointVerdict, Question, Score, Verdict
from interviewer.report.model import Report

# Shape and word differ as well as colour, for the colour-blind and for NO_COLOR.
_MARKS: dict[Verdict, tuple[str, str, str]] = {
    "covered": ("✓", "+", "green"),
    "partial": ("◐", "~", "yellow"),
    "missing": ("·", "-", "default"),
    "contradicted": ("✗", "x", "red"),
}
_BAND_STYLES = ("red", "red", "yellow", "green", "green")


class Screen:
    """Prints for a person: questions and scores on stdout, status on stderr."""

    def __init__(self, stdout: TextIO, stderr: TextIO) -> None:
        self.out = Console(file=stdout, highlight=False, markup=False, emoji=False)
        self.err = Console(file=stderr, highlight=False, markup=False, emoji=False)
        self._plain = not (self.out.encoding or "").lower().startswith("utf")

    def question(self, question: Question, position: int, total: int) -> None:
        """Ask a question."""
        number = f"#{question.number} " if question.number is not None else ""
        self.out.print()
        self.out.print(
            Text.assemble((f"Question {position} of {total}", "bold"), (f"  {number}{question.topic}, {question.level}", "dim"))
        )
        self.out.print(Text(question.question, style="bold cyan"))
        self.out.print()

    def status(self, text: str) -> None:
        """Say something about the program itself."""
        self._tell(text, "dim")

    def trouble(self, text: str) -> None:
        """Say that something did not work."""
        self._tell(text, "yellow")

    def _tell(self, text: str, style: str) -> None:
        # One message, one line, wherever a program may look for it.
        self.err.print(Text(text, style=style), soft_wrap=not self.err.is_terminal)

    def text(self, title: str, body: str) -> None:
        """Show a passage with a title."""
        self.out.print()
        self.out.print(Text(title, style="bold"))
        self.out.print(Padding(Text(body), (0, 0, 0, 2)))

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Show that work goes on: a spinner on a terminal, a line elsewhere."""
        if self.err.is_terminal and not self.err.is_dumb_terminal:
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn("line" if self._plain else "dots"), TextColumn("{task.description}"), TimeElapsedColumn())
            with Progress(*columns, console=self.err, transient=True) as progress:
                progress.add_task(text, total=None)
                yield
        else:
            self.status(f"{text} …")
            yield

    def result(self, grading: Grading, *, saved_as: int) -> None:
        """Show a score with its reasons, or why there is none."""
        if grading.score is None:
            self.trouble(f"Saved, not graded: {grading.reason}. Grade it later: interviewer regrade {saved_as}")
            return
        self.out.print(Group(*self._card(grading, grading.score)))

    def _card(self, grading: Grading, score: Score) -> Iterator[RenderableType]:
        yield self._headline(grading, score)
        yield self._dimensions(score)
        if caveat := CAVEATS[score.basis]:
            yield Text(caveat, style="yellow")
        yield Text()
        yield self._points(score)
        for error in score.errors:
            yield Text.assemble(("Wrong: ", "red"), f"“{_cut(error.evidence)}” ", ("Right: ", "bold"), error.correction)
        for title, sentences in (("Good", score.strengths), ("Better", score.improvements)):
            for sentence in sentences:
                yield Text.assemble((f"{title}: ", "bold"), sentence)
        if score.follow_up:
            yield Text.assemble(("Next I would ask: ", "bold"), score.follow_up)

    def _headline(self, grading: Grading, score: Score) -> Text:
        bands = load_rubric().bands
        style = _BAND_STYLES[[band.name for band in bands].index(score.band)]
        label = "  estimate by the embedded grader" if grading.grader.estimate else f"  {grading.grader.model}"
        return Text.assemble((f"{score.overall}", f"bold {style}"), ("/100 ", "dim"), (score.band, style), (label, "dim"))

    def _dimensions(self, score: Score) -> Text:
        parts = [f"{name} {getattr(score, name):.0%}" for name in ("coverage", "accuracy", "depth", "clarity")]
        held = f"   held back by: {score.limiting}" if score.limiting else ""
        return Text("  ".join(parts) + held, style="dim")

    def _points(self, score: Score) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(ratio=1)
        for point in score.key_points:
            mark, plain, style = _MARKS[point.verdict]
            table.add_row(Text(plain if self._plain else mark, style=style), _point(point, style))
        return table

    def whole_question(self, question: Question) -> None:
        """Show a question with everything that is known about it."""
        self.question(question, 1, 1)
        self.text("Reference answer", question.reference or "none")
        if question.proposed:
            self.trouble(f"Proposed by an LLM, not checked by a person: {', '.join(question.proposed)}")
        weights = load_rubric().weights
        for point in question.key_points:
            said = "".join(f"\n  “{paraphrase}”" for paraphrase in point.paraphrases)
            self.text(f"{point.id} ({weights[str(point.weight)]})", point.text + said)
        for title, sentences in (
            ("Common misconceptions", question.misconceptions),
            ("Follow-up questions", [follow_up.text for follow_up in question.follow_ups]),
            ("Hint", [question.hint] if question.hint else []),
            ("Related", question.related),
            ("Sources", question.sources),
        ):
            if sentences:
                self.text(title, "\n".join(sentences))

    def finding(self, ok: bool | None, what: str, detail: str) -> None:
        """Show one finding of the examination."""
        mark, style = {True: ("ok", "green"), False: ("!!", "red"), None: ("  ", "default")}[ok]
        self.out.print(Text.assemble((f"{mark} ", style), (f"{what}: ", "bold"), detail), soft_wrap=True)

    def history(self, reports: Sequence[Report]) -> None:
        """List sessions, one a line."""
        if not reports:
            self.status("There is no session yet. Start one: interviewer practice")
        for report in reports:
            scores = ", ".join(
                f"{mean.overall:.0f}/100{' (estimate)' if mean.kind == 'embedded' else ''}" for mean in report.means
            )
            waiting = f"{report.ungraded} not graded" if report.ungraded else ""
            self.out.print(
                Text.assemble(
                    (f"{report.session:>4}  ", "bold"),
                    f"{report.created.astimezone():%Y-%m-%d %H:%M}  {report.mode:<9} ",
                    f"{len(report.attempts)} of {report.planned} answered  ",
                    "  ".join(part for part in (scores, waiting) if part),
                )
            )

    def rubric(self) -> None:
        """Print how a score comes about."""
        rubric = load_rubric()
        self.text("Key points", "weights: " + ", ".join(f"{number} {name}" for number, name in rubric.weights.items()))
        credit = ", ".join(f"{verdict} {credit:g}" for verdict, credit in rubric.credit.items())
        penalty = ", ".join(f"{name.replace('_', ' weight ')} {cost:g}" for name, cost in rubric.penalty.items())
        curves = "; ".join(
            f"{kind} " + " ".join(f"{x:g}→{y:g}" for x, y in corners) for kind, corners in rubric.calibration.items()
        )
        self.text(
            "From verdicts to a number",
            f"coverage = Σ weight × credit / Σ weight, credit: {credit}\n"
            f"accuracy = 1 − the sum of: {penalty}\n"
            + "".join(f"{_formula(kind, how)}\n" for kind, how in rubric.combine.items())
            + f"overall = 100 × calibration(raw): {curves}",
        )
        for title, scale in (("Level", rubric.levels), ("Depth", rubric.depth), ("Clarity", rubric.clarity)):
            self.text(title, "\n".join(f"{number}  {meaning}" for number, meaning in scale.items()))
        self.text("Bands", "\n".join(f"from {band.start:>2}  {band.name}: {band.meaning}" for band in rubric.bands))


def _point(point: PointVerdict, style: str) -> Text:
    weight = load_rubric().weights[str(point.weight)]
    line = Text.assemble((f"{point.verdict} ", style), (f"({weight}) ", "dim"), point.text)
    if point.evidence is not None:
        line.append(f"\n“{_cut(point.evidence)}”", style="italic dim")
    if point.rejected is not None:
        line.append(
            f"\nthe grader claimed this ({point.rejected.claimed}), but you did not say it: {point.rejected.reason}",
            style="yellow",
        )
    return line


def _formula(kind: str, how: Combine) -> str:
    told = f"({how.base:g} + {how.depth_share:g} × depth + {how.clarity_share:g} × clarity)"
    return (
        f"{kind}: evidence = coverage × accuracy × {told}\n"
        f"{kind}: raw = {1 - how.level_share:g} × evidence + {how.level_share:g} × level / 5, "
        f"at most {how.slack:g} from the evidence; without coverage at most {how.floor:g}"
    )


def _cut(text: str, limit: int = 140) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
