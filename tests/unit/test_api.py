"""The library: what the documentation shows runs, and is what the command line does."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

import interviewer
from interviewer import InterviewerError, KeyPoint, Question, Score, Ungraded, agrade, grade, load_bank, open_grader
from tests.conftest import Run, clean_environment
from tests.fakes import Sent, StubServer, completion, reply, serving

ANSWER = "It memorises the noise of its training data."


@pytest.fixture(autouse=True)
def alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "INTERVIEWER_MODEL", "INTERVIEWER_GRADER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INTERVIEWER_HOME", str(home))


def test_the_documented_example_runs_and_has_at_most_ten_lines(home: Path) -> None:
    example = (interviewer.__doc__ or "").split("As a library:")[1]
    code = "\n".join(line.removeprefix("    ") for line in example.strip("\n").splitlines())
    assert len(code.strip().splitlines()) <= 10
    done = subprocess.run([sys.executable, "-c", code], env=clean_environment(home), capture_output=True, text=True, check=True)
    overall, band = done.stdout.split()[:2]
    assert 0 <= int(overall) <= 100
    assert band.isalpha()


def test_importing_it_loads_nothing_else() -> None:
    heavy = "{'pydantic', 'click', 'asyncio'}"
    code = f"import sys, interviewer; print([m for m in sys.modules if 'interviewer' in m or m in {heavy}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['interviewer']"


def test_every_public_name_is_there_and_described() -> None:
    for name in interviewer.__all__:
        assert getattr(interviewer, name).__doc__, name
        assert name in dir(interviewer)
    with pytest.raises(AttributeError):
        _ = interviewer.nonsense


FORKED = """
from multiprocessing import get_context
from interviewer import grade, load_bank

question = load_bank().find("3")

def score(answer):
    return grade(question, answer, grader="embedded").overall

if __name__ == "__main__":
    here = score("It memorises noise.")
    with get_context("fork").Pool(2) as pool:
        print(pool.map(score, ["It memorises noise."] * 3) == [here] * 3)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked here")
def test_a_process_that_is_forked_after_a_grade_can_grade_too(home: Path) -> None:
    environ = clean_environment(home, PYTHONWARNINGS="ignore")
    done = subprocess.run([sys.executable, "-c", FORKED], env=environ, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True\n"


def test_it_gives_the_score_that_the_command_gives(run: Run) -> None:
    printed = run("grade", "--question", "3", "--grader", "embedded", "--json", stdin=ANSWER)
    score = grade(load_bank().find("3"), ANSWER, grader="embedded")
    assert isinstance(score, Score)
    assert json.loads(score.model_dump_json()) == json.loads(printed.out)["score"]


def test_a_grader_that_does_not_exist_is_refused_in_a_sentence() -> None:
    with pytest.raises(InterviewerError, match="grader is 'magic'") as caught:
        grade(load_bank().find("3"), ANSWER, grader="magic")  # type: ignore[arg-type]  # as an untyped program would
    assert caught.value.next_step == "use auto, llm or embedded"


def test_a_failure_is_a_reason_and_not_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Sent({"error": {"message": "no"}}, status=401)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        result = grade(load_bank().find("3"), ANSWER, model="stub")
    assert isinstance(result, Ungraded)
    assert "rejected the key" in result.reason


def test_many_answers_share_a_grader(monkeypatch: pytest.MonkeyPatch) -> None:
    tea = Question(
        number=None,
        id="tea",
        topic="kitchen",
        level="basic",
        question="What is tea?",
        reference="Leaves in hot water.",
        key_points=(KeyPoint(id="leaves", text="Leaves are steeped in hot water.", weight=3),),
    )

    async def main() -> list[Score | Ungraded]:
        async with open_grader() as grader:
            return list(await asyncio.gather(*(agrade(tea, f"Leaves in water, take {n}.", grader=grader) for n in range(5))))

    with serving(reply({1: ([1], "covered")}, points=1)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("INTERVIEWER_MODEL", "stub")
        results = asyncio.run(main())
        assert len(server.requests) == 5
    assert [type(result) for result in results] == [Score] * 5


def test_the_documented_way_for_many_answers_is_concurrent_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once: list[int] = []
    running = 0
    lock, together = threading.Lock(), threading.Barrier(16)

    def behave(_: object, number: int) -> Sent:
        nonlocal running
        with lock:
            running += 1
            at_once.append(running)
        if number <= 16:
            together.wait(60)  # nobody is answered before sixteen have asked
        with lock:
            running -= 1
        return Sent(completion(reply({1: ([1], "covered")}, points=7)))

    example = (open_grader.__doc__ or "").split("kill:\n")[1].split("Args:")[0]
    body = textwrap.indent(textwrap.dedent(example), "    ")
    names: dict[str, Any] = {"question": load_bank().find("3"), "answers": [f"{ANSWER} Case {n}." for n in range(40)]}
    exec(f"async def main():\n{body}\n    return results", vars(interviewer) | {"asyncio": asyncio} | names, names)
    with StubServer(behave) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("INTERVIEWER_MODEL", "stub")
        results = asyncio.run(names["main"]())
    assert [type(result) for result in results] == [Score] * 40
    assert max(at_once) == 16


def test_one_answer_waits_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        monkeypatch.setenv("INTERVIEWER_TIMEOUT", "1")
        result = grade(load_bank().find("3"), ANSWER)
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()  # a second attempt would have had a second of its own
    assert isinstance(result, Ungraded)


def test_in_a_running_loop_it_says_what_to_use() -> None:
    async def notebook() -> None:
        grade(load_bank().find("3"), ANSWER)

    with pytest.raises(InterviewerError, match="event loop") as caught:
        asyncio.run(notebook())
    assert "agrade" in caught.value.next_step
