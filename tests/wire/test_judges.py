"""What the pipeline makes of a good judge, and of one that believes everything: both answer over HTTP."""

import asyncio
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from interviewer.bank.bank import Bank, load_bank
from interviewer.evaluate.behaviour_checks import cases, judge
from interviewer.grading.grade import grade_answer
from interviewer.grading.llm import LLMGrader
from interviewer.grading.messages import grading_messages
from interviewer.grading.segment import segment
from interviewer.models import Answer, Question
from interviewer.settings import load_settings
from tests.attacks import load_attacks
from tests.fakes import Sent, StubServer, completion, fake_context, reply

AT_ONCE = 8
KNOWS = {"expert": 0.95, "paraphrase": 0.9, "half": 0.45, "thin": 0.15, "waffle": 0.0, "unsure": 0.0, "off-topic": 0.0}
"""The share of the key points that a person finds in an answer of this style."""
LITTLE = 10
"""Points out of a hundred that a trick may gain."""
SLIPS = 0.1
"""How often the judge takes a verdict for its neighbour, and twice as often a level."""
TOLD = ("missing", "partial", "covered")


def strong(style: str, points: int, spans: int, chance: random.Random) -> str:
    """Reply as a good model would: mostly right, now and then off by one."""
    states = [2 if (i + 0.5) / points < KNOWS[style] else 0 for i in range(points)]
    if style == "thin":
        states[0] = 1
    states = [min(2, max(0, state + chance.choice((-1, 1)))) if chance.random() < SLIPS else state for state in states]
    level = round(5 * KNOWS[style]) + (chance.choice((-1, 1)) if chance.random() < 2 * SLIPS else 0)
    verdicts = {i + 1: ([1 + i * spans // points] if state else [], TOLD[state]) for i, state in enumerate(states)}
    good = min(3, round(3 * KNOWS[style]))
    return reply(verdicts, points, level=min(5, max(0, level)), depth=good, clarity=max(1, good))


def scores(home: Path, asked: Iterable[tuple[str, Question, Answer]], replies: Callable[[str], str]) -> dict[str, int]:
    """Grade answers with a judge behind a real server; `replies` gets the name that an answer was asked under."""
    asked = list(asked)
    names = {grading_messages(about, answer)[1]["content"]: name for name, about, answer in asked}

    def behave(request: dict[str, Any], _: int) -> Sent:
        return Sent(completion(replies(names[request["messages"][1]["content"]])))

    async def all_of_them(url: str) -> dict[str, int]:
        context = fake_context(home, OPENAI_BASE_URL=url, INTERVIEWER_MODEL="stub", INTERVIEWER_TIMEOUT="600")
        grader = LLMGrader(load_settings(context.environ, context.paths), context)
        free = asyncio.Semaphore(AT_ONCE)

        async def one(name: str, about: Question, answer: Answer) -> tuple[str, int]:
            async with free:
                result = await grade_answer(grader, about, answer)
            assert result.score is not None, result.reason
            return name, result.score.overall

        try:
            return dict(await asyncio.gather(*(one(*each) for each in asked)))
        finally:
            await grader.close()

    with StubServer(behave) as server:
        return asyncio.run(all_of_them(server.url))


def test_with_a_good_judge_better_answers_score_higher(home: Path) -> None:
    bank: Bank = load_bank()
    asked = {case.id: case for case in cases(bank) if case.style in KNOWS}
    answers = {name: segment(case.answer) for name, case in asked.items()}

    def replies(name: str) -> str:
        points = len(bank.find(asked[name].question).key_points)
        return strong(asked[name].style, points, len(answers[name].spans), random.Random(name))

    found = scores(home, ((name, bank.find(case.question), answers[name]) for name, case in asked.items()), replies)
    order, *_ = judge(found, {})
    assert order.of > 200
    assert order.share >= 0.95, f"{order.held} of {order.of}"


def test_a_judge_that_believes_everything_pays_out_for_few_tricks(home: Path) -> None:
    """It calls all covered wherever a trick is played, and points at the trick. What is left is the evidence in code."""
    bank = load_bank()
    thin = "Well, one looks at it, and then one sees."
    asked: dict[str, tuple[Question, Answer]] = {}
    for place, attack in enumerate(attack for attack in load_attacks() if not attack.bare):
        about = bank.questions[7 * place % len(bank.questions)]
        asked[attack.name] = (about, segment(attack.on(thin)))

    def replies(name: str) -> str:
        about, answer = asked[name]
        spans = [span.number for span in answer.spans if span.text not in thin][:3]
        return reply(dict.fromkeys(range(1, len(about.key_points) + 1), (spans, "covered")), len(about.key_points), level=5)

    found = scores(home, ((name, *each) for name, each in asked.items()), replies)
    paid = sorted(name for name, score in found.items() if score > LITTLE)
    assert len(paid) <= len(found) / 3, paid
