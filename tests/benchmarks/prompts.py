"""Which way of asking a model agrees best with people? Not a test: it needs a server, a human-graded set, and time.

    python tests/benchmarks/prompts.py ask http://127.0.0.1:8092/v1 SET.jsonl REPLIES.jsonl --ways digit,digit-reference,ours
    python tests/benchmarks/prompts.py compare SET.jsonl REPLIES.jsonl

A row of the set is {"id", "question_id", "question", "reference", "answer", "score": 0 to 1}. The sample is drawn by question,
so that a server's prefix cache helps. Replies are kept one a line, with their tokens' probabilities; a stopped run goes on.
"""

import argparse
import asyncio
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from interviewer.bank.points import derived_key_points
from interviewer.evaluate.metrics import agreement
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.llm_schema import read_judgement, reply_schema
from interviewer.grading.messages import grading_messages
from interviewer.grading.scoring import score
from interviewer.grading.segment import segment
from interviewer.grading.verify import verify
from interviewer.llm.completion import choice_probabilities, read_tokens
from interviewer.llm.json_reply import InvalidReply
from interviewer.models import Answer, GraderInfo, Judgement, Question

Row = dict[str, Any]
Reply = dict[str, Any]
_DIGITS = "012345"
_HOLISTIC = "You grade a student's short answer. Reply with one digit from 0 (worthless) to 5 (perfect), and nothing else."
_POINT = (
    "You check one answer given aloud. Judge what is said, not how. Reply with one word: covered (the answer states the "
    "point, in any words), partial (half or vaguely), or missing."
)
_REWORDED = {
    "first `spans`, the numbers of the spans that state it (at most 3; [] if none does), then `verdict`": "first `verdict`",
    "(the spans say the opposite)": "(the opposite is said)",
    "(not said; spans are [])": "(not said), then `spans`, the numbers of the spans that state it (at most 3)",
    "which spans state it, then the verdict.": "the verdict, then its spans.",
}
"""From evidence before verdict to verdict before evidence."""


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("ask")
    asking.add_argument("server")
    comparing = commands.add_parser("compare")
    for command in (asking, comparing):
        command.add_argument("set", type=Path)
        command.add_argument("replies", type=Path)
    asking.add_argument("--ways", default=",".join(WAYS))
    asking.add_argument("--questions", type=int, default=10)
    asking.add_argument("--per-question", type=int, default=5)
    asking.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rows = {row["id"]: row for row in map(json.loads, given.set.read_text(encoding="utf-8").splitlines())}
    if given.command == "ask":
        sample = list(_sample(list(rows.values()), given.questions, given.per_question, given.seed))
        _ask(given.server, sample, given.ways.split(","), given.replies)
    else:
        _compare(rows, given.replies)


def _sample(rows: list[Row], questions: int, each: int, seed: int) -> Iterator[Row]:
    chance = random.Random(seed)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["question_id"], []).append(row)
    for name in chance.sample(sorted(groups), min(questions, len(groups))):
        yield from chance.sample(groups[name], min(each, len(groups[name])))


def _ask(server: str, sample: list[Row], ways: list[str], kept: Path) -> None:
    done = {(reply["way"], reply["id"], reply["part"]) for reply in _read(kept)}
    with httpx2.Client(timeout=3_600, trust_env=False) as client, kept.open("a", encoding="utf-8") as out:
        for way in ways:
            for row in sample:
                for part, request in WAYS[way](row):
                    if (way, row["id"], part) in done:
                        continue
                    sent = {"temperature": 0, "logprobs": True, "top_logprobs": 12, "model": "any"} | request
                    response = client.post(f"{server}/chat/completions", json=sent).raise_for_status().json()
                    choice, usage = response["choices"][0], response["usage"]
                    content = choice["message"]["content"]
                    reply = {"way": way, "id": row["id"], "part": part, "content": content, "usage": usage}
                    reply["logprobs"] = choice.get("logprobs")
                    out.write(json.dumps(reply) + "\n")
                    out.flush()


def _chat(system: str, user: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _digit(row: Row) -> Iterator[tuple[int, Row]]:
    yield 0, {"messages": _chat(f"{_HOLISTIC}\n\nQuestion: {row['question']}", f"Answer: {row['answer']}"), "max_tokens": 2}


def _digit_reference(row: Row) -> Iterator[tuple[int, Row]]:
    system = f"{_HOLISTIC}\n\nQuestion: {row['question']}\n\nReference answer: {row['reference']}"
    yield 0, {"messages": _chat(system, f"Answer: {row['answer']}"), "max_tokens": 2}


def _each_point(row: Row) -> Iterator[tuple[int, Row]]:
    """One short call a point; the answer comes before the point, so that all its calls share a prefix."""
    system = f"{_POINT}\n\nQuestion: {row['question']}"
    for number, point in enumerate(derived_key_points(row["reference"])):
        yield number, {"messages": _chat(system, f"Answer: {row['answer']}\n\nPoint: {point.text}"), "max_tokens": 2}


def _ours(row: Row) -> Iterator[tuple[int, Row]]:
    yield 0, _shipped(row)


def _verdict_first(row: Row) -> Iterator[tuple[int, Row]]:
    request = _shipped(row)
    points = request["response_format"]["json_schema"]["schema"]["properties"]["points"]["properties"]
    for point in points.values():
        point["properties"] = dict(reversed(point["properties"].items()))
        point["required"] = list(point["properties"])
    for message in request["messages"]:
        for ours, other in _REWORDED.items():
            message["content"] = message["content"].replace(ours, other)
    yield 0, request


def _shipped(row: Row) -> Row:
    question = _question(row)
    schema = {"name": "judgement", "strict": True, "schema": reply_schema(len(question.key_points))}
    return {
        "messages": [dict(message) for message in grading_messages(question, segment(row["answer"]))],
        "response_format": {"type": "json_schema", "json_schema": schema},
        "max_tokens": 600,
        # What follows these fields cannot change them: with the feedback left out, a measurement takes half the time.
        "stop": ["strengths"],
    }


WAYS: dict[str, Callable[[Row], Iterator[tuple[int, Row]]]] = {
    "digit": _digit,
    "digit-reference": _digit_reference,
    "each-point": _each_point,
    "ours": _ours,
    "verdict-first": _verdict_first,
}


def _question(row: Row) -> Question:
    return Question.model_validate(
        {
            "number": None,
            "id": re.sub(r"[^a-z0-9]+", "-", row["question_id"].lower()).strip("-"),
            "topic": "measured",
            "level": "basic",
            "question": row["question"],
            "reference": row["reference"],
            "key_points": derived_key_points(row["reference"]),
        }
    )


def _read(kept: Path) -> list[Reply]:
    return [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()] if kept.exists() else []


def _compare(rows: dict[str, Row], kept: Path) -> None:
    columns: dict[str, dict[str, float]] = {}
    tokens: dict[str, list[int]] = {}
    for reply in _read(kept):
        for name, value in _values(reply, rows[reply["id"]]):
            column = columns.setdefault(f"{reply['way']}: {name}", {})
            column[reply["id"]] = column.get(reply["id"], 0.0) + value
        tokens.setdefault(reply["way"], []).append(reply["usage"]["completion_tokens"])
    for name, column in columns.items():
        ids = sorted(column)
        ours, people = np.array([column[i] for i in ids]), np.array([rows[i]["score"] for i in ids])
        found = agreement(ours, people, [rows[i]["question_id"] for i in ids], seed=1)[0]
        print(f"{name:<40} n {len(ids):>4}  Pearson {found.value:5.2f} [{found.low:5.2f}, {found.high:5.2f}]")
    for way, counts in tokens.items():
        print(f"{way:<24} {len(counts)} calls, {sum(counts) / len(counts):.0f} output tokens each")


def _values(reply: Reply, row: Row) -> Iterator[tuple[str, float]]:
    content = reply["content"].rstrip().removesuffix('"').rstrip()  # up to where it was stopped
    tokens = read_tokens(reply["logprobs"], content)
    if reply["way"].startswith("digit"):
        if found := re.search("[0-5]", content):
            yield "stated", int(found[0]) / 5
            if likely := choice_probabilities(tokens, found.start(), _DIGITS):
                yield "mean", sum(int(digit) * chance for digit, chance in likely.items()) / 5
    elif reply["way"] == "each-point":
        likely = choice_probabilities(tokens, 0, ("covered", "partial", "missing"))
        yield "mean", (likely.get("covered", 0.0) + likely.get("partial", 0.0) / 2) / len(derived_key_points(row["reference"]))
    else:
        question, answer = _question(row), segment(row["answer"])
        feedback = '"strengths": [], "improvements": [], "follow_up": ""}'
        try:
            judgement = read_judgement(content + feedback if content.endswith(",") else content, question, tokens)
        except InvalidReply:
            return
        result = score(judgement, *verify(judgement, question, answer), question, "llm")
        yield "overall, the model alone", result.overall / 100
        yield "overall", asyncio.run(_overall(judgement, question, answer)) / 100
        yield "coverage", result.coverage
        yield "level", judgement.level / 5


async def _overall(judgement: Judgement, question: Question, answer: Answer) -> int:
    """Return the shown score, which leans on the estimate where the model is not sure."""
    result = await grade_answer(_Replies(judgement), question, answer)
    assert result.score
    return result.score.overall


class _Replies(EmbeddedGrader):
    """Judges as the model did when its reply was kept."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(kind="llm", model="kept", prompt_version="-", estimate=False)

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        return self._judgement


if __name__ == "__main__":
    main()
