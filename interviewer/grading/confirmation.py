"""An estimate becomes the person's own assessment: the matcher has found the words, the person says what they are worth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from interviewer.grading.advice import advice
from interviewer.grading.scoring import accuracy, coverage, score
from interviewer.models import Attempt, ErrorNote, Grading, Judgement, PointVerdict, Question, ReadingKind, Score, Verdict
from interviewer.text.words import word_list, words


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that an estimate found, for a person to confirm: about a key point, or words like a common mistake."""

    id: str
    """The id of the key point; `!1` for the first mistake."""
    name: str
    """Its number on the score card."""
    kind: ReadingKind | Literal["mistake"]
    text: str
    """The point, or what would be right."""
    words: str
    """The words of the answer that it rests on; empty if none come near."""
    proposed: Verdict
    """The verdict if the person says nothing else; `contradicted` stands for a mistake."""
    confirmed: bool = False
    """Whether that verdict is what the person said before."""


def claims(grading: Grading) -> Iterator[Claim]:
    """Yield what there is to confirm of an estimate, or to correct of one that was confirmed before."""
    done = grading.confirmed
    for number, point in enumerate(grading.key_points, 1):
        found = point.estimate_reading
        # What may be turned round is missing until the person says that it is: an Enter by habit accuses nobody.
        yield Claim(point.id, str(number), found.kind, point.text, found.evidence or "", point.by_person or point.verdict, done)
    for number, error in enumerate(grading.errors, 1):
        yield Claim(f"!{number}", f"!{number}", "mistake", error.correction, error.evidence, "contradicted", done)


def admits_not_knowing(attempt: Attempt) -> bool:
    """Tell whether an answer says only that the person does not know, and nothing was found in it."""
    said, not_knowing = set(words(attempt.graded_text)), word_list("not_knowing")
    empty = not_knowing.union(words(attempt.question.question), *map(word_list, ("stopwords", "generic", "negations")))
    found = any(claim.words for claim in claims(attempt.grading)) if attempt.grading else True
    return not found and said <= empty and not said.isdisjoint(not_knowing)


def confirmed(grading: Grading, verdicts: Mapping[str, Verdict], question: Question) -> Grading:
    """Return an estimate with a person's verdicts beside its own, and the score that they give.

    Args:
        grading: what the embedded grader found.
        verdicts: the person's, by the `id` of claims; a claim without one is confirmed as it is proposed.
        question: with its key points.
    """
    before = grading.score
    if before is None:
        return grading
    own = {claim.id: claim.proposed for claim in claims(grading)} | dict(verdicts)
    points = tuple(point.model_copy(update={"by_person": own[point.id]}) for point in before.key_points)
    errors = tuple(error for number, error in enumerate(before.errors, 1) if own[f"!{number}"] == "contradicted")
    return grading.model_copy(update={"score": _score(before, points, errors, question), "confirmed": True})


def _score(before: Score, points: tuple[PointVerdict, ...], errors: tuple[ErrorNote, ...], question: Question) -> Score:
    judgement = Judgement(
        points=(),
        own=coverage(points) * accuracy(points, errors),
        strengths=before.strengths,
        improvements=advice(points),
    )
    confirmed = score(judgement, points, errors, question, "confirmed", before.basis)
    return confirmed.model_copy(update={"left_out": before.left_out})
