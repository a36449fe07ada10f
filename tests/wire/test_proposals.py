"""Key points that an LLM proposes: asked for once a question, whatever is graded, stopped or refused in between."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.bank.enrich import _read
from interviewer.batch.rows import read_results
from interviewer.cli.main import cli
from interviewer.context import Context
from interviewer.grading.grade import open_configured_grader
from interviewer.llm.json_reply import InvalidReply
from interviewer.models import Grading, Question, SessionOptions
from interviewer.practice.proposals import open_proposals
from interviewer.practice.session import SessionRunner
from interviewer.settings import Settings, load_settings
from interviewer.storage.store import Store, open_store
from tests.batches import Line, Provider, answered
from tests.conftest import Run, clean_environment
from tests.fakes import Sent, StubServer, completion, fake_context, question, reply

TEA = "Tea is steeped for minutes. The water boils before it is poured. The leaves are taken out at the end."
POINTS = [
    {"text": "Tea is steeped for some minutes.", "weight": 3, "paraphrases": ["You leave the leaves in for a while."]},
    {"text": "The water boils first.", "weight": 2, "paraphrases": ["Use water that bubbles."]},
]


def proposal(points: object = POINTS) -> str:
    return json.dumps({"key_points": points})


def name(body: dict[str, Any]) -> str:
    return str(body["response_format"]["json_schema"]["name"])


def judge(propose: Callable[[dict[str, Any]], Sent] = lambda _: Sent(completion(proposal()))) -> StubServer:
    """A server that proposes as told and calls the first point covered."""

    def behave(body: dict[str, Any], _: int) -> Sent:
        if name(body) == "proposal":
            return propose(body)
        if name(body) == "review":
            return Sent(completion(json.dumps({"spans": [2], "verdict": "covered", "reason": "It was said."})))
        assert name(body) == "judgement"
        points = len(body["response_format"]["json_schema"]["schema"]["properties"]["points"]["properties"])
        return Sent(completion(reply({1: ([1], "covered")}, points=points)))

    return StubServer(behave)


def asked(server: StubServer) -> Counter[str]:
    return Counter(name(body) for body in server.requests)


def rows(path: Path, count: int, questions: int, reference: str = TEA) -> None:
    path.write_text(
        "".join(
            json.dumps(
                {
                    "id": n,
                    "question": f"How is tea {n % questions} made?",
                    "reference": reference,
                    "answer": "It is steeped long.",
                }
            )
            + "\n"
            for n in range(count)
        )
    )


def batch(server: StubServer) -> tuple[tuple[str, ...], dict[str, str]]:
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--price", "1,1")
    return command, {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}


def bases(path: Path) -> Counter[str]:
    return Counter(row["score"]["basis"] if row["score"] else row["reason"] for row in read_results(path))


def test_a_batch_asks_once_a_question_and_counts_what_it_costs(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 30, questions=3)
    with judge() as server:
        command, environ = batch(server)
        done = run(*command, **environ)
        assert done.code == 0, done.err
    assert asked(server) == {"proposal": 3, "judgement": 30}
    results = list(read_results(tmp_path / "out.jsonl"))
    assert bases(tmp_path / "out.jsonl") == {"proposed": 30}
    assert {tuple(point["text"] for point in row["score"]["key_points"]) for row in results} == {
        ("Tea is steeped for some minutes.", "The water boils first.")
    }
    assert sum(row["usage"]["prompt_tokens"] for row in results) == 33 * 700


def test_evaluate_measures_with_the_same_points_as_a_batch(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 4, questions=2)
    answers = [json.loads(line) for line in (tmp_path / "in.jsonl").read_text().splitlines()]

    def asked_by(*options: str, **labels: object) -> Counter[str]:
        (tmp_path / "people.jsonl").write_text("".join(json.dumps(answer | labels) + "\n" for answer in answers))
        with judge() as server:
            done = run("evaluate", "people.jsonl", *options, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert done.code == 0, done.err
        return asked(server)

    assert asked_by("--no-propose", score=0.5) == {"judgement": 4}
    assert asked_by(score=0.5) == {"proposal": 2, "judgement": 4}
    assert asked_by(score=0.5) == {}
    assert asked_by(verdicts=["covered", "missing", "missing"], low=30, high=50) == {}, "these are on the reference's sentences"


def test_no_propose_keeps_to_the_reference_and_is_another_scale(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 4, questions=2)
    with judge() as server:
        command, environ = batch(server)
        assert run(*command, "--no-propose", **environ).code == 0
        assert asked(server) == {"judgement": 4}
        rows(tmp_path / "in.jsonl", 6, questions=2)  # more answers came
        refused = run(*command, **environ)
        assert (refused.code, "another way to grade" in refused.err) == (2, True)
        assert run(*command, "--no-propose", **environ).code == 0
        assert asked(server) == {"judgement": 6}
        assert bases(tmp_path / "out.jsonl") == {"reference": 6}
        (tmp_path / "out.jsonl").unlink()
        assert run(*command, **environ).code == 0
        assert run(*command, "--no-propose", **environ).code == 2


def test_a_reference_of_one_or_two_statements_is_graded_against_as_it_stands(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 3, questions=1, reference="The water boils first. Then it is steeped for minutes.")
    with judge() as server:
        command, environ = batch(server)
        assert run(*command, "--dry-run", **environ).out == run(*command, "--dry-run", "--no-propose", **environ).out
        assert run(*command, **environ).code == 0
        rows(tmp_path / "in.jsonl", 6, questions=1, reference="The water boils first. Then it is steeped for minutes.")
        assert run(*command, "--no-propose", **environ).code == 0
    assert asked(server) == {"judgement": 6}
    assert bases(tmp_path / "out.jsonl") == {"reference": 6}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is not known here")
def test_a_batch_that_was_killed_goes_on_with_the_same_points_and_asks_for_none_again(
    run: Run, tmp_path: Path, home: Path
) -> None:
    rows(tmp_path / "in.jsonl", 30, questions=3)
    with judge() as server:
        command, environ = batch(server)
        killed = subprocess.Popen(
            [sys.executable, "-m", "interviewer", *command, "--concurrency", "2"],
            cwd=tmp_path,
            env=clean_environment(home, **environ),
            stderr=subprocess.DEVNULL,
        )
        behave = server.behave

        def kill_half_way(body: dict[str, Any], number: int) -> Sent:
            if number == 18:
                os.kill(killed.pid, signal.SIGKILL)
            return behave(body, number)

        server.behave = kill_half_way
        killed.wait(60)
        assert 0 < sum(1 for _ in read_results(tmp_path / "out.jsonl")) < 30
        server.behave = behave
        done = run(*command, **environ)
        assert done.code == 0, done.err
    assert asked(server)["proposal"] == 3
    assert bases(tmp_path / "out.jsonl") == {"proposed": 30}


def test_a_changed_reference_and_another_model_ask_again(run: Run, tmp_path: Path) -> None:
    with judge() as server:
        command, environ = batch(server)
        for expected, model, reference in (
            (1, "stub", TEA),
            (2, "stub", f"{TEA} It is hot."),
            (3, "stub-2", TEA),
            (3, "stub", TEA),
        ):
            rows(tmp_path / "in.jsonl", 2, questions=1, reference=reference)
            (tmp_path / "out.jsonl").unlink(missing_ok=True)
            server.behave = _as(server.behave, model)
            done = run(*command, **environ | {"INTERVIEWER_MODEL": model})
            assert done.code == 0, done.err
            assert asked(server)["proposal"] == expected


def _as(behave: Callable[[dict[str, Any], int], Sent], model: str) -> Callable[[dict[str, Any], int], Sent]:
    def named(body: dict[str, Any], number: int) -> Sent:
        sent = behave(body, number)
        return Sent(sent.body | {"model": model})

    return named


REFUSED = {
    "not JSON": Sent(completion("I cannot do that.")),
    "refused": Sent(completion(None, refusal="I will not.")),
    "an error": Sent({"error": {"message": "proposals are not allowed here", "code": "forbidden"}}, status=403),
    "foreign points": Sent(completion(proposal([{"text": "Coffee beans are roasted.", "weight": 3, "paraphrases": ["x y"]}]))),
    "no must-have": Sent(completion(proposal([POINTS[1]]))),
    "a weight of 9": Sent(completion(proposal([{**POINTS[0], "weight": 9}]))),
    "none": Sent(completion(proposal([]))),
    "too many": Sent(completion(proposal([{**POINTS[0], "text": f"Tea is steeped {n} minutes."} for n in range(10)]))),
}


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED)
def test_without_a_usable_proposal_the_points_of_the_reference_count_and_it_is_said_once(
    run: Run, tmp_path: Path, refusal: Sent
) -> None:
    rows(tmp_path / "in.jsonl", 6, questions=2)
    with judge(lambda _: refusal) as server:
        command, environ = batch(server)
        done = run(*command, **environ)
        assert done.code == 0, done.err
        before = asked(server)["proposal"]
        assert before <= 4  # a repair each
        assert run(*command, **environ).code == 0
        assert asked(server)["proposal"] == before
    assert bases(tmp_path / "out.jsonl") == {"reference": 6}
    assert done.err.count("No key points could be proposed") == 1


def test_a_batch_that_began_without_points_does_not_go_on_with_some(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 3, questions=1)
    with judge(lambda _: REFUSED["not JSON"]) as server:
        command, environ = batch(server)
        assert run(*command, **environ).code == 0
    rows(tmp_path / "in.jsonl", 6, questions=1)  # more answers came
    with judge() as server:
        command, environ = batch(server)
        done = run(*command, **environ)
        assert done.code == 0, done.err
        assert asked(server) == {"judgement": 3}
        assert bases(tmp_path / "out.jsonl") == {"reference": 6}
        (tmp_path / "out.jsonl").unlink()
        assert run(*command, **environ).code == 0  # a new batch may ask again
    assert bases(tmp_path / "out.jsonl") == {"proposed": 6}


def test_practice_and_grade_use_what_was_proposed_before(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(f"1. **How is tea made?**\n\n{TEA}\n")
    with judge() as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}
        imported = run("bank", "import", "mine.md", **environ)
        assert "interviewer bank enrich mine" in imported.out
        graded = run("grade", "--bank", "mine", "--question", "1", "--json", stdin="It is steeped long.", **environ)
        score = json.loads(graded.out)["score"]
        assert (score["basis"], len(score["key_points"])) == ("proposed", 2)
        practised = run("practice", "--bank", "mine", "--question", "1", stdin="It is steeped long.\n/done\n", **environ)
        assert "an LLM proposed" in practised.out
        assert run("regrade", "--again", **environ).code == 0
        assert asked(server)["proposal"] == 1
        derived = run(
            "grade", "--bank", "mine", "--question", "1", "--no-propose", "--json", stdin="It is steeped long.", **environ
        )
        assert json.loads(derived.out)["score"]["basis"] == "reference"
    estimate = run("grade", "--bank", "mine", "--question", "1", "--grader", "embedded", "--json", stdin="It is steeped long.")
    assert json.loads(estimate.out)["score"]["basis"] == "reference"
    assert "bank enrich" not in run("bank", "import", "mine.md", "--force").out


def test_a_limit_of_dollars_counts_proposals(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 12, questions=12)
    with judge() as server:
        command, environ = batch(server)
        done = run(*command, "--max-cost", "0.005", "--concurrency", "1", **environ)
        assert "limit of $0.01 is reached" in done.err or "limit of $0.00 is reached" in done.err
        spent = len(server.requests) * 790 / 1_000_000
        assert spent < 0.005 + 2 * 790 / 1_000_000
        estimated = run(*command, "--dry-run", **environ).out
        assert run(*command, "--dry-run", "--no-propose", **environ).out != estimated


def bare() -> Question:
    return question(key_points=(), follow_ups=(), reference=TEA)


def at(server: StubServer, home: Path) -> tuple[Context, Settings, Store]:
    context = fake_context(home, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    return context, load_settings(context.environ, context.paths), open_store(context.paths.database)


def test_points_are_proposed_while_the_person_answers_and_many_answers_wait_for_one_request(home: Path) -> None:
    proposed = threading.Event()

    def propose(_: dict[str, Any]) -> Sent:
        proposed.set()
        return Sent(completion(proposal()))

    async def practise(context: Context, settings: Settings, store: Store) -> list[Grading | None]:
        session = store.add_session(SessionOptions(), [bare()], context.now())
        async with open_configured_grader(settings, context) as grader:
            runner = SessionRunner(context, store, session, (bare(),), grader, open_proposals(store, context, settings, print))
            runner.prepare(bare())
            assert await asyncio.to_thread(proposed.wait, 30)
            attempts = [await runner.save_answer(bare(), f"It is steeped {n} minutes.", None) for n in range(3)]
            graded = [attempt.grading for attempt in await asyncio.gather(*map(runner.grade, attempts))]
            disputed = await runner.dispute(
                attempts[0].model_copy(update={"grading": graded[0]}), "the-water-boils-first", "The water bubbles first."
            )
            assert disputed.disputes
            await runner.close()
        return graded

    with judge(propose) as server:
        graded = asyncio.run(practise(*at(server, home)))
    assert asked(server)["proposal"] == 1
    assert name(server.requests[0]) == "proposal"
    assert {one.score.basis for one in graded if one and one.score} == {"proposed"}
    assert sorted(one.usage.requests for one in graded if one and one.usage) == [1, 1, 2]


def test_a_batch_of_the_provider_asks_before_it_is_sent(home: Path, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 9, questions=3)
    bodies: Counter[str] = Counter()

    def answer(body: dict[str, Any], _: int) -> Line:
        bodies[name(body)] += 1
        return answered(completion(proposal() if name(body) == "proposal" else reply({1: ([1], "covered")}, points=2)))

    with Provider(answer) as provider:
        context = fake_context(home, OPENAI_BASE_URL=provider.url, INTERVIEWER_MODEL="stub", OPENAI_API_KEY="sk-x")
        command = ["batch", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl"), "--openai-batch"]
        assert cli.main(command, obj=context, standalone_mode=False) in {None, 0}
    assert bodies == {"proposal": 3, "judgement": 3}  # equal requests are sent once
    assert bases(tmp_path / "out.jsonl") == {"proposed": 9}


def test_a_place_that_keeps_nothing_costs_no_grade(run: Run, tmp_path: Path, home: Path) -> None:
    rows(tmp_path / "in.jsonl", 3, questions=1)
    home.mkdir()
    (home / "interviewer.db").write_text("precious, and no database")
    with judge() as server:
        command, environ = batch(server)
        done = run(*command, **environ)
    assert done.code == 0, done.err
    assert "no key points are proposed" in done.err
    assert bases(tmp_path / "out.jsonl") == {"reference": 3}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_is_proposed_is_points_that_rest_on_the_reference_or_refused(points: object) -> None:
    for content in (json.dumps({"key_points": points}), json.dumps(points)):
        with contextlib.suppress(InvalidReply):
            assert _read(content, bare(), ("key_points",)).key_points


@pytest.mark.parametrize(
    ("reference", "text", "rests"),
    [
        ("过拟合是指模型学习了噪声。", "模型学习噪声", True),
        ("过拟合是指模型学习了噪声。", "茶要泡三分钟", False),
        ("Модель запоминает шум.", "Запоминает шум", True),
        ("Модель запоминает шум.", "Чай заваривают", False),
        ("Das Modell lernt das Rauschen.", "Es lernt Rauschen auswendig", True),
    ],
)
def test_a_point_rests_on_the_reference_in_any_language(reference: str, text: str, rests: bool) -> None:
    asked_about = question(key_points=(), follow_ups=(), reference=reference)
    content = proposal([{"text": text, "weight": 3, "paraphrases": ["x"]}])
    if rests:
        assert [point.text for point in _read(content, asked_about, ("key_points",)).key_points] == [text]
    else:
        with pytest.raises(InvalidReply):
            _read(content, asked_about, ("key_points",))
