"""An answer is cleaned and cut into numbered spans, once; graders, evidence and highlights point at these."""

from interviewer.errors import InputError
from interviewer.models import ANSWER_LIMIT, Answer, Span
from interviewer.text.clean import clean
from interviewer.text.fillers import without_fillers
from interviewer.text.spans import spans


def segment(text: str) -> Answer:
    """Clean what was typed or piped and cut it into numbered spans. No grader sees a filler: the spans leave them out.

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
    plain, origins = without_fillers(text)
    found = tuple(
        Span(number=number, start=origins[start], end=origins[end - 1] + 1, text=plain[start:end])
        for number, (start, end) in enumerate(spans(plain), 1)
    )
    return found or (Span(number=1, start=0, end=len(text), text=text),)
