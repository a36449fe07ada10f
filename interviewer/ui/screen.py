"""What appears on the screen. Untrusted text is shown as text, never as markup."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from interviewer.errors import InterviewerError
from interviewer.grading.rubric import Combine, load_rubric
from interviewer.models import Attempt, PointVerdict, Question, Score
from interviewer.practice.debrief import Debrief
from interviewer.practice.delivery import Delivery, told
from interviewer.report.model import SessionSummary
from interviewer.ui.views.colours import ACCENT, BAD, GOOD, HALF, QUIET
from interviewer.ui.views.live_verdicts import LiveVerdicts
from interviewer.ui.views.score_card import Before, card, headline


class Screen:
    """Prints for a person: questions and scores on stdout, status on stderr."""

    def __init__(self, stdout: TextIO, stderr: TextIO) -> None:
        self.out = Console(file=stdout, highlight=False, markup=False, emoji=False)
        self.err = Console(file=stderr, highlight=False, markup=False, emoji=False)
        self.asked = ""
        """The question or follow-up on the screen."""
        self.plain = not (self.out.encoding or "").lower().startswith("utf")
        self._redraws = stderr.isatty() and self.err.is_terminal and not self.err.is_dumb_terminal

    def question(self, question: Question, position: int, total: int) -> None:
        """Ask a question."""
        self.asked = question.question
        number = f"#{question.number} " if question.number is not None else ""
        self.out.print()
        self.out.print(
            Text.assemble((f"Question {position} of {total}", "bold"), (f"  {number}{question.topic}, {question.level}", QUIET))
        )
        self.out.print(Text(question.question, style=f"bold {ACCENT}"))
        self.out.print()

    def opening(self, text: str) -> None:
        """Begin an interview."""
        self.out.print()
        self.out.print(Text(text))

    def debrief(self, told: Debrief, results: Sequence[tuple[Attempt, Score | None]]) -> None:
        """Look back on an interview."""
        from interviewer.ui.views.debrief import debriefing

        self.out.print()
        for part in debriefing(told, results):
            self.out.print(part)

    def follow_up(self, text: str) -> None:
        """Ask a follow-up."""
        self.asked = text
        self.out.print()
        self.out.print(Text.assemble(("Follow-up  ", "bold"), (text, f"bold {ACCENT}")))
        self.out.print()

    def status(self, text: str) -> None:
        """Say something about the program itself."""
        self._tell(text, QUIET)

    def trouble(self, text: str) -> None:
        """Say that something did not work."""
        self._tell(text, HALF)

    def failed(self, error: InterviewerError) -> None:
        """Say why something could not be used, and what to do about it."""
        self.trouble(sentence(": ".join(filter(None, (error.message, error.next_step)))))

    def _tell(self, text: str, style: str) -> None:
        # One message, one line, wherever a program may look for it.
        self.err.print(Text(text, style=style), soft_wrap=not self.err.is_terminal)

    def text(self, title: str, body: str) -> None:
        """Show a passage with a title."""
        self.out.print()
        self.out.print(Text(title, style="bold"))
        self.out.print(Padding(Text(body), (0, 0, 0, 2)))

    def live_verdicts(self) -> LiveVerdicts | None:
        """Return a place for verdicts that are not the last word; none where lines cannot be taken back."""
        return LiveVerdicts(plain=self.plain) if self._redraws else None

    @contextmanager
    def waiting(self, text: str, live: LiveVerdicts | None = None) -> Iterator[None]:
        """Show that work goes on: a spinner on a terminal, and below it what is known early; a line elsewhere."""
        if self._redraws:
            from rich.live import Live
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn("line" if self.plain else "dots"), TextColumn("{task.description}"), TimeElapsedColumn())
            progress = Progress(*columns, console=self.err, auto_refresh=False)
            progress.add_task(text, total=None)
            with Live(Group(progress, live or ""), console=self.err, transient=True, refresh_per_second=10):
                yield
        else:
            self.status(f"{text} …")
            yield

    def result(self, attempt: Attempt, before: Before | None = None) -> None:
        """Show a score with its reasons, or why there is none."""
        assert attempt.grading is not None  # noqa: S101  # grading always leaves one
        if attempt.grading.score is None:
            self.trouble(f"Saved, not graded: {attempt.grading.reason}. Grade it later: interviewer regrade {attempt.session}")
            return
        self.out.print()
        self.out.print(card(self.out, attempt, before=before, plain=self.plain))

    def transcript(self, doubts: Sequence[str]) -> None:
        """Ask a person to read a transcript before it is graded, all the more where it is doubtful."""
        if doubts:
            self.trouble(f"This may not be what you said: {'; '.join(doubts)}.")
        self.status("Correct the transcript, then send it; only what you send is graded.")

    def delivery(self, found: Delivery) -> None:
        """Tell how an answer was delivered: a quiet line, and a second one only for what is unusual."""
        self.out.print(Text(f"Delivery: {told(found)} (no part of the score)", style=QUIET))
        if found.remarks:
            line = sentence("; ".join(found.remarks))
            self.out.print(Text(f"{line}.", style=QUIET), no_wrap=self.out.is_terminal, overflow="ellipsis")

    def numbered(self, number: str, point: PointVerdict) -> None:
        """Show a verdict that can be chosen by its number."""
        self.out.print(Text.assemble((f"{number}  ", "bold"), (f"{point.verdict} ", QUIET), point.text))

    def disputed(self, before: Attempt, after: Attempt) -> None:
        """Show what came of an objection: both verdicts, the reason, and the score as it is now."""
        dispute = after.disputes[-1]
        name = dispute.key_point.replace("-", " ")
        change = f"{dispute.before} → {dispute.after}" if dispute.after != dispute.before else f"stays {dispute.before}"
        self.out.print(Text.assemble((f"{name}: {change}  ", "bold"), dispute.reason))
        if after.grading and after.grading.score and before.grading:
            self.out.print(headline(after.grading, after.grading.score, before.grading.score))

    def farewell(self, session: int, answered: int, failed: int, left: int) -> None:
        """Say how a session ended, and what can be done next."""
        parts = [f"{answered or 'nothing'} answered"]
        if failed:
            parts.append(f"{failed} saved, not graded (interviewer regrade)")
        if left:
            parts.append(f"{left} to go (interviewer resume)")
        self.status("; ".join([f"Session {session}", *parts]) + (". Report: interviewer report" if answered else ""))

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
        mark, style = {True: ("ok", GOOD), False: ("!!", BAD), None: ("  ", "default")}[ok]
        self.out.print(Text.assemble((f"{mark} ", style), (f"{what}: ", "bold"), detail), soft_wrap=not self.out.is_terminal)

    def history(self, sessions: Sequence[SessionSummary]) -> None:
        """List sessions, one a line."""
        if not sessions:
            self.status("There is no session yet. Start one: interviewer practice")
        for one in sessions:
            scores = ", ".join(
                f"{mean.overall:.0f}/100{' (estimate)' if mean.kind == 'embedded' else ''}" for mean in one.means
            )
            waiting = f"{one.ungraded} not graded" if one.ungraded else ""
            self.out.print(
                Text.assemble(
                    (f"{one.session:>4}  ", "bold"),
                    f"{one.created.astimezone():%Y-%m-%d %H:%M}  {one.mode:<9} ",
                    f"{one.answered} of {len(one.questions)} answered  ",
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
            + f"overall = 100 × calibration(raw): {curves}\n"
            + f"A model whose verdicts are less than {rubric.doubt.sure:.0%} probable by its own account leans on the embedded "
            + f"estimate:\noverall = llm ^ (1 − w) × estimate ^ w, w up to {rubric.doubt.most:g} at {rubric.doubt.lost:.0%}",
        )
        for title, scale in (("Level", rubric.levels), ("Depth", rubric.depth), ("Clarity", rubric.clarity)):
            self.text(title, "\n".join(f"{number}  {meaning}" for number, meaning in scale.items()))
        self.text("Bands", "\n".join(f"from {band.start:>2}  {band.name}: {band.meaning}" for band in rubric.bands))


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter; the others stay, since an acronym may be among them."""
    return text[:1].upper() + text[1:]


def _formula(kind: str, how: Combine) -> str:
    told = f"({how.base:g} + {how.depth_share:g} × depth + {how.clarity_share:g} × clarity)"
    return (
        f"{kind}: evidence = coverage × accuracy × {told}\n"
        f"{kind}: raw = {1 - how.level_share:g} × evidence + {how.level_share:g} × level / 5, "
        f"at most {how.slack:g} from the evidence; without coverage at most {how.floor:g}"
    )
