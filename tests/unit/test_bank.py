"""The built-in bank is complete, well-formed, and compiled; selection is fair."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from interviewer.bank.bank import TOPICS, builtin_files, load_bank, select, without_near_duplicates
from interviewer.bank.export import compile_bank
from interviewer.bank.validate import check_file
from interviewer.errors import InputError
from interviewer.models import Question, first_error
from interviewer.resources import resource
from interviewer.text.csv_cell import from_cell, to_cell
from interviewer.text.words import content
from tests.fakes import question

BANK = load_bank()


def test_it_has_the_110_questions_in_five_topics() -> None:
    assert [question.number for question in BANK] == list(range(1, 111))
    assert Counter(question.topic for question in BANK) == dict(zip(TOPICS, (20, 20, 20, 20, 30), strict=True))
    assert len({question.id for question in BANK}) == 110


@pytest.mark.parametrize("file", builtin_files(), ids=lambda file: file.stem)
def test_no_file_has_a_problem(file: object) -> None:
    assert check_file(file).problems == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", list(BANK), ids=lambda asked: asked.id)
def test_a_question_is_fit_to_be_graded(asked: Question) -> None:
    assert 120 <= len(asked.reference.split()) <= 260
    assert 5 <= len(asked.key_points) <= 8
    weights = [point.weight for point in asked.key_points]
    assert 1 <= weights.count(3) <= 3
    assert len(set(weights)) > 1
    assert 1 <= len(asked.misconceptions) <= 3
    assert 3 <= len(asked.follow_ups) <= 6
    must_haves = {point.id for point in asked.key_points if point.weight == 3}
    assert must_haves <= {follow_up.key_point for follow_up in asked.follow_ups}
    assert asked.hint
    assert all(re.search(r"\b(19|20)\d\d\b", source) for source in asked.sources)
    for point in asked.key_points:
        own = set(content(point.text))
        assert len(own - set(content(asked.question))) >= 3, f"{point.id} repeats the question"
        assert len(set(point.paraphrases)) >= 3, point.id
        for paraphrase in point.paraphrases:
            assert len(own & set(content(paraphrase))) <= 0.5 * len(own), f"{point.id}: {paraphrase}"


def test_related_questions_are_related_both_ways() -> None:
    for one in BANK:
        for other in one.related:
            assert one.id in BANK.find(other).related


def test_the_compiled_bank_is_current() -> None:
    """After an edit: python -m interviewer.bank.export."""
    assert resource("data", "bank", "compiled.jsonl").read_text(encoding="utf-8") == compile_bank()


@pytest.mark.parametrize("seed", range(20))
def test_a_session_never_asks_two_of_a_pair_and_takes_turns_between_topics(seed: int) -> None:
    chosen = select(BANK, count=40, chance=random.Random(seed))
    ids = {question.id for question in chosen}
    assert len(ids) == 40
    assert not any(other in ids for question in chosen for other in question.related)
    topics = Counter(question.topic for question in select(BANK, count=10, chance=random.Random(seed)))
    assert topics == dict.fromkeys(TOPICS, 2)


def test_named_questions_come_in_their_order() -> None:
    chosen = select(BANK, keys=["54", "overfitting", "#7"], count=5, chance=random.Random(0))
    assert [question.number for question in chosen] == [54, 3, 7]


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(InputError) as caught:
        BANK.find("overfiting")
    assert "overfitting" in caught.value.next_step


def test_near_duplicates_are_passed_over_whichever_of_the_two_names_the_other() -> None:
    one, two, three = question(id="one", related=("two",)), question(id="two"), question(id="three", related=("one",))
    assert list(without_near_duplicates([one, two, three, one])) == [one]
    assert list(without_near_duplicates([two, three, one])) == [two, three]


def test_the_first_error_of_a_model_is_one_sentence_with_positions_from_one() -> None:
    with pytest.raises(ValidationError) as caught:
        Question.model_validate({**question().model_dump(), "key_points": [{"id": "a", "text": "x", "weight": 4}]})
    assert first_error(caught.value) == "key_points.1.weight: Input should be 1, 2 or 3"
    with pytest.raises(ValidationError) as caught:
        question(id="same", related=("same",))
    assert first_error(caught.value) == "a question cannot be related to itself"


def test_problems_of_a_json_bank_have_their_lines_and_a_repeated_key_is_one(tmp_path: Path) -> None:
    file = tmp_path / "bank.json"
    file.write_text('\t\n[\n\t{"id": "a",\n\t "number": 0}\n]')
    assert {(problem.line, problem.field) for problem in check_file(file).problems} >= {(4, "a.number"), (3, "a.question")}
    file.write_text('[\n{"id": "a",\n"id": "b"}]')
    assert [str(problem) for problem in check_file(file).problems] == [f"{file}:3: the key 'id' stands here twice"]


def test_what_is_no_list_is_no_bank(tmp_path: Path) -> None:
    file = tmp_path / "bank.json"
    file.write_text('{"questions": []}')
    (problem,) = check_file(file).problems
    assert "a bank file is a list" in problem.message


@given(st.text(alphabet="=+-@;\t\n\"'a\uff1d ", max_size=12))
def test_a_guarded_cell_is_read_back_exactly(text: str) -> None:
    cell = to_cell(text)
    assert from_cell(cell) == text
    for part in re.split("[;\t\n]", cell):
        assert not part.lstrip('"').startswith(("=", "+", "-", "@", "\uff1d"))


def test_a_number_or_an_id_that_is_used_twice_is_a_problem_in_its_second_place(tmp_path: Path) -> None:
    file = tmp_path / "bank.jsonl"
    identifiers: list[tuple[int | None, str]] = [(1, "a"), (None, "b"), (None, "a"), (1, "c")]
    file.write_text("\n".join(question(number=number, id=identity).model_dump_json() for number, identity in identifiers))
    assert [str(problem) for problem in check_file(file).problems] == [
        f"{file}:3: a.id: a is used twice",
        f"{file}:4: c.number: 1 is used twice",
    ]


def test_a_repeated_key_in_json_lines_costs_that_line(tmp_path: Path) -> None:
    file = tmp_path / "bank.jsonl"
    file.write_text(f'{question().model_dump_json()}\n{{"id": "a", "id": "b"}}\n')
    checked = check_file(file)
    assert len(checked.questions) == 1
    assert [(problem.line, problem.message) for problem in checked.problems] == [(2, "a key stands twice in one object")]
