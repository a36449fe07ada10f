"""Rows in, rows out: in order, each exactly once, whatever happens on the way."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank.bank import load_bank
from interviewer.batch.rows import read_results, read_rows
from interviewer.batch.writer import ResultWriter
from interviewer.errors import InputError
from tests.conftest import Run, clean_environment
from tests.fakes import Sent, StubServer, completion, reply, serving

ANSWER = "It memorises noise in the training data and does badly on new data."


def rows(path: Path, count: int, **changes: object) -> Path:
    path.write_text(
        "".join(json.dumps({"id": f"r{n}", "question": 3, "answer": ANSWER} | changes) + "\n" for n in range(count))
    )
    return path


def ids(path: Path) -> list[object]:
    return [row["id"] for row in read_results(path)]


def line(index: int) -> str:
    row = {"id": index, "row_hash": f"{index:016x}", "question_id": "overfitting", "status": "graded", "score": {}}
    return json.dumps(row, separators=(",", ":"))


def test_a_row_has_up_to_a_million_bytes_and_a_longer_one_stops_no_other(tmp_path: Path) -> None:
    def padded(size: int) -> str:
        row = json.dumps({"id": "r", "question": 3, "answer": ANSWER, "pad": ""})
        return f"{row[:-2]}{'x' * (size - len(row) - 1)}{row[-2:]}\n"

    (tmp_path / "rows.jsonl").write_text(f"{padded(1_000_000)}\n{padded(1_000_001)}{padded(3_000_000)}{padded(200)}")
    too_long = "the row is longer than 1,000,000 bytes"
    assert [row.reason for row in read_rows(tmp_path / "rows.jsonl", load_bank())] == ["", too_long, too_long, ""]


def test_results_come_in_order_and_a_torn_line_is_graded_again(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    writer = ResultWriter(output)
    order = list(range(50))
    random.Random(4).shuffle(order)
    for index in order:
        writer.add(index, line(index))
    writer.close()
    assert ids(output) == list(range(50))
    assert list(tmp_path.iterdir()) == [output]
    with output.open("ab") as file:
        file.write(line(50)[:80].encode())
    again = ResultWriter(output)
    assert again.done(49)
    assert not again.done(50)
    again.add(50, line(50))
    again.close()
    assert ids(output) == list(range(51))


def test_an_answer_in_a_batch_scores_what_it_scores_alone(run: Run, tmp_path: Path) -> None:
    answers = [ANSWER, f"{ANSWER} Dropout, weight decay and more data help against it.", "I do not know."]
    lines = [json.dumps({"id": n, "question": 3, "answer": answer}) for n, answer in enumerate(answers)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    assert run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded").code == 0
    alone = [json.loads(run("grade", "--question", "3", "--json", "--grader", "embedded", stdin=said).out) for said in answers]
    assert [row["score"] for row in read_results(tmp_path / "out.jsonl")] == [result["score"] for result in alone]


def test_estimates_are_summed_up_as_a_range_and_in_no_band(run: Run, tmp_path: Path) -> None:
    answers = [ANSWER, f"{ANSWER} Dropout, weight decay and more data help against it."]
    lines = [json.dumps({"id": n, "question": 3, "answer": answer}) for n, answer in enumerate(answers)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    told = run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded").err
    scores = [row["score"] for row in read_results(tmp_path / "out.jsonl")]
    low, high = (sum(score[end] for score in scores) / 2 for end in ("low", "high"))
    assert f"  2 estimates, unconfirmed, mean {low:.0f}–{high:.0f}\n" in told
    assert not any(score["band"] in told for score in scores)


def test_a_result_is_named_as_its_row_is(run: Run, tmp_path: Path) -> None:
    named = [{"id": name, "question": 3, "answer": ANSWER} for name in (7, "7", "a b")]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, named)))
    assert run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded").code == 0
    assert ids(tmp_path / "out.jsonl") == [7, "7", "a b"]


def test_what_was_finished_out_of_turn_survives(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    writer = ResultWriter(output)
    writer.add(2, line(2))
    writer.close()
    again = ResultWriter(output)
    assert [again.done(index) for index in range(4)] == [False, False, True, False]
    for index in (1, 0):
        again.add(index, line(index))
    again.close()
    assert ids(output) == [0, 1, 2]
    assert not output.with_name("out.jsonl.progress").exists()


def test_a_torn_entry_of_the_progress_file_spoils_no_other(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    progress = tmp_path / "out.jsonl.progress"
    progress.write_text(f"2\t{line(2)}\n3\t{line(3)[:40]}")
    writer = ResultWriter(output)
    assert [writer.done(index) for index in (2, 3)] == [True, False]
    writer.add(3, line(3))
    writer.close()
    assert [line.split("\t")[0] for line in progress.read_text().splitlines()] == ["2", "3"]


def test_two_runs_never_write_one_output(tmp_path: Path) -> None:
    first = ResultWriter(tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="another run"):
        ResultWriter(tmp_path / "out.jsonl")
    first.close()
    ResultWriter(tmp_path / "out.jsonl").close()


def test_the_progress_file_stays_small_while_rows_wait(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out.jsonl")
    line = json.dumps({"id": 1, "text": "x" * 100_000})
    for index in range(200):
        writer.add(index if index % 2 else 1_000 + index, line)
    writer.add(0, line)
    writer.close()
    assert len(ids(tmp_path / "out.jsonl")) == 2
    assert (tmp_path / "out.jsonl.progress").stat().st_size < 30_000_000


def test_bad_rows_do_not_stop_good_ones(run: Run, tmp_path: Path) -> None:
    good = {"id": 1, "question": "3", "answer": ANSWER}
    own = {"id": "own", "question": "What is tea?", "reference": "Leaves in hot water.", "answer": "Hot water with leaves."}
    lines = [json.dumps(good), "not json", json.dumps({"id": "x", "question": 999, "answer": "a"}), "", json.dumps(own)]
    lines.append(json.dumps({**good, "answer": " "}))
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    done = run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert done.code == 3
    found = list(read_results(tmp_path / "out.jsonl"))
    assert [row["status"] for row in found] == ["graded", "ungraded", "ungraded", "graded", "ungraded"]
    assert [row["id"] for row in found] == [1, "row-2", "x", "own", 1]
    assert all((row["score"] is None) == (row["status"] == "ungraded") for row in found)
    assert "2 graded, 3 ungraded" in done.err
    assert "  1 row (x): there is no question '999' in the bank" in done.err
    assert "  1 row (row-2): the row is not JSON" in done.err


def test_of_many_rows_with_one_reason_the_first_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps({"id": f"r{n}", "question": 999, "answer": "a"}) for n in range(4)))
    named = "  4 rows (r0, r1, r2, …): there is no question '999'"
    assert named in run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded").err
    assert named in run("batch", "in.jsonl", "--output", "out.jsonl", "--dry-run").out
    for face in ("md", "html"):
        shown = run("report", "--from", "out.jsonl", "--format", face, "--output", "-").out
        assert "4 rows (r0, r1, r2, …): there is no question" in shown


def test_rows_are_counted_for_reasons_that_are_not_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps({"id": n, "question": 900 + n, "answer": "a"}) for n in range(7)))
    for command in (("--grader", "embedded"), ("--dry-run",)):
        done = run("batch", "in.jsonl", "--output", "out.jsonl", *command)
        assert (done.err + done.out).count("there is no question") == 5
        assert "  2 rows for other reasons" in done.err + done.out


def test_a_batch_is_not_written_to_a_pipe(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 1)
    done = run("batch", "in.jsonl", "--output", "-", "--grader", "embedded")
    assert done.code == 2
    assert "a file" in done.err
    assert run("merge", "in.jsonl", "--output", "-").code == 2
    assert not (tmp_path / "-").exists()


def test_the_same_command_again_has_nothing_to_do(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 5)
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert run(*command).code == 0
    before = (tmp_path / "out.jsonl").read_bytes()
    assert "5 in earlier runs" in run(*command).err
    assert (tmp_path / "out.jsonl").read_bytes() == before


def said(*answers: str) -> str:
    return "".join(json.dumps({"id": f"r{n}", "question": 3, "answer": said}) + "\n" for n, said in enumerate(answers))


CHANGES = {
    "edited": said("It memorises noise.", "It is slow.", "More data helps."),
    "put in": said("New.", "It memorises noise.", "It is fast.", "More data helps."),
    "taken out": said("It memorises noise.", "More data helps."),
    "cut off": said("It memorises noise."),
    "another question": said("It memorises noise.", "It is fast.", "More data helps.").replace(": 3", ": 4"),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("out_of_turn", [False, True])
def test_answers_that_were_changed_since_are_not_taken_for_those_that_were_graded(
    run: Run, tmp_path: Path, changed: str, out_of_turn: bool
) -> None:
    answers, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    answers.write_text(said("It memorises noise.", "It is fast.", "More data helps."))
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert run(*command).code == 0
    if out_of_turn:  # as a kill leaves it while the first row is under way
        lines = output.read_text().splitlines()
        (tmp_path / "out.jsonl.progress").write_text("".join(f"{n}\t{lines[n]}\n" for n in (1, 2)))
        output.write_text("")
    answers.write_text(changed)
    before = output.read_bytes()
    done = run(*command)
    assert done.code == 2, done.err
    assert "belongs to other answers" in done.err
    assert output.read_bytes().startswith(before)


def test_answers_may_grow_and_be_written_in_another_way(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "in.jsonl"
    answers.write_text(said("It memorises noise.", "It is fast."))
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert run(*command).code == 0
    before = (tmp_path / "out.jsonl").read_text()
    answers.write_text("\ufeff" + said("It memorises noise.", "It is fast.", "More.").replace(", ", ",").replace("\n", "\r\n"))
    done = run(*command)
    assert "1 graded, 2 in earlier runs" in done.err
    assert (tmp_path / "out.jsonl").read_text().startswith(before)


def test_an_output_of_something_else_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(said("It memorises noise.", "It is fast.", "More."))
    (tmp_path / "out.jsonl").write_text('{"id": "r0", "score": 1}\n')
    done = run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert done.code == 2
    assert (tmp_path / "out.jsonl").read_text() == '{"id": "r0", "score": 1}\n'


@pytest.mark.parametrize("place", ["/dev/full", "/dev/null", "pipe"])
def test_an_output_that_cannot_be_gone_on_with_is_refused(run: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "in.jsonl").write_text(said("It memorises noise."))
    if place == "pipe":
        os.mkfifo(tmp_path / place)
    done = run("batch", "in.jsonl", "--output", place, "--grader", "embedded")
    assert done.code == 2
    assert "no file that a later run could go on with" in done.err


def test_what_had_no_grade_in_an_earlier_run_is_still_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("[1]\n" + said("It memorises noise."))
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    first = run(*command)
    assert first.code == 3
    assert "1 row (row-1): the row is not a JSON object" in first.err
    with (tmp_path / "in.jsonl").open("a") as file:
        file.write(said("It is fast."))
    again = run(*command)
    assert again.code == 3
    assert "2 in earlier runs (1 of them ungraded)" in again.err


def refusing(asked: dict[str, Any], _: int) -> Sent:
    refused = re.search(r"case [0-9]*3\.", str(asked["messages"]))
    return (
        Sent({"error": {"message": "not today"}}, status=403)
        if refused
        else Sent(completion(reply({1: ([1], "covered")}, points=7)))
    )


def test_once_every_row_had_its_turn_those_without_a_grade_are_tried_again(run: Run, tmp_path: Path) -> None:
    answers = [f"It memorises noise, case {n}." for n in range(40)]
    (tmp_path / "in.jsonl").write_text(said(*answers))
    command = ("batch", "in.jsonl", "--output", "out.jsonl")
    environ = {"OPENAI_BASE_URL": "", "INTERVIEWER_MODEL": "stub"}
    with StubServer(refusing) as server:
        first = run(*command, **environ | {"OPENAI_BASE_URL": server.url})
    assert first.code == 3
    assert "The same command tries those without a grade again." in first.err
    before = list(read_results(tmp_path / "out.jsonl"))
    assert [row["id"] for row in before if row["score"] is None] == ["r3", "r13", "r23", "r33"]
    with serving(reply({1: ([1], "covered")}, points=7)) as server:
        environ |= {"OPENAI_BASE_URL": server.url}
        stopped = run(*command, "--concurrency", "1", "--max-tokens", "700", **environ)
        assert stopped.code == 3
        halfway = list(read_results(tmp_path / "out.jsonl"))
        assert [row["id"] for row in halfway if row["score"] is None] == ["r13", "r23", "r33"]
        done = run(*command, **environ)
        assert len(server.requests) == 4
    assert done.code == 0, done.err
    assert "Trying again what has no grade: 3 of 40 rows" in done.err
    after = list(read_results(tmp_path / "out.jsonl"))
    assert [row["status"] for row in after] == ["graded"] * 40
    assert [row["id"] for row in after] == [f"r{n}" for n in range(40)]
    assert [old for old in before if old["score"]] == [new for old, new in zip(before, after, strict=True) if old["score"]]
    assert {file.name for file in tmp_path.iterdir()} - {"home"} == {"in.jsonl", "out.jsonl"}


def test_rows_that_fail_again_and_again_keep_no_other_from_its_grade(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(said(*(f"It memorises noise, case {n}." for n in range(60))))
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--concurrency", "1")

    def mostly(asked: dict[str, Any], number: int) -> Sent:
        fails = number % 2 if number <= 60 else "case 59." not in str(asked["messages"]) and number < 90
        body = {"error": {"message": "not today"}} if fails else completion(reply({1: ([1], "covered")}, points=7))
        return Sent(body, status=403 if fails else 200)

    with StubServer(mostly) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}
        assert run(*command, **environ).code == 3
        again = run(*command, **environ)
        assert "Stopped" in again.err, "twenty in a row were refused"
        assert len(ids(tmp_path / "out.jsonl")) == 60
        server.behave = lambda *_: Sent(completion(reply({1: ([1], "covered")}, points=7)))
        assert run(*command, **environ).code == 0
    assert all(row["score"] for row in read_results(tmp_path / "out.jsonl"))


def test_a_row_that_could_not_be_read_may_be_mended(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "in.jsonl"
    answers.write_text("oops\n" + said("It memorises noise."))
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert run(*command).code == 3
    answers.write_text(json.dumps({"id": "mended", "question": 3, "answer": ANSWER}) + "\n" + said("It memorises noise."))
    assert run(*command).code == 0
    assert ids(tmp_path / "out.jsonl") == ["mended", "r0"]


def test_another_try_that_was_merged_and_not_yet_removed_is_begun_anew(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(said("It memorises noise.") + "oops\n")
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert run(*command).code == 3
    first = (tmp_path / "out.jsonl").read_text().splitlines(keepends=True)[0]
    (tmp_path / "out.jsonl.again").write_text(first)
    (tmp_path / "in.jsonl").write_text(said("It memorises noise.", "It is fast."))
    assert run(*command).code == 0
    assert ids(tmp_path / "out.jsonl") == ["r0", "r1"]


def test_a_token_limit_stops_and_the_next_run_goes_on(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 12)
    with serving(reply({1: ([1], "covered")}, points=7)) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}
        command = ("batch", "in.jsonl", "--output", "out.jsonl", "--concurrency", "1")
        first = run(*command, "--max-tokens", "1", **environ)
        assert first.code == 3
        assert "Stopped: the limit of 1 tokens is reached" in first.err
        assert run(*command, **environ).code == 0
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(12)]


def test_a_dry_run_sends_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 3)
    with serving("never asked") as server:
        done = run(
            *("batch", "in.jsonl", "--output", "out.jsonl", "--dry-run", "--price", "0.25,2"), OPENAI_BASE_URL=server.url
        )
        assert server.requests == []
    assert done.code == 0
    assert "3 rows: 3 can be graded" in done.out
    assert "about $0.00" in done.out
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is not known here")
def test_kills_lose_no_row_and_repeat_only_what_was_under_way(tmp_path: Path, home: Path) -> None:
    count, at_once, kills = 400, 64, 3
    answers = [f"{ANSWER} Case {n} shows it." for n in range(count)]
    lines = (json.dumps({"id": f"r{n}", "question": 3, "answer": answer}) + "\n" for n, answer in enumerate(answers))
    (tmp_path / "in.jsonl").write_text("".join(lines))
    output = tmp_path / "out.jsonl"
    chance = random.Random(8)
    times: Counter[str] = Counter()
    with serving(Sent(completion(reply({1: ([1], "covered")}, points=7)), seconds=0.03)) as server:
        command = [sys.executable, "-m", "interviewer", "batch", "in.jsonl", "--output", "out.jsonl"]
        command += ["--concurrency", str(at_once)]
        environ = clean_environment(home, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        for killed in range(kills + 1):
            process = subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.DEVNULL)
            until = len(server.requests) + (chance.randrange(70, 110) if killed < kills else count)
            while len(server.requests) < until and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
            server.settle()
            sent = Counter(match[0] for asked in server.requests if (match := re.search(r"Case \d+", str(asked["messages"]))))
            again = sum(1 for case, number in sent.items() if times[case] and number > times[case])
            assert again <= at_once
            times = sent
    assert ids(output) == [f"r{n}" for n in range(count)]
    assert len(times) == count
    assert not output.with_name("out.jsonl.progress").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_disk_that_fills_up_ends_the_run_and_the_next_goes_on(tmp_path: Path, home: Path) -> None:
    rows(tmp_path / "in.jsonl", 60)
    command = [sys.executable, "-m", "interviewer", "batch", "in.jsonl", "--output", "out.jsonl", "--grader", "llm"]
    with serving(reply({1: ([1], "covered")}, points=7)) as server:
        environ = clean_environment(home, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub", PYTHONDONTWRITEBYTECODE="1")
        small = ["bash", "-c", 'ulimit -f 40; exec "$@"', "bash", *command]
        full = subprocess.run(small, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert full.returncode == 2
        assert "cannot write" in full.stderr
        assert "make room" in full.stderr
        assert len(ids(tmp_path / "out.jsonl")) < 60
        subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=60)
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(60)]


def test_a_server_that_never_grades_ends_the_run_and_its_rows_stay_to_be_done(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 100)
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--concurrency", "4")
    with serving(Sent({"error": {"message": "no such key"}}, status=401)) as server:
        done = run(*command, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert len(server.requests) < 30
    assert done.code == 3
    assert "rejected the key" in done.err
    assert ids(tmp_path / "out.jsonl") == []
    with serving(reply({1: ([1], "covered")}, points=7)) as server:
        assert run(*command, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub").code == 0
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(100)]


def test_rows_that_hang_until_the_end_are_ungraded_with_a_reason_and_stop_nothing(run: Run, tmp_path: Path) -> None:
    lines = [{"id": f"r{n}", "question": 3, "answer": f"{ANSWER}{' It hangs.' if n % 3 == 1 else ''}"} for n in range(90)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))

    def hang(asked: dict[str, Any], _: int) -> Sent:
        hangs = "It hangs." in str(asked["messages"])
        return Sent(completion(reply({1: ([1], "covered")}, points=7)), seconds=60.0 if hangs else 0.0)

    with StubServer(hang) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub", "INTERVIEWER_TIMEOUT": "8"}
        done = run("batch", "in.jsonl", "--output", "out.jsonl", "--concurrency", "64", **environ)
    assert done.code == 3
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(90)]
    reasons = [row["reason"] for row in read_results(tmp_path / "out.jsonl")]
    assert all("did not finish within 8 seconds" in str(reason) for reason in reasons[1::3])
    assert [reason for n, reason in enumerate(reasons) if n % 3 != 1] == [None] * 60


def test_what_a_server_refuses_is_learned_once_for_all_that_run(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 16)

    def picky(asked: dict[str, Any], _: int) -> Sent:
        for name in ("temperature", "response_format"):
            if name in asked:
                return Sent({"error": {"message": f"{name} is not supported"}}, status=400, seconds=0.1)
        return Sent(completion(reply({1: ([1], "covered")}, points=7)))

    with StubServer(picky) as server:
        done = run("batch", "in.jsonl", "--output", "out.jsonl", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert done.code == 0, done.err
    assert "16 graded" in done.err


def test_limits_and_failures_end_in_a_grade_or_a_reason(run: Run, tmp_path: Path) -> None:
    rows(tmp_path / "in.jsonl", 8)
    good = Sent(completion(reply({1: ([1], "covered")}, points=7)))
    busy = Sent({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "0.1"})
    broken = Sent({"error": {"message": "boom"}}, status=500)
    with serving(busy, broken, good, busy, good, good, broken, good) as server:
        done = run("batch", "in.jsonl", "--output", "out.jsonl", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert done.code == 0, done.err
    assert Counter(row["status"] for row in read_results(tmp_path / "out.jsonl")) == {"graded": 8}
