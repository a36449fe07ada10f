"""A score compared to the bar of a position: what an interviewer expects there. A bar never changes the score."""

from collections.abc import Sequence
from typing import Annotated, Literal

from interviewer.grading.ladder import height, highest_rung, rungs
from interviewer.grading.rubric import load_rubric
from interviewer.models import Attempt, Bar, FromList, Grading, Model, Rung, Score, Text

_MOST_NAMED = 2
"""Points that are named as missing."""


class Standing(Model):
    """The result of comparing an answer to a bar."""

    bar: Bar
    result: Literal["at", "below", "perhaps"]
    """`perhaps`: the bar lies inside the score's range. An unconfirmed estimate is never better than `perhaps`."""
    estimate: bool
    """Whether the score is an estimate that nobody has confirmed."""
    score: int
    """The score that the bar asks for."""
    rung: Rung | None
    """The rung that the bar asks for; None if the question has no point on it or below."""
    lacking: Annotated[tuple[str, ...], FromList]
    """What the answer lacks, in words; empty if nothing."""
    missing: Annotated[tuple[Text, ...], FromList]
    """The key points that would help most; empty if nothing is lacking."""

    def __str__(self) -> str:
        if self.result == "at":
            return f"At the bar for {self.bar}."
        if self.result == "perhaps":
            return f"Perhaps at the bar for {self.bar}: {'; '.join(self.lacking)}."
        sure = "Probably below" if self.estimate else "Below"
        named = f" {'Not found' if self.estimate else 'Missing'}: {' '.join(self.missing)}" if self.missing else ""
        return f"{sure} the bar for {self.bar}: {'; '.join(self.lacking)}.{named}"


def with_bar(attempts: Sequence[Attempt], bar: Bar | None) -> Sequence[Attempt]:
    """Return the attempts with this bar instead of that of their session, if one is given."""
    return [attempt.model_copy(update={"bar": bar}) for attempt in attempts] if bar else attempts


def compare_to_bar(grading: Grading | None, bar: Bar | None) -> Standing | None:
    """Compare a graded answer to a bar; None without a score or a bar."""
    if grading is None or grading.score is None or bar is None:
        return None
    score, expected = grading.score, load_rubric().bars[bar]
    needed = _needed(score, expected.rung)
    low, high = score.range if grading.unconfirmed or score.low is not None else (score.overall, score.overall)
    below = high < expected.score
    in_doubt = not below and (grading.unconfirmed or low < expected.score)
    short = height(highest_rung(score.key_points)) < height(needed)
    lacking = []
    if below or in_doubt:
        total = low if low == high else f"{low}–{high}"
        lacking.append(f"{total} of the {expected.score} points that it takes")
    if short:
        lacking.append(f"rung {needed} not reached")
    # What an estimate has not touched on may still have been said.
    surely_below = below or (short and not grading.unconfirmed)
    return Standing(
        bar=bar,
        result="below" if surely_below else "perhaps" if in_doubt else "at",
        estimate=grading.unconfirmed,
        score=expected.score,
        rung=needed,
        lacking=tuple(lacking),
        missing=_missing(score, needed if short else None) if surely_below else (),
    )


def _needed(score: Score, rung: Rung) -> Rung | None:
    """Return the highest rung, up to this one, that the question has a point on: a bar asks for no more than the question."""
    return max((one for one in rungs(score.key_points) if height(one) <= height(rung)), key=height, default=None)


def _missing(score: Score, rung: Rung | None) -> tuple[str, ...]:
    """Return the points to add: those on the rung that is not reached first, then the heaviest."""
    wanting = sorted(score.gaps, key=lambda point: rung is None or point.rung != rung)
    return tuple(point.text for point in wanting[:_MOST_NAMED])
