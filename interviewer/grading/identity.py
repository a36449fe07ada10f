"""The identity of a grade: one hash of all that it rests on, so that only like grades are compared, kept and mixed."""

import hashlib
import json
from functools import lru_cache

from interviewer.grading.embedded import MODEL_FILES, VERSION
from interviewer.grading.injection import injections
from interviewer.grading.rubric import load_rubric
from interviewer.models import GraderKind, Question
from interviewer.resources import load_toml, resource

PROMPT = "grade.md"
RULES = 13
"""Raise it with every change of code that changes a score: text/spans and sentence_ends, segment, language, verify,
word_allocation, injection, scoring, vote, messages, and the key points of bank/points and bank/statements."""


@lru_cache
def grader_identity(kind: GraderKind, samples: int = 1) -> str:
    """Return a hash of what all grades of a grader rest on: 16 hexadecimal digits.

    These are the rules above, the rubric, the word lists that decide what is evidence, and the embedded model, which an LLM's
    score may lean on; for an LLM also its prompts, the schema of its reply, and the number of samples that vote. The name of
    an LLM is no part of it: `GraderInfo` has it beside the identity, and some servers tell it only when asked.
    """
    fillers = load_toml("delivery.toml")
    parts: list[object] = [
        kind,
        RULES,
        load_rubric().model_dump(mode="json", exclude={"rungs", "bars"}),  # no part of a score
        load_toml("words.toml"),
        injections(),
        [fillers["sounds"], fillers["set_off"]],
        VERSION,
        MODEL_FILES,
    ]
    if kind == "llm":
        from interviewer.grading.llm_reply import reply_schema  # its models take a while to build

        prompts = [resource("prompts", name).read_text(encoding="utf-8") for name in (PROMPT, "repair.md")]
        parts += [prompts, reply_schema(1), samples]
    return _digest(json.dumps(parts, sort_keys=True))


@lru_cache(maxsize=1_024)
def _question_identity(question: Question) -> str:
    points = {"__all__": {"id", "text", "weight", "paraphrases"}}
    whole = dict.fromkeys(("id", "question", "reference", "misconceptions"), True)
    return _digest(question.model_dump_json(include={**whole, "key_points": points}))


def grade_identity(grader: str, question: Question | None, answer: str) -> str:
    """Return a hash of all that the grade of one answer rests on: 16 hexadecimal digits.

    Args:
        grader: the identity of the grader.
        question: what was asked, with what an answer is graded against.
        answer: what was said, or the reason why it could not be read.
    """
    return _digest("\0".join((grader, _question_identity(question) if question else "", answer)))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=8).hexdigest()
