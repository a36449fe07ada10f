"""Key points for a question that came without any: the sentences of its reference answer."""

from interviewer.grading.segment import segment
from interviewer.models import Basis, KeyPoint, Question, Score
from interviewer.text.spans import word_count
from interviewer.text.words import content

_CAVEATS: dict[Basis, str] = {
    "key_points": "",
    "proposed": "Graded against key points that an LLM proposed and nobody has checked yet.",
    "reference": "This question has no key points: graded against the sentences of its reference answer.",
}
_MOST = 12
"""More sentences than this are joined: a list too long for a model to judge in one go helps nobody."""


def with_key_points(question: Question) -> Question:
    """Return the question itself if it has key points, else with points derived from its reference's sentences.

    Derived points all weigh the same: a machine cannot tell which sentence is the heart of an answer.
    """
    if question.key_points or not question.reference.strip():
        return question
    return question.model_copy(update={"key_points": derived_key_points(question.reference)})


def basis(question: Question) -> Basis:
    """Return what an answer to this question is held against."""
    if not question.key_points:
        return "reference"
    return "proposed" if "key_points" in question.proposed else "key_points"


def derived_key_points(reference: str) -> tuple[KeyPoint, ...]:
    """Return one point for each sentence of a reference answer that says something."""
    sentences = [span.text for span in segment(reference).spans if content(span.text)]
    size = -(-len(sentences) // _MOST)
    groups = [" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)] if sentences else [reference]
    return tuple(
        KeyPoint(id=f"sentence-{number}", text=text, weight=2) for number, text in enumerate(groups, 1) if word_count(text)
    )


def caveat(score: Score) -> str:
    """Return what a reader of a score has to know about what stands behind it; often nothing."""
    leans = ""
    if score.leaning is not None:
        share, estimate = score.leaning.share, score.leaning.estimate
        leans = f"The model was not sure of its verdicts: {share:.0%} of this score is the measured estimate ({estimate}/100)."
    return " ".join(filter(None, (_CAVEATS[score.basis], leans)))
