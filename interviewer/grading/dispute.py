"""An objection to one verdict: that key point alone is judged again, on the answer and the candidate's argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interviewer.grading.advice import advice
from interviewer.grading.scoring import blended, coverage, score
from interviewer.grading.verify import verify_points
from interviewer.models import (
    VERDICT_ORDER,
    Answer,
    Judgement,
    KeyPoint,
    Measure,
    PointClaim,
    PointVerdict,
    Question,
    Score,
    Span,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Objection:
    """A verdict that the candidate disputes, with the texts to judge it on."""

    question: Question
    """With its key points."""
    point: KeyPoint
    verdict: Verdict
    whole: Answer
    """The answer, the arguments of earlier objections, and this one's, as one text in numbered spans."""
    answer_until: int
    """Offset in characters at which the answer ends in that text."""
    argument_from: int
    """Offset in characters at which this argument begins in it."""

    @property
    def answer(self) -> tuple[Span, ...]:
        return tuple(span for span in self.whole.spans if span.start < self.answer_until)

    @property
    def argument(self) -> tuple[Span, ...]:
        return tuple(span for span in self.whole.spans if span.start >= self.argument_from)


def resolve(objection: Objection, claim: PointClaim, reason: str) -> tuple[PointVerdict, str]:
    """Return the verdict that the evidence supports, and the reason for it.

    Evidence from an argument counts half at most: by then the key point was on the screen.
    """
    verdicts = verify_points((claim,), objection.question, objection.whole)
    (found,) = (verdict for verdict in verdicts if verdict.id == objection.point.id)
    if found.rejected is not None:
        return found, f"It stays: {found.rejected.reason}."
    if found.verdict == "covered" and found.span is not None and found.span[1] > objection.answer_until:
        found = found.model_copy(update={"verdict": "partial"})
        reason = f"{reason} It took the argument to say it, with the point in view, so it counts half."
    return found, reason


def improves(found: PointVerdict, before: Verdict) -> bool:
    """Tell whether a new verdict is better than the one objected to: an objection never costs anything."""
    return VERDICT_ORDER.index(found.verdict) > VERDICT_ORDER.index(before)


def by_person(before: Score, verdicts: Mapping[str, Verdict], question: Question, kind: Measure) -> Score:
    """Return the score with a person's own verdicts, by the ids of their points, beside those of the grader.

    They count instead of the grader's, and the grader's verdicts with their evidence stay as they are.
    """
    changed = [p.model_copy(update={"by_person": verdicts[p.id]}) for p in before.key_points if p.id in verdicts]
    return revised(before, changed, question, kind)


def revised(before: Score, changed: Sequence[PointVerdict], question: Question, kind: Measure) -> Score:
    """Return the score with some verdicts replaced. The grader's own number, not asked again, moves along with the coverage."""
    new = {point.id: point for point in changed}
    points = tuple(new.get(known.id, known) for known in before.key_points)
    covered = [point.text for point in changed if point.counted == "covered"]
    improvements = tuple(text for text in before.improvements if not any(point in text for point in covered))
    gained = coverage(points) - coverage(before.key_points)
    judgement = Judgement(
        points=(),
        depth=before.depth,
        clarity=before.clarity,
        level=min(5.0, max(0.0, before.level + 5 * gained)),
        overall=None if before.own is None else round(100 * min(1.0, max(0.0, before.own + gained))),
        strengths=before.strengths,
        improvements=advice(points, question) if kind == "embedded" else improvements,
        follow_up=before.follow_up,
    )
    # What made a point contradicted was the same mistake as any error noted inside those words.
    wrong = [p.place for p in before.key_points if p.id in new and p.counted == "contradicted" and p.place]
    errors = tuple(e for e in before.errors if not any(start <= e.span[0] and e.span[1] <= end for start, end in wrong))
    result = score(judgement, points, errors, question, kind, before.basis)
    if before.leaning is not None:
        result = blended(result, before.leaning)
    return result.model_copy(update={"follow_up": before.follow_up})
