"""Grading on a Ray cluster. What needs no Ray is tested without it."""

import asyncio
import gc
import json
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank.bank import load_bank
from interviewer.ray import Grade
from tests.conftest import Run
from tests.fakes import reply, serving
from tests.unit.test_merge import write_answers

pytestmark = pytest.mark.slow


def columns(path: Path) -> dict[str, list[Any]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {"row": list(range(len(rows)))} | {name: [row[name] for row in rows] for name in rows[0]}


def test_a_batch_comes_back_as_the_lines_of_a_batch(tmp_path: Path, run: Run) -> None:
    answers, output = write_answers(tmp_path, 8), tmp_path / "graded.jsonl"
    run("batch", str(answers), "--output", str(output), "--grader", "embedded")
    graded = Grade(grader="embedded")(columns(answers))
    assert "".join(f"{line}\n" for line in graded["result"]) == output.read_text()
    assert graded["left"] == [False] * 8
    as_json = {"line": answers.read_bytes().splitlines(keepends=True)}
    assert Grade(grader="embedded")(as_json)["result"] == graded["result"]


def test_a_server_that_is_down_is_a_reason_for_each_row_and_ends_no_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERVIEWER_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("INTERVIEWER_TIMEOUT", "1")
    grade = Grade(grader="llm", model="stub")
    for _ in range(2):
        graded = grade({"id": list(range(30)), "question": [3] * 30, "answer": ["It memorises noise."] * 30})
        results = [json.loads(line) for line in graded["result"]]
        assert {one["status"] for one in results} == {"ungraded"}
        assert all("20 answers in a row could not be graded" in one["reason"] for one in results)
        assert all(graded["left"])


@pytest.mark.parametrize("in_a_cycle", [False, True])
def test_one_that_ends_while_another_event_loop_runs_is_closed(
    in_a_cycle: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERVIEWER_HOME", str(tmp_path))
    before, graders = set(threading.enumerate()), [Grade(grader="embedded")]
    if in_a_cycle:
        graders[0].__dict__["itself"] = graders[0]
    graders[0]({"id": ["a"], "question": [3], "answer": ["It memorises noise."]})

    async def drop() -> None:
        graders.clear()
        gc.collect()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        asyncio.run(drop())
        for thread in set(threading.enumerate()) - before:
            if thread.ident:  # one that has not begun cannot be waited for; it is that of the event loop's own end
                thread.join()
        gc.collect()
    assert not [one.message for one in seen if issubclass(one.category, ResourceWarning | RuntimeWarning)]


def test_each_answer_is_graded_as_often_as_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERVIEWER_HOME", str(tmp_path))
    with serving(reply({1: ([1], "covered")}, points=len(load_bank().find("3").key_points))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graded = Grade(grader="llm", model="stub", samples=3)({"id": ["a"], "question": [3], "answer": ["It memorises noise."]})
    (result,) = map(json.loads, graded["result"])
    assert result["usage"]["requests"] == 3
    assert {tuple(point["votes"]) for point in result["score"]["key_points"]} == {(3, 3)}


def test_a_setting_that_cannot_be_used_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERVIEWER_HOME", str(tmp_path))
    monkeypatch.setenv("INTERVIEWER_TIMEOUT", "soon")
    graded = Grade(grader="embedded")({"id": ["a"], "question": [3], "answer": ["It memorises noise."]})
    assert "the timeout is 'soon'" in json.loads(graded["result"][0])["reason"]


def test_without_ray_it_says_what_to_install(tmp_path: Path, run: Run) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ray'] = None\n")
    done = run("batch", "a.jsonl", "--output", "b.jsonl", "--engine", "ray", PYTHONPATH=str(tmp_path))
    assert done.code == 2
    assert done.err == "interviewer: --engine ray needs Ray\n  in the interviewer folder: pip install '.[ray]'\n"


@pytest.mark.parametrize(
    ("answers", "output", "step"),
    [
        ("answers.parquet", "graded.jsonl", "add --engine ray"),
        ("s3://bucket/answers.jsonl", "graded.jsonl", "add --engine ray"),
        ("answers.jsonl", "graded.parquet", "call it something.jsonl"),
    ],
)
def test_what_a_batch_does_not_read_or_write_is_refused(answers: str, output: str, step: str, run: Run, tmp_path: Path) -> None:
    done = run("batch", answers, "--output", output, "--grader", "embedded")
    assert done.code == 2
    assert step in done.err
    assert not (tmp_path / output).exists()


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_cluster_gives_the_same_file_as_one_process(tmp_path: Path, run: Run, suffix: str) -> None:
    pytest.importorskip("ray")
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    answers, output, on_ray = write_answers(tmp_path, 150), tmp_path / "graded.jsonl", tmp_path / "on-ray.jsonl"
    run("batch", str(answers), "--output", str(output), "--grader", "embedded")
    given = answers
    if suffix == "parquet":
        given = tmp_path / "answers.parquet"
        rows = [json.loads(line) for line in answers.read_text().splitlines()]
        parquet.write_table(arrow.Table.from_pylist(rows), given, row_group_size=70)
    lines = output.read_bytes().splitlines(keepends=True)
    on_ray.write_bytes(b"".join(lines[:40]))  # as a kill leaves it
    arguments = ("batch", str(given), "--output", str(on_ray), "--grader", "embedded", "--engine", "ray")
    done = run(*arguments, timeout=300)
    assert done.code == 3, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert on_ray.read_bytes() == output.read_bytes()
