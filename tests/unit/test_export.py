"""Whatever is exported comes back by an import, whole."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from interviewer.bank.bank import load_bank
from interviewer.bank.export import BankFormat, bank_schema, export
from interviewer.bank.importers import import_files
from interviewer.bank.validate import check_file
from interviewer.models import FollowUp, KeyPoint, Question
from interviewer.resources import resource
from interviewer.text.clean import clean
from tests.conftest import Run
from tests.fakes import question

# Each of these has a meaning in at least one of the formats.
ODD = [
    *(
        "=",
        "+",
        "-",
        "@",
        "＝",
        "'",
        '"',
        "\\",
        "\n",
        "\t",
        " ",
        "\u00a0",
        "#",
        "##",
        "### Answer",
        "- ",
        "1. ",
        "**",
        "`",
        "```",
    ),
    *("<br>", "\\<br>", "\\#", "[", "]", "{", ",", ";", ": ", "|", ">", "&a", "*a", "!!str", "%", "---", "...", "null", "true"),
    *(
        "1e5",
        "~",
        "\u0301",
        "é",
        "ß",
        "日本語",
        "\U0001f600",
        "\ufffe",
        "\uffff",
        "\ufffd",
        "\U0010ffff",
        "a",
        "Why?",
        "(x, 3)",
    ),
]
texts = (
    st.lists(st.sampled_from(ODD) | st.text(max_size=6), max_size=9)
    .map(lambda parts: clean("".join(parts)).strip())
    .filter(bool)
)
slugs = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Question, ...]:
    ids = draw(st.lists(slugs, min_size=1, max_size=4, unique=True))
    numbers = draw(st.lists(st.integers(1, 10**20), min_size=len(ids), max_size=len(ids), unique=True))
    return tuple(draw(one_question(identity, number)) for identity, number in zip(ids, numbers, strict=True))


@st.composite
def one_question(draw: st.DrawFn, identity: str, number: int) -> Question:
    point_ids = draw(st.lists(slugs, max_size=3, unique=True))
    points = [
        KeyPoint(
            id=i,
            text=draw(texts),
            weight=draw(st.sampled_from([1, 2, 3])),
            paraphrases=tuple(draw(st.lists(texts, max_size=2))),
        )
        for i in point_ids
    ]
    follow_ups = [FollowUp(text=draw(texts), key_point=i) for i in point_ids[:1]]
    fields: dict[str, Any] = {
        "number": draw(st.sampled_from([number, None])),
        "id": identity,
        "topic": draw(slugs),
        "level": draw(st.sampled_from(["basic", "advanced"])),
        "question": draw(texts),
        "reference": draw(st.just("") | texts),
        "key_points": points,
        "misconceptions": draw(st.lists(texts, max_size=2)),
        "follow_ups": follow_ups,
        "hint": draw(st.just("") | texts),
        "related": [i for i in draw(st.lists(slugs, max_size=2)) if i != identity],
        "sources": draw(st.lists(texts, max_size=2)),
        "proposed": draw(st.lists(st.sampled_from(["key_points", "misconceptions", "follow_ups"]), unique=True)),
    }
    return Question.model_validate(fields)


def there_and_back(bank: tuple[Question, ...], form: BankFormat) -> tuple[Question, ...]:
    with TemporaryDirectory() as folder:
        path = Path(folder, f"bank.{form}")
        path.write_text(export(bank, form), encoding="utf-8", newline="\n")
        return import_files([path]).questions


WHOLE: tuple[BankFormat, ...] = ("yaml", "jsonl", "csv")


@pytest.mark.slow
@pytest.mark.parametrize("form", WHOLE)
def test_an_import_gives_back_every_field_of_what_was_exported(form: BankFormat) -> None:
    @given(questions())
    @example((question(question="'=1+1", reference="'", hint="''@x", number=None),))
    @example((question(question="1. \\<br>\n<br>", reference="\\# a\n# b\n\\\\# c", number=None),))
    @example((question(question="```\\n=", reference='```\n= ", "x', sources=("```\n=",), number=None),))
    @example((question(question="x " * 100 + "\n y", reference=" \ny:  z\n\n #\n" + "word " * 90 + "\n  more"),))
    def check(bank: tuple[Question, ...]) -> None:
        assert there_and_back(bank, form) == bank

    check()


@pytest.mark.parametrize("form", WHOLE)
def test_the_built_in_bank_survives_every_format(form: BankFormat) -> None:
    bank = load_bank().questions
    assert there_and_back(bank, form) == bank


def test_an_export_has_the_format_that_its_file_ends_in(run: Run, tmp_path: Path) -> None:
    run("bank", "export", "--output", "bank.csv")
    assert (tmp_path / "bank.csv").read_text().startswith("number,id,")
    run("bank", "export", "--output", "bank.txt")
    assert (tmp_path / "bank.txt").read_text() == run("bank", "export").out


@pytest.mark.slow
@pytest.mark.parametrize("form", ["yaml", "jsonl"])
@given(questions())
def test_an_exported_bank_is_a_bank_file_without_problems(form: BankFormat, bank: tuple[Question, ...]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, f"bank.{form}")
        path.write_text(export(bank, form), encoding="utf-8", newline="\n")
        checked = check_file(path)
    assert (checked.questions, checked.problems) == (bank, ())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_csv_starts_a_formula_wherever_a_spreadsheet_splits_it(delimiter: str) -> None:
    texts = ("=HYPERLINK(1)", "+1", "@x", "-1", "x;=1+1", "y\t=1", 'z;"@a"', "a\n=2")
    bank = tuple(question(number=n, id=f"q-{n}", question=text, hint=text, sources=(text,)) for n, text in enumerate(texts, 1))
    text = export(bank, "csv")
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        assert not [cell for cell in row if cell.lstrip('"').startswith(("=", "+", "-", "@"))]


def test_markdown_is_for_reading_and_imports_as_questions_with_their_answers() -> None:
    text = export((question(),), "md")
    assert "## 1. How do you make black tea?" in text
    assert "\n\nBoil fresh water." in text
    assert "- The water has to boil before it is poured. (must-have)" in text
    bank = load_bank().questions
    read = there_and_back(bank, "md")
    assert [(q.number, q.question) for q in read] == [(q.number, q.question) for q in bank]
    assert [q.reference for q in read] == [q.reference for q in bank]
    assert [q.hint for q in read] == [q.hint for q in bank]


def test_markup_of_ones_own_is_text_in_markdown() -> None:
    reference = "# no heading\n\n<details> is a tag, 2 * 3 * 4 and **this** is not bold.\n\n1. one\n\n- a_b and _c_"
    (read,) = there_and_back((question(reference=reference),), "md")
    assert read.reference == reference


def test_long_texts_in_yaml_stay_readable() -> None:
    reference = ("A sentence that says something. " * 10).strip()
    text = export((question(reference=f"{reference}\n\n- a\n- b"),), "yaml")
    assert "\\n" not in text
    assert "reference: |" in text


def test_a_jsonl_row_holds_every_field() -> None:
    row = json.loads(export((question(),), "jsonl"))
    assert set(row) == set(Question.model_fields)


def test_the_published_schema_is_current() -> None:
    published = json.loads(resource("data", "bank", "schema.json").read_text(encoding="utf-8"))
    assert published == bank_schema(), "write it anew: python -m interviewer.bank.export"


def test_the_schema_names_what_the_bank_files_use() -> None:
    fields = bank_schema()["$defs"]["Question"]["properties"]
    for path in sorted(resource("data", "bank").glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            assert set(row) <= set(fields)
