"""The report on a cohort: which questions are hard, what most people miss, and what to read again."""

import csv
import itertools
import json
import re
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.models import Grading, Rejected, Verdict
from tests.conftest import Run
from tests.unit.test_report import TEA, Page, Tones, grading

COVERED: tuple[Verdict, str] = ("covered", "I boil the water")


def row(name: str, graded: Grading, question: str = "overfitting") -> str:
    return json.dumps({"id": name} | graded.model_dump(mode="json") | {"question_id": question})


def ungraded(name: str, reason: str) -> str:
    made = grading(TEA, {})
    return row(name, made.model_copy(update={"status": "ungraded", "score": None, "reason": reason}))


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """Twelve answers to a hard question with one far off, six to an easy one, an estimate, two failures, and rubbish."""
    rows = [row(f"ann-{n}", grading(TEA, {"boiling": COVERED}, 38 + n % 4)) for n in range(11)]
    rows.append(row("=far", grading(TEA, {"boiling": COVERED}, 95)))
    rows += [
        row(f"bob-{n}", grading(TEA, dict.fromkeys(("boiling", "draw", "fresh"), COVERED), 90 + n), "underfitting")
        for n in range(6)
    ]
    claimed = grading(TEA, {"boiling": COVERED}, 92)
    assert claimed.score is not None
    points = tuple(
        point.model_copy(update={"rejected": Rejected(claimed="covered", reason="not said")})
        if point.evidence is None
        else point
        for point in claimed.score.key_points
    )
    rows.append(
        row(
            "doubt",
            claimed.model_copy(update={"score": claimed.score.model_copy(update={"key_points": points})}),
            "underfitting",
        )
    )
    rows.append(row("guess", grading(TEA, {}, 10, "embedded")))
    rows += [ungraded("u1", "no answer in time"), ungraded("u2", "no answer in time"), "rubbish", '{"id": 3}']
    file = tmp_path / "graded.jsonl"
    file.write_text("".join(f"{line}\n" for line in rows))
    return file


def told(run: Run, graded: Path, face: str) -> str:
    done = run("report", "--from", str(graded), "--format", face, "--output", "-")
    assert done.code == 0, done.err
    return done.out


def test_questions_are_told_from_the_hardest_to_the_easiest(run: Run, graded: Path) -> None:
    found = json.loads(told(run, graded, "json"))
    assert (found["rows"], found["unreadable"], found["failures"]) == (24, 2, [{"reason": "no answer in time", "answers": 2}])
    hard, easy, estimate = found["questions"]
    assert (estimate["kind"], estimate["answers"]) == ("embedded", 1)
    assert (hard["question"], hard["answers"], hard["lowest"], hard["highest"]) == ("overfitting", 12, 38, 95)
    # 38 39 40 41 38 39 40 41 38 39 40 and 95
    assert (hard["mean"], hard["median"]) == (44, 39.5)
    assert hard["text"] == "", "these are the points of another question, whatever its name"
    assert hard["bands"] == {"insufficient": 0, "thin": 11, "fair": 0, "strong": 0, "excellent": 1}
    assert [(point["key_point"], point["missed"]) for point in hard["missed"]] == [("draw", 12), ("fresh", 12)]
    assert (easy["question"], easy["answers"]) == ("underfitting", 7)


def test_all_answers_are_told_together_but_kinds_of_graders_apart(run: Run, graded: Path) -> None:
    found = json.loads(told(run, graded, "json"))
    assert [(one["kind"], one["answers"], one["lowest"], one["highest"]) for one in found["overall"]] == [
        ("llm", 19, 38, 95),
        ("embedded", 1, 10, 10),
    ]
    assert sum(found["overall"][0]["bands"].values()) == 19


def test_of_points_missed_equally_often_the_weightier_comes_first(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "graded.jsonl"
    file.write_text(row("ann", grading(TEA, {})) + "\n")
    (question,) = json.loads(told(run, file, "json"))["questions"]
    assert [point["weight"] for point in question["missed"]] == [3, 2, 1]
    assert "100 % (1, must-have)" in re.sub(r"\s+", " ", "".join(Page(told(run, file, "html")).texts))
    assert "(1, must-have)" in told(run, file, "md")


@pytest.mark.parametrize("face", ["html", "md"])
def test_where_nothing_was_graded_only_the_reasons_are_told(run: Run, tmp_path: Path, face: str) -> None:
    file = tmp_path / "graded.jsonl"
    file.write_text(ungraded("u1", "no answer in time") + "\n")
    text = told(run, file, face)
    assert "1 row (u1): no answer in time" in text
    assert "hardest" not in text


def test_what_stands_out_is_to_be_read_again(run: Run, graded: Path) -> None:
    found = json.loads(told(run, graded, "json"))
    assert {one["id"]: one["why"] for one in found["outliers"]} == {
        "=far": "far from the other answers, whose median is 40",
        "doubt": "2 of 3 credits that the grader claimed have no words behind them",
    }


def test_the_table_has_one_row_a_question(run: Run, graded: Path) -> None:
    rows = list(csv.DictReader(told(run, graded, "csv").removeprefix("\ufeff").splitlines()))
    assert [(one["question_id"], one["grader"], one["answers"]) for one in rows] == [
        ("overfitting", "llm", "12"),
        ("underfitting", "llm", "7"),
        ("overfitting", "embedded", "1"),
    ]
    assert rows[0]["missed"].startswith("draw 12; fresh 12")
    assert rows[0]["read_again"] == "'=far"


def test_the_page_is_whole_and_runs_nothing(run: Run, graded: Path) -> None:
    page = Page(told(run, graded, "html"))
    text = re.sub(r"\s+", " ", "".join(page.texts))
    for part in (
        "Graded by an LLM 19 answers",
        "Graded on the machine estimates, unconfirmed 1 answer, mean 0–25 ",
        "Questions, the hardest first",
        "12 answers, mean 44, median 40",
        "100 % (12, expected)",
        "=far",
        "2 rows (u1, u2): no answer in time",
    ):
        assert part in text
    assert "script" not in {tag for tag, _ in page.tags}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("face", ["html", "md"])
def test_estimates_are_in_no_band_and_miss_nothing(run: Run, tmp_path: Path, face: str) -> None:
    rows = [grading(TEA, {"boiling": COVERED}, overall, "embedded") for overall in (10, 80)]
    file = tmp_path / "graded.jsonl"
    file.write_text("".join(f"{row(str(number), made)}\n" for number, made in enumerate(rows)))
    whole = told(run, file, face)
    text = whole.rpartition("</style>")[2]
    assert "estimates, unconfirmed" in text
    assert "mean 32–60" in text or "| 32–60 |" in text, "the means of 0–25 and of 65–95"
    assert "median 45" not in text
    assert not re.search(r"\| 45 \||10 to 80", text), "made of the single numbers behind the ranges"
    assert not re.search("insufficient|thin|fair|strong<|strong |excellent|Missed most", text)
    assert not Tones(whole).told


def test_markdown_tells_it_too(run: Run, graded: Path) -> None:
    text = told(run, graded, "md")
    assert "| 12 | 44 | 40 |" in text
    assert "far from the other answers" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        ("", "holds no graded answer"),
        ("rubbish\n", "holds no graded answer"),
        ("[1]\n", "holds no graded"),
    ],
)
def test_a_file_of_another_kind_is_told(run: Run, tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "other.jsonl"
    if content is not None:
        file.write_text(content)
    done = run("report", "--from", str(file))
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("shard", [(), ("--shard", "1/1")], ids=["whole", "part"])
def test_a_real_batch_can_be_reported(run: Run, tmp_path: Path, shard: tuple[str, ...]) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(
        "".join(
            json.dumps({"id": n, "question": "3", "answer": "It learns noise by heart and fails on new data."}) + "\n"
            for n in range(3)
        )
    )
    output = tmp_path / "graded.jsonl"
    assert run("batch", str(answers), "--output", str(output), "--grader", "embedded", *shard).code == 0
    (one,) = json.loads(told(run, output, "json"))["questions"]
    assert one["text"] == load_bank().find("overfitting").question
    assert (one["question"], one["kind"], one["answers"], one["spread"]) == ("overfitting", "embedded", 3, 0)


def test_all_reasons_to_read_an_answer_again_are_given_together(run: Run, tmp_path: Path) -> None:
    rows = [row(f"ann-{n}", grading(TEA, {"boiling": COVERED}, 38 + n)) for n in range(6)]
    fluent = grading(TEA, {}, 95)
    assert fluent.score is not None
    rows.append(
        row("eve", fluent.model_copy(update={"score": fluent.score.model_copy(update={"level": 5.0, "coverage": 0.0})}))
    )
    file = tmp_path / "graded.jsonl"
    file.write_text("\n".join(rows))
    (outlier,) = json.loads(told(run, file, "json"))["outliers"]
    assert (outlier["id"], outlier["overall"]) == ("eve", 95)
    assert outlier["why"] == (
        "far from the other answers, whose median is 41; the grader's level is 5.0 of 5, the key points found are 0%"
    )


def as_columns(lines: list[str], file: Path) -> None:
    """Write results as Parquet with a column for each field, as a pipeline of Ray or pandas does."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.Table.from_pylist([json.loads(line) for line in lines]), file)


def as_one_column(lines: list[str], file: Path) -> None:
    """Write results as Parquet with what `interviewer.ray.Grade` returns."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"row": list(range(len(lines))), "result": lines, "left": [False] * len(lines)}), file)


@pytest.mark.parametrize("given", ["parts", "parts/**/*.*", "each", "expanded"])
def test_parts_of_all_kinds_are_one_cohort(run: Run, graded: Path, tmp_path: Path, given: str) -> None:
    folder = tmp_path / "parts"
    (folder / "deeper").mkdir(parents=True)
    lines = graded.read_text().splitlines(keepends=True)
    results = [line for line in lines if '"question_id"' in line]
    as_columns(results[:9], folder / "part-1.parquet")
    as_one_column(results[9:15], folder / "deeper" / "part-2.parquet")
    (folder / "part-3.jsonl").write_text("".join(results[15:] + [line for line in lines if line not in results]))
    (folder / "_SUCCESS.txt" if given == "parts" else folder / "deeper" / "empty.jsonl").touch()
    parts = [str(part) for part in folder.rglob("part-*.*")]
    each = [argument for part in parts for argument in ("--from", part)]
    where = {"each": each, "expanded": ["--from", *parts]}.get(given, ["--from", str(tmp_path / given)])
    done = run("report", *where, "--format", "json", "--output", "-")
    assert done.code == 0, done.err
    found, whole = json.loads(done.out), json.loads(told(run, graded, "json"))
    different = {"created": "", "source": ""}
    assert found | different == whole | different


def test_several_parts_are_reported_under_a_name_of_their_own(run: Run, graded: Path) -> None:
    done = run("report", "--from", str(graded.with_name("*.jsonl")))
    assert (done.code, done.out.strip()) == (0, "cohort.md"), done.err


def test_a_part_that_is_named_twice_counts_once(run: Run, graded: Path) -> None:
    once, pattern = str(graded), str(graded.with_name("*.jsonl"))
    done = run("report", "--from", once, "--from", pattern, "--format", "json", "--output", "-")
    assert json.loads(done.out)["rows"] == json.loads(told(run, graded, "json"))["rows"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing*.parquet", "no such file"), ("empty", "no .jsonl or .parquet in that folder"), ("torn.parquet", "cannot read")],
)
def test_parts_that_cannot_be_read_are_named(run: Run, tmp_path: Path, name: str, message: str) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    done = run("report", "--from", str(tmp_path / name))
    assert done.code == 2
    assert message in done.err
    assert name in done.err
    assert "Traceback" not in done.err


def test_parquet_without_pyarrow_says_what_to_install(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['pyarrow'] = None\n")
    (tmp_path / "graded.parquet").touch()
    done = run("report", "--from", str(tmp_path / "graded.parquet"), PYTHONPATH=str(tmp_path))
    assert done.code == 2
    assert done.err == "interviewer: Parquet needs pyarrow\n  in the interviewer folder: pip install '.[ray]'\n"
