"""Batches through a provider's own endpoint: the same rows as on the direct path, whatever becomes of the batches."""

import asyncio
import json
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.bank.bank import load_bank
from interviewer.batch import provider_files as files_module
from interviewer.batch.provider_batch import BatchJob, run_batches
from interviewer.batch.provider_files import BatchFolder, Replies, RequestFiles, Unanswered
from interviewer.batch.rows import Row, read_results, read_rows, result_line
from interviewer.batch.runner import grade_row
from interviewer.batch.writer import ResultWriter
from interviewer.errors import GradingError, InputError
from interviewer.grading.identity import grader_identity
from interviewer.grading.llm import LLMGrader
from interviewer.grading.segment import segment
from interviewer.llm.batches import Batch
from interviewer.settings import load_settings
from tests.batches import Answer, Line, Provider, answered, expired
from tests.conftest import Run, clean_environment
from tests.fakes import Clock, completion, fake_context, reply, serving

KEY = "sk-canary-5b1d9e7743"
GOOD = reply({1: ([1], "covered")}, points=7)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Twelve answers and one bad row."""
    lines = [json.dumps({"id": f"r{n}", "question": 3, "answer": f"It memorises noise, case {n}."}) for n in range(12)]
    lines.insert(5, "not json")
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join(lines))
    return file


Send = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def send(tmp_path: Path, home: Path, answers: Path) -> Send:
    """Run the batch as one process would, with a clock that does not wait; return the rows of the output."""

    def send(provider: Provider) -> list[dict[str, Any]]:
        context = fake_context(home, Clock(), b"", OPENAI_BASE_URL=provider.url, INTERVIEWER_MODEL="stub", OPENAI_API_KEY=KEY)
        writer = ResultWriter(tmp_path / "out.jsonl")
        bank = load_bank()
        job = BatchJob(
            load_settings(context.environ, context.paths),
            context,
            lambda: writer.unchanged(read_rows(answers, bank, grader_identity("llm"))),
            writer,
            tmp_path / "out.jsonl.batches",
            lambda _: None,
        )
        try:
            asyncio.run(run_batches(job))
        finally:
            writer.close()
        return list(read_results(tmp_path / "out.jsonl"))

    return send


def good(_: dict[str, Any], __: int) -> Line:
    return answered(completion(GOOD))


def case(body: dict[str, Any]) -> int:
    """Return the number of the answer in a request."""
    text = body["messages"][1]["content"]
    return int(text.split("case ")[1].split(".")[0])


def special(number: int, line: Line | None, times: int = 99) -> Answer:
    """Answer one case in another way, the first so many times."""
    asked = Counter[int]()

    def answer(body: dict[str, Any], _: int) -> Line | None:
        asked[case(body)] += 1
        return line if case(body) == number and asked[number] <= times else answered(completion(GOOD))

    return answer


def test_rows_are_those_of_the_direct_path_in_the_same_order(send: Send, run: Run, answers: Path, tmp_path: Path) -> None:
    with Provider(good) as provider:
        found = send(provider)
    assert [row["id"] for row in found] == [*(f"r{n}" for n in range(5)), "row-6", *(f"r{n}" for n in range(5, 12))]
    assert not (tmp_path / "out.jsonl.batches").exists()
    with serving(GOOD) as server:
        run("batch", "in.jsonl", "--output", "direct.jsonl", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert found == list(read_results(tmp_path / "direct.jsonl"))


def test_requests_are_those_of_the_direct_path(send: Send, run: Run, tmp_path: Path) -> None:
    with Provider(good) as provider:
        send(provider)
        batched = [json.loads(line)["body"] for line in provider.files["file-1"].splitlines()]
    with serving(GOOD) as server:
        run("batch", "in.jsonl", "--output", "direct.jsonl", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert sorted(map(json.dumps, server.requests)) == sorted(map(json.dumps, batched))


def test_a_file_holds_no_more_than_the_provider_takes(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "REQUESTS_A_FILE", 5)
    with Provider(good) as provider:
        assert len(send(provider)) == 13
        assert [batch["request_counts"]["total"] for batch in provider.batches.values()] == [5, 5, 2]
    monkeypatch.undo()


def test_the_50_001st_request_goes_into_a_second_file(tmp_path: Path) -> None:
    files = RequestFiles(BatchFolder(tmp_path, Random(7)))
    for number in range(50_001):
        files.add(Unanswered(str(number), {}))
    files.close()
    assert [path.read_bytes().count(b"\n") for path in sorted(tmp_path.glob("*.requests.jsonl"))] == [50_000, 1]


def test_a_file_is_no_larger_than_the_provider_takes(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "BYTES_A_FILE", 20_000)
    with Provider(good) as provider:
        assert len(send(provider)) == 13
        assert len(provider.batches) > 2
        assert all(len(provider.files[batch["input_file_id"]]) <= 20_000 for batch in provider.batches.values())


@pytest.mark.parametrize(
    ("line", "times", "reason"),
    [
        (answered({"error": {"message": "busy"}}, 429), 2, ""),
        (answered({"error": {"message": "boom"}}, 500), 1, ""),
        (answered({"error": {"message": "boom"}}, 500), 99, "status 500"),
        (expired(), 1, ""),
        (expired(), 99, "did not get to this answer: This request could not"),
        (None, 1, ""),
        (None, 99, "left this answer out"),
        (answered(completion("I would rather not say.")), 1, ""),
        (answered(completion("I would rather not say.")), 99, "did not give a usable judgement"),
        (answered(completion(GOOD, "length")), 1, ""),
        (answered({"error": {"message": "context length exceeded"}}, 400), 99, "too long for this model"),
        (answered({"choices": []}), 99, "without an answer"),
        (answered("nonsense"), 99, "malformed"),
    ],
)
def test_one_failed_request_is_asked_again_or_ungraded_and_no_other_row_suffers(
    send: Send, line: Line | None, times: int, reason: str
) -> None:
    with Provider(special(3, line, times)) as provider:
        found = send(provider)
        assert max(provider.asked.values()) <= 3
    assert len(found) == 13
    bad = found.pop(3)
    found.pop(4)  # the row that is not JSON
    assert all(row["status"] == "graded" for row in found)
    assert reason in (bad["reason"] or "")
    assert (bad["status"] == "graded") == (reason == "")


def test_what_expired_is_sent_again(send: Send) -> None:
    with Provider(
        lambda body, asked: expired() if case(body) > 6 and asked == 1 else good(body, asked), ["expired"]
    ) as provider:
        assert sum(row["status"] == "graded" for row in send(provider)) == 12
        assert [batch["request_counts"]["total"] for batch in provider.batches.values()] == [12, 5]


def test_a_refused_batch_ends_the_run_with_the_reason_and_the_next_run_sends_it_again(send: Send) -> None:
    with Provider(good, ["failed"]) as provider:
        with pytest.raises(GradingError, match="the model is not allowed here"):
            send(provider)
        assert len(send(provider)) == 13


def test_a_cancelled_batch_keeps_what_was_done_and_is_not_sent_again_unasked(send: Send, tmp_path: Path) -> None:
    with Provider(lambda body, asked: good(body, asked) if case(body) < 4 or asked > 1 else None, ["cancelled"]) as provider:
        with pytest.raises(GradingError, match="batch_1 was cancelled"):
            send(provider)
        assert len(provider.batches) == 1
        assert len(list(read_results(tmp_path / "out.jsonl"))) == 4
        assert len(send(provider)) == 13
        assert provider.batches["batch_2"]["request_counts"]["total"] == 8


def test_a_key_that_comes_back_is_kept_nowhere(send: Send, tmp_path: Path) -> None:
    blabbing = answered(completion(GOOD.replace("Clear.", f"Your key is {KEY}.")))
    refused = answered({"error": {"message": f"wrong key: {KEY}"}}, 400)
    with Provider(
        lambda body, _: refused if case(body) == 3 else blabbing if case(body) < 6 else None, ["cancelled"]
    ) as provider:
        with pytest.raises(GradingError, match="batch_1 was cancelled"):
            send(provider)
        assert any(KEY.encode() in content for content in provider.files.values())
    assert "Your key is …." in (tmp_path / "out.jsonl").read_text()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any("output" in file.name for file in files)
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []


def test_a_batch_whose_id_was_never_heard_is_found_again(send: Send) -> None:
    with Provider(good, lose_created=True) as provider:
        with pytest.raises(GradingError):
            send(provider)
        assert len(send(provider)) == 13
        assert len(provider.batches) == 1
        assert len([name for name, content in provider.files.items() if b"messages" in content]) == 1


def test_stopped_while_waiting_and_resumed_on_another_day(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    async def impatient(_: Clock, __: float) -> None:
        raise KeyboardInterrupt

    with Provider(good) as provider:
        with monkeypatch.context() as today:
            today.setattr(Clock, "sleep", impatient)
            with pytest.raises(KeyboardInterrupt):
                send(provider)
        assert len(provider.batches) == 1
        assert len(send(provider)) == 13
        assert len(provider.batches) == 1


def test_answers_that_were_changed_meanwhile_are_refused_before_any_waiting(send: Send, answers: Path) -> None:
    with Provider(lambda body, asked: good(body, asked) if case(body) < 4 else None, ["cancelled"]) as provider:
        with pytest.raises(GradingError):
            send(provider)
        looks = provider.looks
        answers.write_text(answers.read_text().replace("case 2.", "case 20."))
        with pytest.raises(InputError, match=r"row 3 \(r2\) is not the one that was graded"):
            send(provider)
        assert (provider.looks, len(provider.batches)) == (looks, 1)


def test_rows_that_are_with_a_provider_are_not_sent_beside(run: Run, send: Send) -> None:
    with Provider(lambda _, __: None, ["cancelled"]) as provider, pytest.raises(GradingError):
        send(provider)
    with serving(GOOD) as server:
        done = run("batch", "in.jsonl", "--output", "out.jsonl", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert server.requests == []
    assert done.code == 2
    assert "add --openai-batch to go on" in done.err


def test_a_batch_is_looked_at_ever_more_rarely(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(_: Clock, seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(Clock, "sleep", sleep)
    with Provider(good) as provider:
        monkeypatch.setattr(provider, "_move", lambda batch: Provider._move(provider, batch) if provider.looks > 15 else None)
        send(provider)
    assert slept == sorted(slept)
    assert slept[0] >= 10
    assert slept[-1] == 300


def test_the_command_tells_what_it_does(run: Run, answers: Path, tmp_path: Path) -> None:
    with serving(GOOD) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}
        command = ("batch", "in.jsonl", "--output", "out.jsonl", "--openai-batch")
        over = run(*command, "--max-tokens", "100", **environ)
        assert over.code == 2
        assert "would take about" in over.err
        assert server.requests == []
    assert run(*command, "--grader", "embedded").code == 2


def test_a_step_that_a_kill_cut_short_does_not_spoil_the_ledger(tmp_path: Path) -> None:
    submitted = BatchFolder(tmp_path, Random(1))
    submitted.begin(2)
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"number": 1, "mark": "\xc3')
    BatchFolder(tmp_path, Random(1)).begin(1)
    assert [entry.number for entry in BatchFolder(tmp_path, Random(1)).unfinished] == [1, 2, 3]


def test_a_ledger_of_other_bytes_is_refused_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(b"\xff\xfe\x00{\n")
    with pytest.raises(InputError, match="cannot use"):
        BatchFolder(tmp_path, Random(1))


def test_replies_to_what_was_never_asked_take_no_memory(tmp_path: Path, home: Path) -> None:
    submitted = BatchFolder(tmp_path, Random(1))
    submitted.begin(1)
    submitted.requests(1).write_bytes(b"")
    strange = "".join(json.dumps({"custom_id": f"{n:032x}", "response": None}) + "\n" for n in range(50_000))
    submitted.replies(1)[1].write_text(strange)
    submitted.record(submitted.batches[1], ended="completed")
    context = fake_context(home, Clock(), b"")
    settings = load_settings(context.environ, context.paths)
    tracemalloc.start()
    try:
        replies = Replies(submitted, settings)
        assert tracemalloc.get_traced_memory()[0] < 500_000, replies
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["", "..", "../files", "a\nb", "\x1b]0;owned\x07", "b" * 5_000])
@pytest.mark.parametrize("place", ["id", "status"])
def test_a_batch_with_an_odd_name_is_refused_and_its_name_shown_nowhere(send: Send, name: str, place: str) -> None:
    class Odd(Provider):
        def create(self, asked: Line) -> Line:
            return {**super().create(asked), place: name}

    with Odd(good) as provider, pytest.raises(GradingError, match="does not speak of batches") as refused:
        send(provider)
    assert not name or name not in str(refused.value)


def test_a_status_that_nobody_knows_is_waited_for() -> None:
    batch = Batch.model_validate({"id": "batch_1", "status": "queued", "request_counts": {"completed": None}})
    assert batch.running, "its rows would be paid twice if they were sent again"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize(("blocks", "name"), [(0, "out.jsonl"), (20, "001.requests.jsonl"), (400, "001.output.jsonl.part")])
def test_a_full_disk_is_told_with_the_name_of_the_file(
    answers: Path, tmp_path: Path, home: Path, blocks: int, name: str
) -> None:
    with Provider(lambda _, __: answered(completion(GOOD + " " * 300_000))) as provider:
        command = [sys.executable, "-m", "interviewer", "batch", "in.jsonl", "--output", "out.jsonl", "--openai-batch"]
        small = ["bash", "-c", f'ulimit -f {blocks}; exec "$@"', "bash", *command]
        environ = clean_environment(home, OPENAI_BASE_URL=provider.url, INTERVIEWER_MODEL="stub", PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(small, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert re.search(rf"cannot write .*{re.escape(name)}.*: File too large", done.stderr)
    assert "standard output" not in done.stderr


@pytest.mark.parametrize("place", ["the folder", "a file in it"])
def test_a_folder_of_batches_that_leads_elsewhere_is_refused(tmp_path: Path, place: str) -> None:
    folder, other = tmp_path / "out.jsonl.batches", tmp_path / "elsewhere"
    other.mkdir()
    (other / "001.requests.jsonl").write_text("mine")
    if place == "the folder":
        folder.symlink_to(other)
    else:
        folder.mkdir()
        (folder / "001.requests.jsonl").symlink_to(other / "001.requests.jsonl")
    with pytest.raises(InputError, match="cannot use"):
        BatchFolder(folder, Random(1))
    assert (other / "001.requests.jsonl").read_text() == "mine"


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


ODD_BODIES = [
    json.dumps(completion(GOOD)).replace("Clear.", "\\ud800 alone"),
    json.dumps(completion(GOOD)).replace('"total_tokens": 790', '"total_tokens": NaN'),
    json.dumps(completion(GOOD)).replace('"prompt_tokens": 700', '"prompt_tokens": NaN'),
    json.dumps(completion(GOOD)).replace('"prompt_tokens": 700', '"prompt_tokens": 1e400'),
    json.dumps(completion(GOOD)).replace('"prompt_tokens": 700', f'"prompt_tokens": {"7" * 5_000}'),
    *(
        json.dumps(completion(GOOD)).replace('"object"', f'"extra": {nested(levels)}, "object"')
        for levels in (300, 960, 990, 3_000)
    ),
    *(json.dumps(completion(nested(levels))) for levels in (300, 960, 3_000)),
    json.dumps(completion("\ud800")),
    json.dumps(completion("\x00")),
]


@pytest.mark.parametrize("body", ODD_BODIES, ids=range(len(ODD_BODIES)))
def test_an_odd_line_of_results_costs_no_other_row(send: Send, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = Provider._finish

    def odd(provider: Provider, batch: Line) -> None:
        finish(provider, batch)
        content = provider.files[batch["output_file_id"]].decode().splitlines()
        marked = [line if "ODD" not in line else line.replace(json.dumps("ODD"), body) for line in content]
        provider.files[batch["output_file_id"]] = "\n".join(marked).encode()

    monkeypatch.setattr(Provider, "_finish", odd)
    with Provider(special(3, answered("ODD"))) as provider:
        found = send(provider)
    assert [row["status"] for row in found].count("graded") >= 11
    assert found[3]["status"] == "graded" or found[3]["reason"]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(GOOD)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "message", "content", "usage", "error"]) | st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(max_examples=40)
@given(
    line=st.one_of(
        st.binary(max_size=200).map(lambda raw: raw.replace(b"\n", b"")),
        st.fixed_dictionaries(
            {
                "custom_id": st.just("NAME"),
                "response": anything
                | st.fixed_dictionaries({"status_code": anything | st.sampled_from([200, 429, 500]), "body": anything}),
            },
            optional={"error": anything},
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_whatever_stands_in_a_line_is_a_reply_or_a_reason(tmp_path_factory: pytest.TempPathFactory, line: bytes) -> None:
    folder = BatchFolder(tmp_path_factory.mktemp("batches"), Random(1))
    context = fake_context(
        tmp_path_factory.getbasetemp() / "home", OPENAI_BASE_URL="http://127.0.0.1:9/v1", INTERVIEWER_MODEL="stub"
    )
    settings = load_settings(context.environ, context.paths)
    question, answer = load_bank().find("3"), segment("It memorises noise.")
    row = Row(0, "r0", question, answer)
    files = RequestFiles(folder)

    async def grade() -> str:
        grader = LLMGrader(settings, context, post=Replies(folder, settings).reply_to)
        try:
            return result_line(row, await grade_row(row, grader))
        except Unanswered as request:
            files.add(request)
            return ""
        finally:
            await grader.close()

    assert asyncio.run(grade()) == ""
    files.close()
    name = json.loads(folder.requests(1).read_bytes())["custom_id"].encode()
    folder.begin(1)
    folder.replies(1)[1].write_bytes(line.replace(b"NAME", name) + b"\n")
    folder.record(folder.batches[1], ended="completed")
    result = asyncio.run(grade())
    assert not result or json.loads(result)["status"] in {"graded", "ungraded"}
