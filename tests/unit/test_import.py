"""Guides as people write them become banks; nothing is merged, lost or invented."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from interviewer.bank.bank import user_banks
from interviewer.bank.importers import Imported, import_files
from tests.conftest import Run
from tests.fakes import serving

GUIDE = """# Guide

Some words before the first question.

## Machine Learning

1. What is a tensor?
2. What is a GPU?

## Answers

1. **What is a tensor?**

   - An array with any number of axes.
   - Frameworks track gradients for it.

2. **What is a GPU?**
A processor for many small sums.
   1. It loads data.
   2. It multiplies.

```python
# 3. **Not a question?**
```
"""


def imported(path: Path, text: str | bytes, name: str = "guide.md") -> Imported:
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_files([file])


def test_questions_and_answers_in_two_places_become_one(tmp_path: Path) -> None:
    found = imported(tmp_path, GUIDE)
    assert [question.question for question in found.questions] == ["What is a tensor?", "What is a GPU?"]
    assert "any number of axes" in found.questions[0].reference
    assert "It multiplies" in found.questions[1].reference
    assert all(question.key_points == () for question in found.questions)
    assert any(note.line == 3 for note in found.notes)


@pytest.mark.parametrize(
    "change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t, lambda t: t.replace("   ", "\t")]
)
def test_line_ends_marks_and_tabs_change_nothing(tmp_path: Path, change: Callable[[str], str]) -> None:
    plain = imported(tmp_path, GUIDE)
    assert [q.question for q in imported(tmp_path, change(GUIDE)).questions] == [q.question for q in plain.questions]


def test_headings_inside_an_answer_divide_it_and_headings_over_questions_are_topics(tmp_path: Path) -> None:
    text = """# Guide

## Tensors

1. **What is a tensor?**

#### In short

An array with any number of axes.

#### In depth

1. It has a shape.
2. It has a type.

### Hardware (advanced)

2. **What is a GPU?**

A processor for many small sums.
"""
    found = imported(tmp_path, text)
    assert not found.notes
    tensor, gpu = found.questions
    assert [line for line in tensor.reference.split("\n") if line] == [
        "In short",
        "An array with any number of axes.",
        "In depth",
        "1. It has a shape.",
        "2. It has a type.",
    ]
    assert (tensor.topic, tensor.level, gpu.topic, gpu.level) == ("tensors", "basic", "hardware-advanced", "advanced")


def test_other_languages_and_restarting_numbers(tmp_path: Path) -> None:
    text = "## Eins\n\n1. **Was ist Überanpassung?**\n\nRauschen.\n\n## Zwei\n\n1. **什么是注意力？**\n\n加权求和。\n"
    found = imported(tmp_path, text)
    assert [(q.number, q.topic) for q in found.questions] == [(1, "eins"), (2, "zwei")]
    assert found.questions[1].reference == "加权求和。"


def test_five_megabytes_take_seconds_and_lose_nothing(tmp_path: Path) -> None:
    words = " ".join(f"word{n}" for n in range(120))
    count = 5_000
    text = "".join(f"{n}. **What is concept {n} of field {n % 89}?**\n\n{words} {n}\n\n" for n in range(1, count + 1))
    began = time.perf_counter()
    assert len(imported(tmp_path, text).questions) == count
    assert time.perf_counter() - began < 30


def test_ids_stay_when_the_wording_changes(tmp_path: Path) -> None:
    first = imported(tmp_path, GUIDE)
    (tmp_path / "guide.md").write_text(GUIDE.replace("What is a GPU?", "What is a graphics processor?"))
    again = import_files([tmp_path / "guide.md"], first.questions)
    assert [question.id for question in again.questions] == [question.id for question in first.questions]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bomb.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "bomb.yaml:2: aliases"),
        ("tag.yaml", "- !!python/object/apply:os.system ['true']\n", "tag.yaml:1"),
        ("twice.yaml", "- id: a\n  id: b\n", "twice.yaml:2: the key 'id'"),
        ("deep.json", "[" * 100_000, "deep.json"),
        ("bad.csv", 'question,answer\n"open,1\n', "bad.csv:2"),
        ("noise.md", b"\x00\x01\x02\xff", "noise.md"),
        ("nothing.md", "Just some prose.\n", "no question was found"),
    ],
)
def test_hostile_files_end_in_one_clear_line(run: Run, tmp_path: Path, name: str, text: str | bytes, says: str) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("bank", "import", name)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.err.count("\n") <= 3


def test_a_bank_of_ones_own_can_be_practised_and_imported_again(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "mine.md").write_text(GUIDE)
    first = run("bank", "import", "mine.md")
    assert first.code == 0, first.err
    assert "2 questions" in first.out
    assert user_banks(home / "banks") == ("mine",)
    done = run("practice", "--bank", "mine", "--question", "1", stdin="An array with several axes.\n/done\n")
    assert done.code == 0, done.err
    assert "has no key points" in done.out
    assert run("bank", "import", "mine.md").code == 2
    assert run("bank", "import", "mine.md", "--force").code == 0


def test_enrich_marks_its_proposals_and_touches_nothing_else(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "mine.md").write_text("1. **What is tea?**\n\nA drink made of leaves and hot water. It steeps for minutes.\n")
    assert run("bank", "import", "mine.md").code == 0
    point = {"text": "Tea is made of leaves in hot water.", "weight": 3, "paraphrases": ["You pour boiling water on a plant."]}
    proposal = {
        "key_points": [point, *({**point, "text": f"Fact {n} about steeping leaves.", "weight": n} for n in (1, 2))],
        "misconceptions": ["Tea is a kind of coffee."],
        "follow_ups": [{"text": "How long does it steep?", "key_point": 2}],
    }
    with serving(json.dumps(proposal)) as server:
        done = run("bank", "enrich", "mine", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert done.code == 0, done.err
        assert run("bank", "enrich", "mine", OPENAI_BASE_URL=server.url).err.strip() == "Nothing is missing."
    (row,) = yaml.safe_load((home / "banks" / "mine.yaml").read_text())
    assert row["proposed"] == ["key_points", "misconceptions", "follow_ups"]
    assert row["reference"].startswith("A drink")
    graded = run("grade", "--bank", "mine", "--question", "1", "--grader", "embedded", stdin="Leaves in boiling water.")
    assert "nobody has checked" in graded.out
