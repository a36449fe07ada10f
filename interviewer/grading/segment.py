"""The text of an answer becomes what is graded: numbered spans."""

from interviewer.errors import InputError
from interviewer.grading.language import is_english
from interviewer.models import ANSWER_LIMIT, Answer, Span
from interviewer.text.clean import clean
from interviewer.text.spans import spans
from interviewer.text.words import without_fillers

_MOST_SPANS = 600
"""The longest answer that people speak or type has half as many. Of more, neighbours are joined: each costs time and memory."""


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
