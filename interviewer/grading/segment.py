"""Texts become what is graded: an answer numbered spans, and a reference answer key points where a question has none."""

from interviewer.errors import InputError
from interviewer.grading.language import is_english
from interviewer.models import ANSWER_LIMIT, Answer, Basis, KeyPoint, Question, Span
from interviewer.text.clean import clean
from interviewer.text.spans import spans
from interviewer.text.words import content, without_fillers, word_count

_MOST_SPANS = 600
"""The longest answer that people speak or type has half as many. Of more, neighbours are joined: each costs time and memory."""
_MOST_DERIVED = 12
"""Key points that a reference answer gives at most: a model judges longer lists badly, so neighbouring sentences are joined."""


def segment(text: str) -> Answer:
    """Clean what was typed or piped and cut it into numbered spans, which graders, evidence and highlights point at.

    Spans hold no fillers, so that no grader sees any.

    Raises:
        InputError: it is empty, or longer than `ANSWER_LIMIT` characters.
    """
    text = clean_answer(text)
    return Answer(text=text, spans=_numbered(text))


def clean_answer(text: str) -> str:
    """Return an answer as it is stored: cleaned, without blanks at its ends.

    Raises:
        InputError: it is empty, or longer than `ANSWER_LIMIT` characters.
    """
    text = clean(text).strip()
    if not text:
        raise InputError("the answer is empty", next_step="say what you know, even if it is little")
    if len(text) > ANSWER_LIMIT:
        raise InputError(
            f"the answer has {len(text):,} characters; the limit is {ANSWER_LIMIT:,}",
            next_step="shorten it: a spoken answer of two minutes has about 2,000",
        )
    return text


def _numbered(text: str) -> tuple[Span, ...]:
    # Fillers are English sounds and phrases: "um" and "er" are words of other languages.
    plain, offsets = without_fillers(text) if is_english(text) else (text, range(len(text)))
    pieces = list(spans(plain))
    joined = -(-len(pieces) // _MOST_SPANS) or 1
    found = tuple(
        Span(number=number, start=offsets[start], end=offsets[end - 1] + 1, text=plain[start:end])
        for number, group in enumerate((pieces[at : at + joined] for at in range(0, len(pieces), joined)), 1)
        for start, end in ((group[0][0], group[-1][1]),)
    )
    return found or (Span(number=1, start=0, end=len(text), text=text),)


def with_key_points(question: Question) -> Question:
    """Return the question itself if it has key points, else with points derived from its reference's sentences."""
    if question.key_points or not question.reference.strip():
        return question
    return question.model_copy(update={"key_points": derived_key_points(question.reference)})


def derived_key_points(reference: str) -> tuple[KeyPoint, ...]:
    """Return one key point for each sentence of a reference answer that says something.

    All weigh the same: code cannot tell which sentence matters most.
    """
    sentences = [span.text for span in segment(reference).spans if content(span.text)]
    size = -(-len(sentences) // _MOST_DERIVED)
    groups = [" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)] if sentences else [reference]
    return tuple(
        KeyPoint(id=f"sentence-{number}", text=text, weight=2) for number, text in enumerate(groups, 1) if word_count(text)
    )


def basis(question: Question) -> Basis:
    """Return where the key points come from that an answer to this question is graded against."""
    if not question.key_points:
        return "reference"
    return "proposed" if "key_points" in question.proposed else "key_points"
