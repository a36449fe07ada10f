"""Questions, answers and the rubric become the messages that ask a model for something."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from interviewer.bank.points import basis
from interviewer.grading.dispute import Objection
from interviewer.grading.identity import PROMPT
from interviewer.grading.injection import is_injection
from interviewer.grading.rubric import load_rubric
from interviewer.grading.segment import segment
from interviewer.llm.prompts import Message, render
from interviewer.models import Answer, Attempt, Depth, KeyPoint, Question, Span
from interviewer.text.words import visible

LEFT_OUT = "(talk about the grading, left out)"
"""Stands for words to the grader. A small model does what they say: fake verdicts made it surer of its own."""
_DELIMITERS = str.maketrans(
    dict.fromkeys("[【〔⟦", "(") | dict.fromkeys("]】〕⟧", ")") | dict.fromkeys("<≪《⟪", "‹") | dict.fromkeys(">≫》⟫", "›")
)
"""Signs like those that mark spans and the answer in a prompt."""


def grading_messages(question: Question, answer: Answer) -> list[Message]:
    """Return the messages that ask for a judgement. All that belongs to the question comes first, a stable prefix.

    The mark around the answer is a hash of it: nobody can write an answer that contains its own hash, and the same
    answer always gives the same prompt, hence the same score.
    """
    mark = _mark(question.id, answer.text)
    return [*_question_part(question), *render(PROMPT, "user", question=question, spans=_numbered(answer.spans), mark=mark)]


@lru_cache(maxsize=256)
def _question_part(question: Question) -> list[Message]:
    """Return the messages that are the same for every answer to a question: most of the prompt."""
    return render(PROMPT, "system", question=question, basis=basis(question), rubric=load_rubric())


def follow_up_messages(attempt: Attempt, points: Sequence[KeyPoint], depths: Sequence[Depth]) -> list[Message]:
    """Return the messages that ask for a follow-up about one of these points, so deep."""
    return render(
        "follow-up.md",
        question=attempt.question,
        points=points,
        depths=depths,
        spans=_texts(attempt.answer),
        exchanges=[(exchange.follow_up, _texts(exchange.answer)) for exchange in attempt.exchanges],
        mark=_mark("follow-up", attempt.graded_text),
    )


def _texts(said: str) -> list[str]:
    return [sanitize(span.text) for span in segment(said).spans] if said else []


def dispute_messages(objection: Objection) -> list[Message]:
    """Return the messages that ask for a new verdict."""
    return render(
        "dispute.md",
        question=objection.question,
        point=objection.point,
        verdict=objection.verdict,
        answer=_numbered(objection.answer),
        argument=_numbered(objection.argument),
        mark=_mark(objection.point.id, objection.whole.text),
    )


def _mark(name: str, text: str) -> str:
    return hashlib.sha256(f"{name}\0{text}".encode()).hexdigest()[:12]


def _numbered(spans: Sequence[Span]) -> list[dict[str, object]]:
    return [{"number": span.number, "text": sanitize(span.text)} for span in spans]


def sanitize(text: str) -> str:
    """Return a piece of an answer as a model gets to see it: on one line, as `visible`, without signs like our own marks.

    What addresses the grader is left out: it can state no key point, so no model has to read it.
    """
    return LEFT_OUT if is_injection(text) else " ".join(visible(text).translate(_DELIMITERS).split())
