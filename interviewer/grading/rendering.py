"""The question, the rubric and the numbered spans of an answer become the messages that ask for a judgement."""

import hashlib

from interviewer.grading.rubric import load_rubric
from interviewer.llm.prompts import Message, render
from interviewer.models import Answer, Question

_LOOKALIKE_BRACKETS = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "［": "(", "］": ")", "＜": "‹", "＞": "›"})


def grading_messages(question: Question, answer: Answer) -> list[Message]:
    """Return the messages that ask for a judgement. All that belongs to the question comes first, a stable prefix.

    The mark around the answer is a hash of it: nobody can write an answer that contains its own hash, and the same
    answer always gives the same prompt, hence the same score.
    """
    mark = hashlib.sha256(f"{question.id}\0{answer.text}".encode()).hexdigest()[:12]
    spans = [{"number": span.number, "text": inert(span.text)} for span in answer.spans]
    return render("grade.md", question=question, rubric=load_rubric(), spans=spans, mark=mark)


def inert(text: str) -> str:
    """Return a span of an answer on one line and without brackets that look like our own marks."""
    return " ".join(text.translate(_LOOKALIKE_BRACKETS).split())
