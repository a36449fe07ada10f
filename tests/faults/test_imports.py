"""Banks made to hurt, and guides that are merely large or foreign: bounded time and memory, and clear errors."""

import json
from pathlib import Path

import pytest

from tests.conftest import THOROUGH
from tests.faults.conftest import UNSET, Measure, Seen

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MEMORY_LIMIT = 200_000_000
"""Bytes, for a whole process: the tokens of the largest document are 25 times its size."""
SECONDS = 30
"""Of processor time for a whole process, on a slow machine."""
BYTES = 2_000_000 if THOROUGH else 400_000
"""Of a file that is made of one thing."""


def read(measure: Measure, *arguments: str) -> Seen:
    seen = measure(*arguments, OPENAI_API_KEY=UNSET)
    assert seen.seconds < SECONDS
    assert seen.memory < MEMORY_LIMIT
    assert "Traceback" not in seen.all
    assert "this is a bug" not in seen.err
    return seen


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bomb.yaml", BOMB, "aliases"),
        ("tag.yaml", "- !!python/object/apply:os.system ['touch pwned']\n", "tag.yaml:1"),
        ("tag.yaml", "- number: !!python/name:os.system\n  question: x\n", "tag.yaml:1"),
        ("merge.yaml", "- &a {number: 1}\n- <<: *a\n", "aliases"),
        ("twice.yaml", "- question: What is tea?\n  question: What is coffee?\n", "twice"),
        ("deep.yaml", "[" * 100_000, "deep"),
        ("deep.json", "[" * 100_000, "deep"),
        ("deep.jsonl", '{"question":' * 50_000, "deep.jsonl"),
        ("number.json", '[{"number": ' + "9" * 100_000 + "}]", "number.json"),
        ("twice.json", '[{"question": "What is tea?", "question": "x"}]', "twice"),
        ("binary.md", "\x00\x01\x02" * 1000, "not text"),
        ("prose.md", "Tea is nice.\n" * 1000, "no question was found"),
        ("open.csv", 'question,reference\n"What is tea?,x\n', "close every quoted cell"),
        ("headless.csv", "1,2,3\n4,5,6\n", "no column is called question"),
    ],
)
def test_a_file_made_to_hurt_is_refused_with_its_line(
    measure: Measure, tmp_path: Path, home: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    seen = read(measure, "bank", "import", name)
    assert seen.code == 2, seen.all
    assert says in seen.err
    assert not (tmp_path / "pwned").exists()
    assert not list((home / "banks").glob("*.yaml"))
    assert len(seen.err) < 5000


def test_bytes_that_are_no_text_are_refused(measure: Measure, tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_bytes(b"**1. What is tea?**\n\xff\x81\n")
    seen = read(measure, "bank", "import", "guide.md")
    assert seen.code == 2
    assert "not UTF-8 text" in seen.err


def test_a_guide_of_300_questions_in_another_language(measure: Measure, tmp_path: Path, home: Path) -> None:
    block = (
        "**{n}. Was ist Überanpassung, Fall {n}, и 日本語?**\r\n\r\n"
        "\t- Ein Modell lernt Rauschen auswendig.\r\n\t\t- Es fällt bei neuen Daten {n} durch.\r\n\r\n"
        "```python\r\n**1. not a question**\r\n\tfit(x)\r\n```\r\n\r\n"
    )
    (tmp_path / "guide.md").write_bytes("".join(block.format(n=n) for n in range(1, 301)).encode())
    seen = read(measure, "bank", "import", "guide.md")
    assert seen.code == 0, seen.err
    assert "300 questions" in seen.out
    assert "300 have an answer" in seen.out
    listed = json.loads(read(measure, "bank", "list", "--bank", "guide", "--json").out)
    assert [question["number"] for question in listed] == list(range(1, 301))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("repeated.md", "**1. What is this?**\n\n" * 217_000, "more than 100,000 lines"),
        ("different.md", "".join(f"{n}. What is thing {n}?\n" for n in range(1, 10_500)), "more than 10,000 questions"),
        ("flow.yaml", f"[{'a,' * 2_400_000}]", "more than 100,000 values"),
        ("flow.json", f"[{'1,' * 2_400_000}1]", "more than 100,000 values"),
        ("large.md", "x" * 5_000_001, "larger than 5 MB"),
    ],
    ids=["lines", "questions", "yaml", "json", "bytes"],
)
def test_a_file_that_holds_too_much_is_refused(measure: Measure, tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    seen = read(measure, "bank", "import", name)
    assert seen.code == 2, seen.all
    assert says in seen.err
    assert "split it into several files" in seen.err


def test_a_large_guide(measure: Measure, tmp_path: Path) -> None:
    count = BYTES // 500
    said = "- It is a matter of some importance in case {n}, as anybody can see who looks at it, and there is more to it.\n"
    (tmp_path / "guide.md").write_text(
        "".join(f"**{n}. What is thing number {n} in all?**\n\n{said.format(n=n) * 10}\n" for n in range(count))
    )
    seen = read(measure, "bank", "import", "guide.md")
    assert seen.code == 0, seen.all
    assert f"{count} have an answer" in seen.out


def test_thousands_of_repeated_questions_are_told_in_few_lines(measure: Measure, tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text("**1. What is tea?**\n\nLeaves.\n\n" + "**1. What is this?**\n\n" * 20_000)
    seen = read(measure, "bank", "import", "guide.md")
    assert seen.code == 0, seen.all
    assert "2 questions" in seen.out
    assert "line 7: left out: it repeats line 5, word for word" in seen.err
    assert "more like this, in lines 9, 11, 13, 15, …" in seen.err
    assert len(seen.err.splitlines()) < 9


@pytest.mark.parametrize(
    "line",
    [
        "x" * 99,
        "**1. What is this?**\n\n",
        "- " * 40,
        "`" * 60,
        "    " * 20 + "- x",
        "*" * 98,
        "| a " * 25,
    ],
    ids=["text", "questions", "dashes", "ticks", "indents", "stars", "cells"],
)
def test_a_large_file_of_one_thing(measure: Measure, tmp_path: Path, line: str) -> None:
    (tmp_path / "guide.md").write_text("**1. What is tea?**\n\nLeaves.\n\n" + f"{line}\n" * (BYTES // (len(line) + 1)))
    seen = read(measure, "bank", "import", "guide.md")
    assert seen.code in {0, 2}, seen.all


@pytest.mark.parametrize("line", ["*", "`", "- ", "[](", "\\"])
def test_a_large_file_of_one_line(measure: Measure, tmp_path: Path, line: str) -> None:
    (tmp_path / "guide.md").write_text(f"**1. What is tea?**\n\nLeaves. {line * (BYTES // len(line))}\n")
    seen = read(measure, "bank", "import", "guide.md")
    assert seen.code in {0, 2}, seen.all
