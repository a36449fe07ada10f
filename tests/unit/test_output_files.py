"""Where a batch writes, nothing is cut, replaced or removed that is not its own."""

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from interviewer.bank.bank import Bank, load_bank
from interviewer.batch.plan import RunPlan, plan_run
from interviewer.batch.provider_files import BatchFolder
from interviewer.batch.rows import UNGRADED, read_results, read_rows
from interviewer.batch.writer import ResultWriter, open_beside
from interviewer.errors import InputError
from tests.conftest import Run

FOREIGN_LINE = b'{"id":"a","name":"x"}'
HASH = "0123456789abcdef"


def line(name: object, **changes: object) -> str:
    row = {"id": name, "row_hash": HASH, "question_id": "overfitting", "status": "graded", "score": {"overall": 50}, **changes}
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)


def row(name: object, **changes: object) -> bytes:
    return f"{line(name, **changes)}\n".encode()


def everything(folder: Path) -> dict[str, object]:
    """What a folder holds, links as links, with modes and times."""
    return {
        entry.name: (
            entry.lstat().st_mode,
            entry.lstat().st_mtime_ns,
            entry.readlink() if entry.is_symlink() else entry.read_bytes() if entry.is_file() else None,
        )
        for entry in folder.iterdir()
    }


FOREIGN = {
    "one line without an end": FOREIGN_LINE,
    "the last line without an end": FOREIGN_LINE + b"\n" + FOREIGN_LINE,
    "lines": FOREIGN_LINE + b"\n",
    "another hash": b'{"id":1,"row_hash":"xyz"}\n',
    "another hash without an end": b'{"id":1,"row_hash":"xyz"}',
    "other fields": f'{{"id":1,"row_hash":"{HASH}","size":3}}'.encode(),
    "other fields, ended": f'{{"id":1,"row_hash":"{HASH}","size":3}}\n'.encode(),
    "spaces": json.dumps(json.loads(line(1))).encode(),
    "a line of ours, then another": row(1) + FOREIGN_LINE + b"\n",
    "a line of ours, then another without an end": row(1) + FOREIGN_LINE,
    "another, then what a line of ours begins with": FOREIGN_LINE + b"\n" + row(1)[:40],
    "a line that is no JSON": row(1)[:-3] + b'"}\n',
    "a line that is not in UTF-8": row("\xfc").decode().encode("latin-1"),
    "only zeros": bytes(5_000),
    "zeros in the middle": row(1) + bytes(100) + row(2),
    "zeros after no whole line": row(1)[:40] + bytes(100),
    "text": b"hello",
    "an endless line": b"x" * 21_000_000,
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_an_output_that_another_program_wrote_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    output = tmp_path / "out.jsonl"
    output.write_bytes(content)
    output.chmod(0o640)
    before = everything(tmp_path)
    with pytest.raises(InputError, match=r"out\.jsonl is there already and holds something else"):
        ResultWriter(output)
    assert everything(tmp_path) == before


def test_the_command_tells_of_it_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id":"a","question":3,"answer":"It memorises noise."}\n')
    (tmp_path / "out.jsonl").write_bytes(FOREIGN_LINE)
    done = run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert done.code == 2
    assert "holds something else" in done.err
    assert (tmp_path / "out.jsonl").read_bytes() == FOREIGN_LINE


@pytest.mark.parametrize("name", [7, -12, "plain", 'a "quoted\\ n\u00e4me\n', "\u2028"])
@pytest.mark.parametrize("earlier", [b"", row(0) + row(1)], ids=["first", "third"])
def test_a_line_is_gone_on_with_wherever_a_kill_cut_it_off(tmp_path: Path, name: object, earlier: bytes) -> None:
    output = tmp_path / "out.jsonl"
    whole = row(name, grader={"kind": "llm"})
    for end in range(len(whole)):
        output.write_bytes(earlier + whole[:end])
        ResultWriter(output).close()
        assert output.read_bytes() == earlier, whole[:end]
    output.write_bytes(earlier + whole)
    ResultWriter(output).close()
    assert output.read_bytes() == earlier + whole


@pytest.mark.parametrize("torn", [0, 3, 40])
@pytest.mark.parametrize("zeros", [1, 21_000_000])
def test_zeros_that_a_power_cut_left_are_cut_off(tmp_path: Path, torn: int, zeros: int) -> None:
    output = tmp_path / "out.jsonl"
    output.write_bytes(row(0) + row(1) + row(2)[:torn] + bytes(zeros))
    writer = ResultWriter(output)
    assert writer.written == 2
    writer.add(2, line(2))
    writer.close()
    assert output.read_bytes() == row(0) + row(1) + row(2)


def test_an_output_that_is_complete_keeps_its_time(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_bytes(row(0))
    before = everything(tmp_path)
    ResultWriter(output).close()
    assert everything(tmp_path) == before


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_the_answers_are_not_written_over_by_another_name(run: Run, tmp_path: Path, link: Callable[..., None]) -> None:
    answers = tmp_path / "in.jsonl"
    answers.write_text('{"id":"a","question":3,"answer":"It memorises noise."}')
    link(answers, tmp_path / "out.jsonl")
    before = answers.read_bytes()
    done = run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert done.code == 2
    assert "would overwrite the answers" in done.err
    assert answers.read_bytes() == before


def _folder(place: Path) -> None:
    place.mkdir()


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _dangling(place: Path) -> None:
    place.symlink_to(place.with_name("nowhere"))


def _link(place: Path) -> None:
    other = place.with_name("other")
    other.write_bytes(b"0\t" + row(0) if ".progress" in place.name else row(0))
    place.symlink_to(other)


def _holding(content: bytes) -> Callable[[Path], None]:
    def put(place: Path) -> None:
        place.write_bytes(content)

    return put


IN_THE_WAY: dict[str, Callable[[Path], None]] = {
    "a folder": _folder,
    "a pipe": _pipe,
    "a link": _link,
    "a dangling link": _dangling,
    "text": _holding(b"hello\n"),
    "JSON": _holding(FOREIGN_LINE + b"\n"),
    "JSON without an end": _holding(FOREIGN_LINE),
    "a number": _holding(b"42"),
    "an entry that is not in UTF-8": _holding(b'0\t{"id":1\xff}\n'),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("put", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_stands_in_the_way_of_progress_is_named_and_left(
    tmp_path: Path, put: Callable[[Path], None], existing: bool
) -> None:
    if existing:
        (tmp_path / "out.jsonl").write_bytes(row(0) + row(1)[:30])
    put(tmp_path / "out.jsonl.progress")
    before = everything(tmp_path)
    with pytest.raises(InputError, match=r"out\.jsonl\.progress is there already and holds something else"):
        ResultWriter(tmp_path / "out.jsonl")
    assert everything(tmp_path) == before


def test_an_entry_of_progress_whose_text_is_damaged_is_told(tmp_path: Path) -> None:
    progress = tmp_path / "out.jsonl.progress"
    progress.write_bytes(b"1\t" + row(1) + b"2\t" + row(2).replace(b"overfitting", b"over\xfftting"))
    with pytest.raises(InputError, match="progress is there already"):
        ResultWriter(tmp_path / "out.jsonl")


def test_progress_is_gone_on_with_wherever_a_kill_cut_it_off(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    earlier, last = b"1\t" + row(1), b"12\t" + row(12)
    for end in range(len(last)):
        (tmp_path / "out.jsonl.progress").write_bytes(earlier + last[:end])
        writer = ResultWriter(output)
        assert writer.done(1)
        assert not writer.done(12)
        writer.close()
        assert (tmp_path / "out.jsonl.progress").read_bytes() == earlier


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank()


Retry = Callable[[], RunPlan]


@pytest.fixture
def retry(tmp_path: Path, bank: Bank) -> Iterator[Retry]:
    """An output in which a row has no grade, and what tries it again."""
    answers, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    answers.write_text("".join(f'{{"id":{n},"question":3,"answer":"It memorises noise."}}\n' for n in range(3)))
    found = [
        f'{each.beginning}"question_id":"overfitting","status":"graded","score":{{"overall":50}}}}\n'
        for each in read_rows(answers, bank)
    ]
    found[1] = line(1, status="ungraded", score=None) + "\n"
    output.write_text("".join(found))
    turns: list[RunPlan] = []

    def again() -> RunPlan:
        turns.append(plan_run(output, lambda: read_rows(answers, bank), 3))
        return turns[-1]

    yield again
    for plan in turns:
        plan.writer.close()
        plan.output.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
@pytest.mark.parametrize("name", ["out.jsonl.again", "out.jsonl.again.progress"])
@pytest.mark.parametrize("put", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_stands_in_the_way_of_another_try_is_named_and_left(
    tmp_path: Path, retry: Retry, put: Callable[[Path], None], name: str
) -> None:
    put(tmp_path / name)
    before = everything(tmp_path)
    with pytest.raises(InputError, match=f"{name} is there already and holds something else"):
        retry()
    assert everything(tmp_path) == before


def test_no_other_file_beside_an_output_is_touched(tmp_path: Path, retry: Retry) -> None:
    for name in ("out.jsonl.new", "out.jsonl.progress.new", "out.jsonl.again.new", "out.jsonl.bak"):
        (tmp_path / name).write_bytes(row("of another output"))
    others = everything(tmp_path).items() - {("out.jsonl", everything(tmp_path)["out.jsonl"])}
    plan = retry()
    plan.writer.add(0, line(1))
    plan.writer.close()
    plan.finish()
    assert everything(tmp_path).items() >= others
    assert len(everything(tmp_path)) == len(others) + 1


@pytest.mark.parametrize("reached", [(), (0,), (1,), (0, 1)], ids=str)
def test_a_retry_that_ends_early_keeps_the_results_of_rows_that_it_did_not_reach(
    tmp_path: Path, bank: Bank, reached: tuple[int, ...]
) -> None:
    answers, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    answers.write_text("".join(f'{{"id":{n},"question":3,"answer":"It memorises noise."}}\n' for n in range(2)))
    before = [line(n, status="ungraded", score=None) for n in range(2)]
    output.write_text("\n".join([*before, ""]))
    plan = plan_run(output, lambda: read_rows(answers, bank), 2)
    for index in reached:
        plan.writer.add(index, line(index))
    plan.writer.close()
    plan.finish()
    assert output.read_text().splitlines() == [line(n) if n in reached else before[n] for n in range(2)]
    assert {file.name for file in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}


@pytest.mark.parametrize("results", [b"", row(1), row(1) + row(2)])
@pytest.mark.parametrize("waiting", [b"", b"1\t" + row(2)])
def test_a_retry_that_a_kill_left_behind_after_its_results_took_their_places_is_begun_anew(
    tmp_path: Path, retry: Retry, results: bytes, waiting: bytes
) -> None:
    (tmp_path / "out.jsonl.again").write_bytes(results)
    (tmp_path / "out.jsonl.again.progress").write_bytes(waiting)
    plan = retry()
    assert not plan.writer.done(0)
    plan.writer.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_another_try_keeps_the_mode_of_the_output_and_shows_it_to_nobody_else(tmp_path: Path, retry: Retry, mode: int) -> None:
    output = tmp_path / "out.jsonl"
    output.chmod(mode)
    plan = retry()
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("out*")} == {
        "out.jsonl": mode,
        "out.jsonl.progress": mode,
        "out.jsonl.again": mode,
        "out.jsonl.again.progress": mode,
    }
    plan.writer.add(0, line(1))
    plan.writer.close()
    plan.finish()
    assert UNGRADED not in output.read_bytes()
    assert stat.S_IMODE(output.stat().st_mode) == mode


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
def test_a_new_output_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        writer = ResultWriter(tmp_path / "out.jsonl")
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o640}
        writer.close()
    finally:
        os.umask(before)


def test_an_output_that_is_a_link_stays_one(tmp_path: Path, retry: Retry) -> None:
    output, target = tmp_path / "out.jsonl", tmp_path / "target.jsonl"
    output.rename(target)
    output.symlink_to(target)
    plan = retry()
    plan.writer.add(0, line(1))
    plan.writer.close()
    plan.finish()
    assert output.is_symlink()
    assert [result["status"] for result in read_results(target)] == ["graded"] * 3


@pytest.mark.parametrize("content", [FOREIGN_LINE, b'{"number":1,"mark":"a"}\n' + FOREIGN_LINE, FOREIGN_LINE + b'\n{"number":'])
def test_a_ledger_of_something_else_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    submitted = tmp_path / "ledger.jsonl"
    submitted.write_bytes(content)
    with pytest.raises(InputError, match="cannot use"):
        BatchFolder(tmp_path, Random(1))
    assert submitted.read_bytes() == content


def test_a_ledger_is_gone_on_with_wherever_a_kill_cut_it_off_and_takes_nothing_else_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "out.jsonl.batches"
    step = b'{"number":1,"mark":"a","file":null,"batch":null,"ended":null}\n'
    for end in range(len(step)):
        folder.mkdir()
        (folder / "ledger.jsonl").write_bytes(step + step[:end])
        (folder / "001.requests.jsonl").touch()
        submitted = BatchFolder(folder, Random(1))
        assert (folder / "ledger.jsonl").read_bytes() == step
        submitted.remove()
        assert not folder.exists()
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    BatchFolder(folder, Random(1)).remove()
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("place", [".", "", "/", "..", "~no-such-user/out.jsonl"])
def test_a_place_for_no_file_is_told_in_a_line(run: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "in.jsonl").write_text('{"id":"a","question":3,"answer":"It memorises noise."}\n')
    done = run("batch", "in.jsonl", "--output", place, "--grader", "embedded")
    assert done.code == 2
    assert "unexpected" not in done.err
    assert "choose another --output" in done.err


def test_a_home_of_no_user_is_told_in_a_line(run: Run) -> None:
    done = run("doctor", INTERVIEWER_HOME="~no-such-user")
    assert done.code == 2
    assert "INTERVIEWER_HOME cannot be used: ~no-such-user" in done.err


def test_damaged_progress_is_told_in_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id":"a","question":3,"answer":"It memorises noise."}\n')
    (tmp_path / "out.jsonl.progress").write_bytes(b'0\t{"id":1\xff}\n')
    done = run("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")
    assert done.code == 2
    assert "out.jsonl.progress is there already and holds something else" in done.err
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no such flag")
def test_a_link_that_takes_a_files_place_while_it_is_opened_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").write_bytes(row(0))
    (tmp_path / "out.jsonl.again").symlink_to(tmp_path / "other")
    monkeypatch.setattr(stat, "S_ISREG", lambda _: True)  # it was a file when it was looked at
    with pytest.raises(InputError, match=r"out\.jsonl\.again is there already"):
        open_beside(tmp_path / "out.jsonl.again")
