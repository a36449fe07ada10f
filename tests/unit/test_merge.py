"""A batch in parts, on as many machines, and the parts as one file again."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run

ANSWERS = ("It memorises noise in the training data.", "It does badly on new data, so I would add dropout.", "No idea.", "")


def write_answers(folder: Path, count: int) -> Path:
    path = folder / "answers.jsonl"
    rows = [{"id": f"r{n}", "question": 3, "answer": ANSWERS[n % len(ANSWERS)]} for n in range(count)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def grade_parts(run: Run, answers: Path, count: int) -> list[Path]:
    parts = [answers.with_name(f"part-{number}.jsonl") for number in range(1, count + 1)]
    for number, part in enumerate(parts, 1):
        done = run("batch", str(answers), "--output", str(part), "--grader", "embedded", "--shard", f"{number}/{count}")
        assert done.code in {0, 3}, done.err
    return parts


def test_parts_become_the_file_of_one_run_in_any_order(tmp_path: Path, run: Run) -> None:
    answers, whole, merged = write_answers(tmp_path, 11), tmp_path / "whole.jsonl", tmp_path / "merged.jsonl"
    run("batch", str(answers), "--output", str(whole), "--grader", "embedded")
    first, second, third = grade_parts(run, answers, 3)
    done = run("merge", str(third), str(first), str(second), str(first), "--output", str(merged), "--answers", str(answers))
    assert done.code == 3  # as the batch: empty answers have no grade
    assert "11 rows, 2 of them ungraded" in done.err
    assert merged.read_bytes() == whole.read_bytes()


def test_a_part_goes_on_and_tries_again_what_has_no_grade(tmp_path: Path, run: Run) -> None:
    answers = write_answers(tmp_path, 8)
    _, part = grade_parts(run, answers, 2)
    before = part.read_bytes()
    part.write_bytes(before[: len(before) // 2])
    assert grade_parts(run, answers, 2)[1].read_bytes() == before
    assert grade_parts(run, answers, 2)[1].read_bytes() == before


def test_missing_rows_are_named_and_nothing_is_written(tmp_path: Path, run: Run) -> None:
    answers, merged = write_answers(tmp_path, 8), tmp_path / "merged.jsonl"
    first, second = grade_parts(run, answers, 2)
    done = run("merge", str(second), "--output", str(merged))
    assert done.code == 2
    assert "4 rows are missing: 1, 3, 5, 7\n" in done.err
    lines = second.read_bytes().splitlines(keepends=True)
    second.write_bytes(b"".join(lines[:-1]))
    assert run("merge", str(first), str(second), "--output", str(merged)).code == 3  # nobody can tell that there was one more
    merged.unlink()
    done = run("merge", str(first), str(second), "--output", str(merged), "--answers", str(answers))
    assert "1 row is missing: 8\n" in done.err
    assert not merged.exists()


def test_a_result_of_another_answer_is_refused(tmp_path: Path, run: Run) -> None:
    answers, merged = write_answers(tmp_path, 4), tmp_path / "merged.jsonl"
    parts = [str(part) for part in grade_parts(run, answers, 2)]
    answers.write_text(answers.read_text().replace("memorises noise", "memorises nothing"))
    done = run("merge", *parts, "--output", str(merged), "--answers", str(answers))
    assert done.code == 2
    assert "row 1 (r0) is not the one that was graded" in done.err


@pytest.mark.parametrize("broken", ["the output is a part", "the output is something else", "no part", "no file"])
def test_what_cannot_be_merged_is_left_alone(tmp_path: Path, run: Run, broken: str) -> None:
    answers = write_answers(tmp_path, 4)
    whole, other = tmp_path / "whole.jsonl", tmp_path / "other"
    other.write_text("mine")
    run("batch", str(answers), "--output", str(whole), "--grader", "embedded")
    part, second = grade_parts(run, answers, 2)
    before = part.read_bytes()
    given = {
        "the output is a part": (part, second, part),
        "the output is something else": (part, second, other),
        "no part": (whole, tmp_path / "new"),
        "no file": (tmp_path / "nowhere", tmp_path / "new"),
    }
    *parts, output = map(str, given[broken])
    done = run("merge", *parts, "--output", output)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert (part.read_bytes(), other.read_text()) == (before, "mine")


@pytest.mark.parametrize("wrong", ["0/2", "3/2", "2", "a/b", "1/0"])
def test_a_shard_is_one_of_so_many(tmp_path: Path, run: Run, wrong: str) -> None:
    done = run("batch", str(write_answers(tmp_path, 1)), "--output", "out.jsonl", "--shard", wrong)
    assert done.code == 2
    assert "is not a part such as 2/8" in done.err
