"""What a grade rests on: a change of any of it gives another identity, and grades of two identities are never mixed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.batch.regrade import to_regrade
from interviewer.batch.rows import Row, read_results
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.identity import grade_identity, grader_identity
from interviewer.grading.llm import LLMGrader
from interviewer.grading.segment import segment
from interviewer.models import GraderInfo, Grading
from interviewer.resources import load_toml, resource
from interviewer.settings import load_settings
from tests.conftest import Run, processor_seconds
from tests.fakes import fake_context, question
from tests.unit.test_debrief import attempt

ROOT = Path(__file__).parent.parent.parent
CALIBRATION = "corners = [[0.0, 0.0], [1.0, 1.0]]\n\n[scales.embedded_reference]"
HALVED = "corners = [[0.0, 0.0], [1.0, 0.5]]\n\n[scales.embedded_reference]"
CHECKOUT = {"PYTHONPATH": "."}
"""The environment of a command that is to run in the checkout of `change`."""


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str, str, str], None]:
    """A checkout in the folder where commands run: the same code, with prompts and data that a test may edit."""
    (tmp_path / "interviewer").symlink_to(ROOT / "interviewer")
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    (tmp_path / "data").mkdir()
    for file in (ROOT / "data").iterdir():
        (tmp_path / "data" / file.name).symlink_to(file)

    def edit(file: str, old: str, new: str) -> None:
        path = tmp_path / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} in {file}"
        path.unlink()
        path.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def identities(folder: Path) -> list[str]:
    """The identities of the embedded grader and of an LLM, as a process in this folder computes them."""
    code = "from interviewer.grading.identity import grader_identity as of; print(of('embedded'), of('llm'))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("data/rubric.toml", CALIBRATION, HALVED, [True, True]),
        ("data/rubric.toml", "partial = 0.5", "partial = 0.4", [True, True]),
        ("data/rubric.toml", "# The rubric:", "# Our rubric:", [False, False]),
        ("data/rubric.toml", 'how = "How it works', 'how = "How it really works', [False, False]),
        ("data/rubric.toml", "score = 65", "score = 66", [False, False]),
        ("data/words.toml", "hardly\n", "hardly scarcely\n", [True, True]),
        ("data/delivery.toml", 'sounds = "um ', 'sounds = "um uum ', [True, True]),
        ("data/delivery.toml", "words = [120, 450]", "words = [110, 450]", [False, False]),
        ("prompts/grade.md", "Be exact:", "Be kind and exact:", [False, True]),
        ("prompts/repair.md", "That reply cannot be used", "This reply cannot be used", [False, True]),
        ("prompts/enrich.md", "# user", "# user\n", [False, False]),
    ],
)
def test_whatever_decides_a_grade_is_part_of_its_identity_and_nothing_else(
    tmp_path: Path, change: Callable[[str, str, str], None], file: str, old: str, new: str, changed: list[bool]
) -> None:
    change(file, old, new)
    before = [grader_identity("embedded"), grader_identity("llm")]
    assert [one != other for one, other in zip(before, identities(tmp_path), strict=True)] == changed


def test_a_grader_says_its_identity_and_the_number_of_samples_is_part_of_it(home: Path) -> None:
    def llm(samples: int) -> GraderInfo:
        context = fake_context(home, OPENAI_BASE_URL="http://127.0.0.1:9/v1", INTERVIEWER_MODEL="stub")
        return LLMGrader(load_settings(context.environ, context.paths, samples=samples), context).info

    found = {EmbeddedGrader().info.identity, llm(1).identity, llm(3).identity}
    assert found == {grader_identity("embedded"), grader_identity("llm"), grader_identity("llm", 3)}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("field", "value", "matters"),
    [
        ("reference", "Boil it.", True),
        ("question", "How do you make green tea?", True),
        ("misconceptions", (), True),
        ("key_points", (question().key_points[0].model_copy(update={"paraphrases": ("It must bubble.",)}),), True),
        ("key_points", tuple(point.model_copy(update={"weight": 1}) for point in question().key_points), True),
        ("key_points", tuple(point.model_copy(update={"rung": "why"}) for point in question().key_points), False),
        ("hint", "None.", False),
        ("sources", (), False),
    ],
)
def test_a_grade_rests_on_all_of_a_question_that_an_answer_is_held_against(field: str, value: object, matters: bool) -> None:
    changed = question().model_copy(update={field: value})
    assert (grade_identity("g", changed, "Boil it.") != grade_identity("g", question(), "Boil it.")) == matters


def test_the_identity_of_a_row_costs_next_to_nothing() -> None:
    asked = load_bank().questions
    rows = [Row(n, n, asked[n % len(asked)], segment(f"It memorises noise {n}."), grader="g") for n in range(5_000)]
    assert processor_seconds(lambda: [row.beginning for row in rows]) / len(rows) < 80e-6  # measured: 8e-6
    assert len({row.beginning for row in rows}) == len(rows)


def said(*answers: str) -> str:
    return "".join(json.dumps({"id": f"r{n}", "question": 3, "answer": text}) + "\n" for n, text in enumerate(answers))


COMMAND = ("batch", "in.jsonl", "--output", "out.jsonl", "--grader", "embedded")


def test_a_batch_is_not_gone_on_with_by_another_rubric(
    run: Run, tmp_path: Path, change: Callable[[str, str, str], None]
) -> None:
    (tmp_path / "in.jsonl").write_text(said("It learns the noise of its training data by heart."))
    assert run(*COMMAND, **CHECKOUT).code == 0
    before = (tmp_path / "out.jsonl").read_text()
    (tmp_path / "in.jsonl").write_text(said("It learns the noise of its training data by heart.", "Dropout helps."))
    change("data/rubric.toml", CALIBRATION, HALVED)
    refused = run(*COMMAND, **CHECKOUT)
    assert refused.code == 2
    assert "row 1 (r0) was graded with another grader, rubric or prompt" in refused.err
    assert (tmp_path / "out.jsonl").read_text() == before
    change("data/rubric.toml", HALVED, CALIBRATION)
    assert "1 graded, 1 in earlier runs" in run(*COMMAND, **CHECKOUT).err


def test_an_output_of_an_earlier_release_is_named_as_such(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(said("It learns the noise of its training data by heart."))
    assert run(*COMMAND).code == 0
    row = json.loads((tmp_path / "out.jsonl").read_text())
    del row["grader"]["identity"]
    earlier = json.dumps({**row, "row_hash": "0123456789abcdef"}, separators=(",", ":")) + "\n"
    (tmp_path / "out.jsonl").write_text(earlier)
    refused = run(*COMMAND)
    assert refused.code == 2
    assert "row 1 (r0) was graded by an earlier release" in refused.err
    assert "choose another --output" in refused.err
    assert (tmp_path / "out.jsonl").read_text() == earlier


def test_evaluate_prints_no_figures_of_another_rubric_from_its_cache(
    run: Run, home: Path, tmp_path: Path, change: Callable[[str, str, str], None]
) -> None:
    rows = [
        json.loads(line) | {"score": score}
        for line, score in zip(said("It learns noise.", "No.").splitlines(), (1, 0), strict=True)
    ]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ("evaluate", "set.jsonl", "--grader", "embedded", "--json")
    assert run(*command, **CHECKOUT).code == 0
    change("data/rubric.toml", CALIBRATION, HALVED)
    assert run(*command, **CHECKOUT).code == 0
    kept = [[row["score"]["overall"] for row in read_results(file)] for file in (home / "evaluations").iterdir()]
    low, high = sorted(kept)
    assert low == [pytest.approx(score / 2, abs=1) for score in high]


def test_regrade_takes_up_what_another_identity_graded() -> None:
    info = EmbeddedGrader().info
    known = attempt("tea", 70, {}, grader=info)
    assert to_regrade([known], info) == ()
    assert to_regrade([known], info.model_copy(update={"identity": "0123456789abcdef"})) == (known,)
    assert to_regrade([known], info.model_copy(update={"identity": None})) == (known,)


def test_a_grading_of_the_last_release_can_still_be_read() -> None:
    """It has no identity; what is stored now has one."""
    known = attempt("tea", 70, {}, grader=EmbeddedGrader().info).grading
    assert known
    stored = json.loads(known.model_dump_json())
    del stored["grader"]["identity"]
    assert Grading.model_validate_json(json.dumps(stored)).grader.identity is None


def test_shipped_files_are_those_in_the_wheel_where_there_are_any_and_else_those_of_the_checkout(tmp_path: Path) -> None:
    package = tmp_path / "interviewer"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "words.toml").touch()
    assert resource("data", "words.toml", package=package) == tmp_path / "data" / "words.toml"
    (package / "share" / "data").mkdir(parents=True)
    (package / "share" / "data" / "words.toml").touch()
    assert resource("data", "words.toml", package=package) == package / "share" / "data" / "words.toml"
    assert load_toml("rubric.toml")["credit"]["covered"] == 1.0
