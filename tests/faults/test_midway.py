"""Stopped, killed or cut short in the middle, and clocks that jump: old or new, never half, and time stays sane."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.models import Review
from interviewer.practice.schedule import due, replay
from tests.conftest import Run, clean_environment
from tests.fakes import Sent, StubServer, completion, reply, serving
from tests.faults.conftest import ANSWER, MEMORY_LIMIT, Measure
from tests.faults.server import Misbehaving, http

POINTS = len(load_bank().find("3").key_points)
SILENCE = 600
"""Seconds for which a server says nothing."""
PROMPT = 90
"""Seconds in which a program ends that is told to, on a slow and busy machine too; by itself it would wait for two minutes."""
INTERVIEWER = (sys.executable, "-m", "interviewer")


@contextmanager
def batch_of_2000(home: Path, folder: Path, server: StubServer) -> Iterator["subprocess.Popen[str]"]:
    """A batch under way, one request at a time."""
    rows = [{"id": str(number), "question": 3, "answer": f"{ANSWER} {number}"} for number in range(2000)]
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ("batch", "answers.jsonl", "--output", "graded.jsonl", "--concurrency", "1")
    environment = clean_environment(home, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="x")
    child = subprocess.Popen([*INTERVIEWER, *command], env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_for(requests: int, server: StubServer) -> None:
    deadline = time.monotonic() + 60
    while len(server.requests) < requests:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_ctrl_c_in_a_batch_says_what_is_saved(home: Path, tmp_path: Path) -> None:
    with serving(reply({}, points=POINTS)) as server, batch_of_2000(home, tmp_path, server) as child:
        wait_for(40, server)
        child.send_signal(signal.SIGINT)
        err = child.communicate(timeout=PROMPT)[1]
    assert child.returncode == 130, err
    saved = re.search(r"(\d+) of 2000 saved", err)
    assert saved
    assert 3 <= int(saved[1]) < 2000
    assert (tmp_path / "graded.jsonl").read_bytes().count(b"\n") == int(saved[1])
    assert "go on: run the same command again" in err
    assert "Traceback" not in err


def test_ctrl_c_before_the_first_row_says_so(home: Path, tmp_path: Path) -> None:
    with serving(Sent(seconds=SILENCE)) as server, batch_of_2000(home, tmp_path, server) as child:
        wait_for(1, server)
        child.send_signal(signal.SIGINT)
        err = child.communicate(timeout=PROMPT)[1]
    assert child.returncode == 130, err
    assert "stopped before the first row was graded" in err
    assert "go on: run the same command again" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("grade", "--question", "3"),
        ("batch", "answers.jsonl", "--output", "graded.jsonl"),
        ("evaluate",),
        ("doctor",),
    ],
    ids=lambda arguments: str(arguments[0]),
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_being_stopped_four_times_in_a_row_ends_in_one_line(
    home: Path, tmp_path: Path, arguments: tuple[str, ...], number: signal.Signals
) -> None:
    rows = [{"id": str(row), "question": 3, "answer": f"{ANSWER} {row}"} for row in range(50)]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with StubServer(lambda *_: Sent(completion(reply({}, points=POINTS)), seconds=SILENCE)) as server:
        environment = clean_environment(home, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="x", INTERVIEWER_MODEL="stub")
        child = subprocess.Popen(
            [*INTERVIEWER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=tmp_path,
            text=True,
        )
        assert child.stdin is not None
        child.stdin.write(ANSWER)
        child.stdin.close()
        child.stdin = None
        wait_for(1, server)
        for _ in range(4):
            child.send_signal(number)
            time.sleep(0.05)
        _, err = child.communicate(timeout=PROMPT)
    assert child.returncode == 130, err
    assert re.search(r"^interviewer: .*(stopped|saved)", err, re.MULTILINE)
    assert not re.search("Traceback|Exception|Error|destroyed|never", err)


def test_doctor_says_each_thing_as_soon_as_it_knows_and_can_be_stopped(home: Path) -> None:
    with StubServer(lambda *_: Sent(seconds=SILENCE)) as server:
        environment = clean_environment(home, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="x", PYTHONUNBUFFERED="1")
        with subprocess.Popen([*INTERVIEWER, "doctor"], stdout=subprocess.PIPE, env=environment, text=True) as child:
            wait_for(1, server)  # the model is asked last, and does not answer
            child.send_signal(signal.SIGTERM)
            said, _ = child.communicate(timeout=PROMPT)
    assert "Embedded grader: works" in said
    assert "Endpoint: " in said
    assert "Model" not in said


def test_killed_in_mid_export_leaves_the_old_file_or_the_new_one(home: Path, tmp_path: Path) -> None:
    bank = tmp_path / "bank.jsonl"
    command = [*INTERVIEWER, "bank", "export", "--format", "jsonl", "--output", str(bank)]
    environment = clean_environment(home)
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    whole = time.monotonic() - began
    new = bank.read_text()
    for share in (0.5, 0.7, 0.8, 0.9, 0.95):
        bank.write_text("old")
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * share)
        child.kill()
        child.wait()
        assert bank.read_text() in {"old", new}


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-1), timedelta(0)])
def test_a_clock_that_jumps_back_keeps_the_schedule_sane(jump: timedelta) -> None:
    now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    moments = (now, now + jump, now + jump + timedelta(minutes=5))
    reviews = [Review(question="tea", kind="llm", overall=90, created=moment) for moment in moments]
    (tea,) = replay(reviews, "llm")
    assert moments[-1] < tea.due < now + timedelta(days=400)
    assert not due([tea], moments[-1].date())


def test_another_time_zone_tells_the_same_history(run: Run) -> None:
    done = run("practice", "--question", "3", "--grader", "embedded", stdin=f"{ANSWER}\n/done\n", TZ="Pacific/Kiritimati")
    assert done.code == 0, done.err
    history = json.loads(run("history", "--json", TZ="UTC").out)
    assert len(history) == 1
    for zone in ("Pacific/Pago_Pago", "Nowhere/Atall"):
        assert json.loads(run("history", "--json", TZ=zone).out) == history
        assert run("progress", TZ=zone).code == 0


def test_a_server_that_reads_only_the_beginning_is_named(watch: Run) -> None:
    body = completion(reply({}, points=POINTS)) | {"usage": {"prompt_tokens": 20, "completion_tokens": 5}}
    with Misbehaving({"": [[http(200, body)]]}) as server:
        seen = watch("grade", "--question", "3", OPENAI_BASE_URL=server.url)
    assert "read only 20 tokens: is its context too small?" in seen.err


def test_doctor_holds_one_grader_at_a_time(measure: Measure) -> None:
    with serving(reply({}, points=1)) as server:
        seen = measure("doctor", OPENAI_BASE_URL=server.url, INTERVIEWER_TIMEOUT="20")
    assert seen.code == 0, seen.all
    assert "Embedded grader: works" in seen.out
    assert "stub graded a probe" in seen.out
    assert seen.memory < MEMORY_LIMIT
