"""Questions, past sessions, the rubric, and the findings of `doctor`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from interviewer.grading.labels import MEASURES
from interviewer.grading.rubric import Scale, load_rubric
from interviewer.models import Question, Round
from interviewer.text.slug import in_words
from interviewer.ui.screen import Screen
from interviewer.ui.views.styles import ACCENT, BAD, GOOD, QUIET

if TYPE_CHECKING:
    from interviewer.report.model import SessionSummary


def show_question(screen: Screen, question: Question, position: int, total: int, place: Round | None = None) -> None:
    """Print a question with its place in the session, counted from 1, and the round of a drill that it is asked in."""
    screen.question = question.question
    number = f"#{question.number} " if question.number is not None else ""
    title = f"\nQuestion {position} of {total}" + (f", {place}" if place else "")
    screen.out.print(Text.assemble((title, "bold"), (f"  {number}{in_words(question.topic)}, {question.level}", QUIET)))
    screen.out.print(Text(f"{question.question}\n", style=f"bold {ACCENT}"))


def show_follow_up(screen: Screen, text: str) -> None:
    """Print a follow-up question."""
    screen.question = text
    screen.out.print(Text.assemble(("\nFollow-up  ", "bold"), (f"{text}\n", f"bold {ACCENT}")))


def show_whole_question(screen: Screen, question: Question) -> None:
    """Print a question with its reference answer, key points and everything else that the bank has about it."""
    show_question(screen, question, 1, 1)
    screen.section("Reference answer", question.reference or "none")
    if question.proposed:
        screen.warning(f"Proposed by an LLM, not checked by a person: {', '.join(question.proposed)}")
    weights = load_rubric().weights
    for point in question.key_points:
        paraphrases = "".join(f"\n  “{paraphrase}”" for paraphrase in point.paraphrases)
        kind = ", ".join(filter(None, (weights[str(point.weight)], point.rung)))
        screen.section(f"{point.id} ({kind})", point.text + paraphrases)
    for title, lines in (
        ("Common misconceptions", question.misconceptions),
        ("Follow-up questions", [follow_up.text for follow_up in question.follow_ups]),
        ("Hint", [question.hint] if question.hint else []),
        ("Related", question.related),
        ("Sources", question.sources),
    ):
        if lines:
            screen.section(title, "\n".join(lines))


def show_history(screen: Screen, sessions: Sequence["SessionSummary"]) -> None:
    """Print one line for each session."""
    if not sessions:
        screen.status("There is no answer yet. Start: interviewer practice")
    for session in sessions:
        last = {mean.kind: f", {mean.total} after retries" for mean in session.last}
        scores = ", ".join(
            f"{'about ' if mean.kind == 'embedded' else ''}{mean.total}/100{last.get(mean.kind, '')}"
            + ("" if mean.kind == "llm" else f" ({MEASURES[mean.kind].removesuffix(' estimate')})")  # fits in 80 columns
            for mean in session.means
        )
        ungraded = f"{session.ungraded} not graded" if session.ungraded else ""
        screen.out.print(
            Text.assemble(
                (f"{session.session:>4}  ", "bold"),
                f"{session.created.astimezone():%Y-%m-%d %H:%M}  {session.mode:<9} ",
                f"{session.progress}  ",
                "  ".join(filter(None, (scores, ungraded))),
            )
        )


def show_finding(screen: Screen, ok: bool | None, what: str, detail: str) -> None:
    """Print one finding of `doctor`; `ok` is None for a fact that is neither good nor bad."""
    mark, style = {True: ("ok", GOOD), False: ("!!", BAD), None: ("  ", "default")}[ok]
    line = Text.assemble((f"{mark} ", style), (f"{what}: " if what else "  ", "bold"), detail)
    screen.out.print(line, soft_wrap=not screen.out.is_terminal)


def show_rubric(screen: Screen) -> None:
    """Print the weights, formulas and bands that turn verdicts into a score."""
    rubric = load_rubric()
    unsure = rubric.uncertainty
    screen.section("Key points", "weights: " + ", ".join(f"{number} {name}" for number, name in rubric.weights.items()))
    credit = ", ".join(f"{verdict} {credit:g}" for verdict, credit in rubric.credit.items())
    penalty = ", ".join(f"{name.replace('_', ' weight ')} {cost:g}" for name, cost in rubric.penalty.items())
    screen.section(
        "From verdicts to a number",
        f"coverage = Σ weight × credit / Σ weight, credit: {credit}\n"
        f"accuracy = 1 − the sum of: {penalty}\n"
        "own = the grader's own number, less what its claims lost when they were verified\n"
        + "".join(f"{name}: {_formula(scale)}\n" for name, scale in rubric.scales.items())
        + f"A model whose verdicts are less than {unsure.sure:.0%} probable by its own account leans on the embedded "
        + f"estimate:\noverall = llm ^ (1 − w) × estimate ^ w, w up to {unsure.most:g} at {unsure.lost:.0%}",
    )
    for title, scale in (
        ("Level", rubric.levels),
        ("Depth", rubric.depth),
        ("Clarity", rubric.clarity),
        ("Rungs", rubric.rungs),
    ):
        screen.section(title, "\n".join(f"{number}  {meaning}" for number, meaning in scale.items()))
    bars = (f"{name}: from {bar.score}, rung {bar.rung}. {bar.meaning}" for name, bar in rubric.bars.items())
    screen.section("Bars (--bar)", "\n".join(bars))
    screen.section("Bands", "\n".join(f"from {band.start:>2}  {band.name}: {band.meaning}" for band in rubric.bands))


def _formula(scale: Scale) -> str:
    if not scale.own_share:
        return "coverage × accuracy"
    curve = " ".join(f"{x:g}→{y:g}" for x, y in scale.corners)
    return (
        f"{1 - scale.own_share:g} × coverage × accuracy + {scale.own_share:g} × own, at most {scale.slack:g} from coverage × "
        f"accuracy, without coverage at most {scale.cap_without_coverage:g}; shown {curve}"
    )
