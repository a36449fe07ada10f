"""An objection to one verdict: that key point alone is judged again, on the answer and the candidate's argument."""

from dataclasses import dataclass

from interviewer.grading.verify import verify_points
from interviewer.models import VERDICT_ORDER, Answer, KeyPoint, PointClaim, PointVerdict, Question, Span, Verdict


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
