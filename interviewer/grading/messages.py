"""Questions, answers and the rubric become the messages that ask a model for something."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from interviewer.grading.dispute import Objection
from interviewer.grading.rubric import load_rubric
from interviewer.grading.verify import is_injection
from interviewer.llm.prompts import Message, render
from interviewer.models import Answer, Attempt, KeyPoint, Question, Span

LEFT_OUT = "(talk about the grading, left out)"
"""Stands for words to the grader. A small model does what they say: fake verdicts made it surer of its own."""
_LOOKALIKES = str.maketrans(
    dict.fromkeys("[［【〔⟦", "(")
    | dict.fromkeys("]］】〕⟧", ")")
    | dict.fromkeys("<＜﹤≪《⟪", "‹")
    | dict.fromkeys(">＞﹥≫》⟫", "›")
    | dict.fromkeys("\u00ad\u180e\u200b", "")  # cannot be seen; they only hide words from whoever looks for them
)


def grading_messages(question: Question, answer: Answer) -> list[Message]:
    """Return the messages that ask for a judgement. All that belongs to the question comes first, a stable prefix.

    The mark around the answer is a hash of it: nobody can write an answer that contains its own hash, and the same
    answer always gives the same prompt, hence the same score.
    """
    mark = hashlib.sha256(f"{question.id}\0{answer.text}".encode()).hexdigest()[:12]
    return [*_asked(question), *render("grade.md", "user", question=question, spans=_numbered(answer.spans), mark=mark)]


@lru_cache(maxsize=256)
def _asked(question: Question) -> list[Message]:
    """Return what a batch would otherwise render anew for each answer to a question: most of the prompt."""
    return render("grade.md", "system", question=question, rubric=load_rubric())


def follow_up_messages(attempt: Attempt, points: Sequence[KeyPoint]) -> list[Message]:
    """Return the messages that ask for a follow-up about one of these points."""
    return render(
        "follow-up.md",
        question=attempt.question,
        points=points,
        spans=[{"text": sanitize(line)} for line in attempt.graded_text.split("\n") if line.strip()],
        mark=hashlib.sha256(f"follow-up\0{attempt.graded_text}".encode()).hexdigest()[:12],
        exchanges=attempt.exchanges,
    )


def dispute_messages(objection: Objection) -> list[Message]:
    """Return the messages that ask for a new verdict."""
    return render(
        "dispute.md",
        question=objection.question,
        point=objection.point,
        verdict=objection.verdict,
        answer=_numbered(objection.answer),
        argument=_numbered(objection.argument),
        mark=hashlib.sha256(f"{objection.point.id}\0{objection.whole.text}".encode()).hexdigest()[:12],
    )


def _numbered(spans: Sequence[Span]) -> list[dict[str, object]]:
    """Return the spans as a model gets to see them. What addresses the grader counts for nothing, so nobody has to read it."""
    return [{"number": span.number, "text": LEFT_OUT if is_injection(span.text) else sanitize(span.text)} for span in spans]


def sanitize(text: str) -> str:
    """Return a span of an answer on one line and without signs that cannot be seen or look like our own marks."""
    return " ".join(text.translate(_LOOKALIKES).split())
