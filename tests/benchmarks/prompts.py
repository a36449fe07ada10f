"""How well does a judge grade behind a prompt, and which total of its findings agrees best with people? Not a test: it takes
a judge (a server, or one that is reached by file), a labelled set, and time.

    python tests/benchmarks/prompts.py requests SET.jsonl REQUESTS.jsonl [--points POINTS.jsonl] [--way examples]
    python tests/benchmarks/prompts.py ask http://127.0.0.1:8092/v1 REQUESTS.jsonl REPLIES.jsonl
    python tests/benchmarks/prompts.py compare SET.jsonl REQUESTS.jsonl REPLIES.jsonl

A row of SET is {"id", "question_id", "question", "reference", "answer"} with people's "score" (0 to 1); or {"id", "question": a
number in POINTS, "kind", "answer"} with a gold verdict for each key point ("verdicts") and a fair band ("low", "high", to 100).
REQUESTS keeps the question as it was asked, so replies can be compared again after the code has changed. A row of REPLIES is
{"key", "reply": the JSON object}, or {"key", "content", "logprobs"} as `ask` writes it; a stopped run goes on.
"""

import argparse
import asyncio
import hashlib
import itertools
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import yaml

from interviewer.bank.points import with_key_points
from interviewer.evaluate.metrics import bias, calibrated, correlation, pearson
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.llm_reply import read_judgement, reply_schema
from interviewer.grading.messages import grading_messages
from interviewer.grading.segment import segment
from interviewer.llm.completion import read_logprobs
from interviewer.llm.json_reply import InvalidReply
from interviewer.models import Answer, GraderInfo, Judgement, Question, Score
from interviewer.resources import resource
from interviewer.text.slug import slug

Row = dict[str, Any]
_MARGIN = 5
"""Points by which a total may leave its fair band."""
_CLEARLY = 0.25
"""What sets two of people's grades clearly apart, 0 to 1."""


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    sampling = commands.add_parser("requests")
    sampling.add_argument("set", type=Path)
    sampling.add_argument("requests", type=Path)
    sampling.add_argument("--points", type=Path, help="questions with key points, by number")
    sampling.add_argument("--questions", type=int, default=25)
    sampling.add_argument("--per-question", type=int, default=4)
    sampling.add_argument("--seed", type=int, default=1)
    sampling.add_argument("--only-with-examples", action="store_true", help="questions that --way examples could ask about")
    sampling.add_argument("--way", choices=WAYS, default="shipped")
    asking = commands.add_parser("ask")
    asking.add_argument("server")
    comparing = commands.add_parser("compare")
    comparing.add_argument("set", type=Path)
    for command in (asking, comparing):
        command.add_argument("requests", type=Path)
        command.add_argument("replies", type=Path)
    given = parser.parse_args()
    if given.command == "requests":
        known = {row["number"]: Question.model_validate_json(json.dumps(_full(row))) for row in _rows(given.points)}
        rows = [(row, with_key_points(known.get(row["question"]) or _question(row))) for row in _rows(given.set)]
        if given.only_with_examples:
            rows = [(row, question) for row, question in rows if question.id in _examples()]
        sample = _sample(rows, given.questions, given.per_question, given.seed)
        requests = {request["key"]: request for row, question in sample for request in [_request(row, question, given.way)]}
        given.requests.write_text("".join(json.dumps(request) + "\n" for request in requests.values()), encoding="utf-8")
        print(f"{len(requests)} requests about {len({request['question']['id'] for request in requests.values()})} questions")
    elif given.command == "ask":
        _ask(given.server, _rows(given.requests), given.replies)
    else:
        _compare({row["id"]: row for row in _rows(given.set)}, _rows(given.requests), _rows(given.replies))


def _rows(path: Path | None) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path and path.exists() else []


def _full(row: Row) -> Row:
    return {"topic": "measured", "level": "basic"} | row


def _question(row: Row) -> Question:
    fields = {"number": None, "id": slug(row["question_id"]), "question": row["question"], "reference": row["reference"]}
    return Question.model_validate(_full(fields))


def _sample(rows: list[tuple[Row, Question]], questions: int, each: int, seed: int) -> Iterator[tuple[Row, Question]]:
    """Yield a sample drawn by question, so that a server's prefix cache helps."""
    chance = random.Random(seed)
    groups: dict[str, list[tuple[Row, Question]]] = {}
    for row, question in rows:
        groups.setdefault(question.id, []).append((row, question))
    for name in chance.sample(sorted(groups), min(questions, len(groups))):
        yield from chance.sample(groups[name], min(each, len(groups[name])))


def _request(row: Row, question: Question, way: str) -> Row:
    messages = WAYS[way](question, segment(row["answer"]))
    # The mark around an answer depends on its question's id: without it a key outlasts a change of ids.
    mark = messages[-1]["content"].partition("<<<")[2].split()[0]
    texts = [message["content"].replace(mark, "MARK") for message in messages]
    key = hashlib.sha1("\n".join(texts).encode(), usedforsecurity=False).hexdigest()[:16]
    asked = {"id": row["id"], "question": question.model_dump(mode="json")}
    return {"key": key, "messages": texts, "schema": reply_schema(len(question.key_points)), **asked}


def _shipped(question: Question, answer: Answer) -> list[dict[str, str]]:
    return [{"role": message["role"], "content": message["content"]} for message in grading_messages(question, answer)]


def _with_examples(question: Question, answer: Answer) -> list[dict[str, str]]:
    """The shipped prompt with a top and a middle answer to the same question and what they are worth."""
    system, user = _shipped(question, answer)
    top, middle = _examples()[question.id]
    graded = f"GRADED EXAMPLES\nLevel 5, overall 95: {top}\nLevel 2, overall 45: {middle}\n\nKEY POINTS"
    return [system | {"content": system["content"].replace("KEY POINTS", graded, 1)}, user]


@lru_cache
def _examples() -> dict[str, tuple[str, str]]:
    """Return a top and a middle answer by question, from the built-in answers of known rank."""
    built_in = yaml.safe_load(resource("data", "checks", "answers.yaml").read_text(encoding="utf-8"))
    return {each["question"]: (each["expert"], each["half"]) for each in built_in}


WAYS: dict[str, Callable[[Question, Answer], list[dict[str, str]]]] = {"shipped": _shipped, "examples": _with_examples}


def _ask(server: str, requests: list[Row], kept: Path) -> None:
    done = {reply["key"] for reply in _rows(kept)}
    with httpx2.Client(timeout=3_600, trust_env=False) as client, kept.open("a", encoding="utf-8") as out:
        for request in requests:
            if request["key"] in done:
                continue
            system, user = request["messages"]
            schema = {"name": "judgement", "strict": True, "schema": request["schema"]}
            body = {
                "model": "any",
                "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
                "response_format": {"type": "json_schema", "json_schema": schema},
                "max_tokens": 1_200,
                "temperature": 0,
                "logprobs": True,
                "top_logprobs": 12,
            }
            response = client.post(f"{server}/chat/completions", json=body).raise_for_status().json()
            (choice,) = response["choices"]
            reply = {"key": request["key"], "content": choice["message"]["content"], "logprobs": choice.get("logprobs")}
            out.write(json.dumps(reply) + "\n")
            out.flush()


@dataclass(frozen=True)
class Graded:
    """One reply, verified: what any form of the total can be made of."""

    row: Row
    group: str
    judgement: Judgement
    score: Score

    @property
    def evidence(self) -> float:
        return self.score.coverage * self.score.accuracy

    @property
    def level(self) -> float:
        return (self.judgement.level or 0.0) / 5

    @property
    def own(self) -> float:
        """The judge's own number, 0 to 1; its level where it gives none."""
        return self.level if self.judgement.own is None else self.judgement.own

    @property
    def wanted(self) -> float:
        return float(self.row["score"]) if "score" in self.row else (self.row["low"] + self.row["high"]) / 200

    @property
    def band(self) -> tuple[float, float] | None:
        return (self.row["low"], self.row["high"]) if "low" in self.row else None


class _Replies(EmbeddedGrader):
    """Judges as the model did when its reply was kept."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(kind="llm", model="kept", prompt_version="-", estimate=False)

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        return self._judgement


Form = Callable[[Graded], float]
FORMS: dict[str, Form] = {
    "as shown": lambda one: one.score.overall / 100,
    "level": lambda one: one.level,
    "the judge's own number": lambda one: one.own,
    "coverage": lambda one: one.score.coverage,
    "coverage x accuracy": lambda one: one.evidence,
    "mean of own and level": lambda one: (one.own + one.level) / 2,
    "mean of own and coverage x accuracy": lambda one: (one.own + one.evidence) / 2,
    "geometric mean of own and coverage x accuracy": lambda one: (one.own * one.evidence) ** 0.5,
    "0.7 level + 0.2 coverage + 0.1 accuracy": lambda one: (
        0.7 * one.level + 0.2 * one.score.coverage + 0.1 * one.score.accuracy
    ),
}


def _mixes() -> Iterator[tuple[str, Form]]:
    """Yield additive and multiplicative mixes of own number, level and evidence, in steps of a fifth."""
    for own, level in itertools.product(range(6), repeat=2):
        if own + level <= 5:
            a, b, c = own / 5, level / 5, (5 - own - level) / 5
            name = f"{a:.1f} own, {b:.1f} level, {c:.1f} evidence"
            yield f"{name}, added", partial(_added, (a, b, c))
            yield f"{name}, multiplied", partial(_multiplied, (a, b, c))


def _added(weights: tuple[float, float, float], one: Graded) -> float:
    return sum(weight * part for weight, part in zip(weights, (one.own, one.level, one.evidence), strict=True))


def _multiplied(weights: tuple[float, float, float], one: Graded) -> float:
    return math.prod(math.pow(part, weight) for weight, part in zip(weights, (one.own, one.level, one.evidence), strict=True))


def _compare(rows: dict[str, Row], requests: list[Row], replies: list[Row]) -> None:
    asked = {request["key"]: request for request in requests}
    first: dict[str, Row] = {}
    for reply in replies:
        first.setdefault(reply["key"], reply)
    graded = [one for key, reply in first.items() if key in asked for one in _graded(asked[key], rows, reply)]
    print(f"{len(graded)} usable replies to {len(asked)} requests, {len({one.group for one in graded})} questions")
    print(f"people's mean {np.mean([one.wanted for one in graded]):.3f}")
    _verdicts([one for one in graded if one.row.get("points") == [point.id for point in one.score.key_points]])
    print(f"{'form':<52}{'r':>6}{'interval':>15}{'bias':>7}{'MAE':>6}{'band':>6}{'order':>7}   calibrated: r, bias")
    for name, form in FORMS.items():
        print(_line(name, form, graded))
    best = sorted(_mixes(), key=lambda named: -_fit(named[1], graded))[:5]
    for name, form in best:
        print(_line(name, form, graded))


def _graded(request: Row, rows: dict[str, Row], reply: Row) -> Iterator[Graded]:
    content = reply.get("content") or json.dumps(reply["reply"])
    question = Question.model_validate_json(json.dumps(request["question"]))
    try:
        judgement = read_judgement(content, question, read_logprobs(reply.get("logprobs"), content))
    except InvalidReply as error:
        print(f"{request['id']}: {error}")
        return
    row = rows[request["id"]]
    if row.get("points") != [point.id for point in question.key_points]:  # derived: nobody wrote them
        question = question.model_copy(update={"proposed": ("key_points",)})
    result = asyncio.run(grade_answer(_Replies(judgement), question, segment(row["answer"])))
    assert result.score, result
    yield Graded(row, question.id, judgement, result.score)


def _columns(form: Form, graded: Sequence[Graded]) -> tuple[Any, Any, list[str]]:
    ours, wanted = np.array([form(one) for one in graded]), np.array([one.wanted for one in graded])
    return ours, wanted, [one.group for one in graded]


def _fit(form: Form, graded: Sequence[Graded]) -> float:
    ours, wanted, _ = _columns(form, graded)
    return pearson(ours, wanted)


def _line(name: str, form: Form, graded: Sequence[Graded]) -> str:
    ours, wanted, groups = _columns(form, graded)
    found, fitted = correlation(ours, wanted, groups, seed=1), calibrated(ours, wanted, groups)
    inside = [
        one.band[0] - _MARGIN <= 100 * x <= one.band[1] + _MARGIN for one, x in zip(graded, ours, strict=True) if one.band
    ]
    order = [
        a > b
        for (one, a), (other, b) in itertools.permutations(zip(graded, ours, strict=True), 2)
        if one.group == other.group and _better(one, other)
    ]
    return (
        f"{name:<52}{found.value:6.3f} {found.low:6.2f} to {found.high:4.2f}{bias(ours, wanted):+7.3f}"
        f"{np.abs(ours - wanted).mean():6.3f}{f'{np.mean(inside):.0%}' if inside else '–':>6}"
        f"{f'{np.mean(order):.3f}' if order else '–':>7}   {pearson(fitted, wanted):.3f}, {bias(fitted, wanted):+.3f}"
    )


def _better(one: Graded, other: Graded) -> bool:
    """Tell whether an answer is clearly better than another: by people's grades, or by bands that do not touch."""
    if one.band and other.band:
        return one.band[0] > other.band[1]
    return one.wanted - other.wanted >= _CLEARLY


def _verdicts(graded: Sequence[Graded]) -> None:
    """Print how the verified verdicts agree with the gold ones, those of doubt apart, and the totals by kind of answer."""
    pairs = [(gold, point) for one in graded for gold, point in zip(one.row["verdicts"], one.score.key_points, strict=True)]
    if not pairs:
        return
    gold, ours = [gold for gold, _ in pairs], [point.verdict for _, point in pairs]
    agreed = np.mean([a == b for a, b in zip(gold, ours, strict=True)])
    chance = sum(gold.count(name) * ours.count(name) for name in set(gold)) / len(gold) ** 2
    not_said = [point.verdict == "covered" for gold, point in pairs if gold in {"missing", "contradicted"}]
    said = [point.verdict in {"missing", "contradicted"} for gold, point in pairs if gold == "covered"]
    print(
        f"{len(pairs)} verdicts: {agreed:.1%} as gold, kappa {(agreed - chance) / (1 - chance):.3f}, "
        f"false credit {np.mean(not_said):.1%}, said but missing {np.mean(said):.1%}, "
        f"credits without evidence {np.mean([point.rejected is not None for _, point in pairs]):.1%}"
    )
    for doubted in (True, False):
        wrong = [point.verdict != gold for gold, point in pairs if point.unsure == doubted]
        print(f"  {'not sure' if doubted else 'sure'}: {len(wrong)}, wrong {np.mean(wrong) if wrong else 0:.1%}")
    for kind in dict.fromkeys(one.row["kind"] for one in graded):
        own = [one for one in graded if one.row["kind"] == kind]
        means = [np.mean([100 * form(one) for one in own]) for form in (lambda one: one.wanted, *list(FORMS.values())[:3])]
        print(f"  {kind:<18} wanted {means[0]:3.0f}, shown {means[1]:3.0f}, level {means[2]:3.0f}, own {means[3]:3.0f}")


if __name__ == "__main__":
    main()
