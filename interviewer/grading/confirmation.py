"""An estimate becomes the person's own assessment: the matcher has found the words, the person says what they are worth."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from interviewer.grading.advice import advice
from interviewer.grading.scoring import accuracy, coverage, score
from interviewer.models import Attempt, ErrorNote, Grading, Judgement, PointVerdict, Question, ReadingKind, Score, Verdict
from interviewer.resources import load_toml

_MOST_WORDS = 12
"""Words of an answer that says only that the person does not know."""
_APOSTROPHES = str.maketrans("", "", "'’‘´`ʼ")
_PART_ENDS = re.compile(r"[.,;!?…–—\n]|\s-+\s")


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
    """Tell whether an answer says in known forms only that the person does not know, and nothing was found in it."""
    found_nothing = attempt.grading is not None and not any(claim.words for claim in claims(attempt.grading))
    return found_nothing and says_not_knowing(attempt.graded_text)


def says_not_knowing(text: str) -> bool:
    """Tell whether a text consists of known forms of not knowing, in English or another language."""
    said = text.lower().translate(_APOSTROPHES)
    if len(said.split()) > _MOST_WORDS:
        return False
    known = load_toml("words.toml")["not_knowing"]
    form = "|".join(known["forms"])
    # A line break in a list of the file is there for its reader.
    opening, ending = (known[name].replace("\n", "") for name in ("openings", "endings"))
    part = re.compile(f"(?:(?:{opening}) )*(?:(?P<form>{form})(?: (?:{ending}))*|(?:{opening}))")
    parts = [part.fullmatch(" ".join(text.split())) for text in _PART_ENDS.split(said) if text.strip()]
    return all(parts) and any(found and found["form"] for found in parts)


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
