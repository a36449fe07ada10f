"""The built-in bank is complete, well-formed, and compiled; selection is fair."""

import random
import re
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from interviewer.bank.bank import TOPICS, builtin_files, load_bank, open_bank, select, without_near_duplicates
from interviewer.bank.export import compile_bank, export
from interviewer.bank.quality import review
from interviewer.bank.validate import check_file
from interviewer.errors import InputError
from interviewer.models import FollowUp, KeyPoint, Question, first_error
from interviewer.resources import resource
from interviewer.text.csv_cell import from_cell, to_cell
from interviewer.text.words import content
from tests.fakes import question

BANK = load_bank()


def test_it_has_the_110_questions_of_the_guide_in_five_topics_and_fifty_more(tmp_path: Path) -> None:
    guide = open_bank("guide", tmp_path)
    assert [question.number for question in guide] == list(range(1, 111))
    assert Counter(question.topic for question in guide) == dict(zip(TOPICS, (20, 20, 20, 20, 30), strict=False))
    assert sorted(question.number or 0 for question in BANK) == [*range(1, 111), *range(201, 251)]
    assert len({question.id for question in BANK}) == len(BANK) == 160
    assert {question.topic for question in BANK} == set(TOPICS)


def test_a_bank_of_the_user_s_own_named_guide_comes_before_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "guide.yaml").write_text(f"[{question(id='mine').model_dump_json()}]")
    assert [mine.id for mine in open_bank("guide", tmp_path)] == ["mine"]


def test_numbers_keep_to_some_questions_of_a_bank(tmp_path: Path) -> None:
    assert [question.number for question in open_bank(None, tmp_path, {3, 54, 150, 201})] == [3, 201, 54]
    assert [question.number for question in open_bank("guide", tmp_path, {3, 201})] == [3]
    with pytest.raises(InputError, match="no question has one of these numbers"):
        open_bank("guide", tmp_path, {201})


@pytest.mark.parametrize("file", builtin_files(), ids=lambda file: file.stem)
def test_no_file_has_a_problem(file: object) -> None:
    assert check_file(file).problems == ()  # type: ignore[arg-type]


def test_there_is_nothing_to_warn_of() -> None:
    assert [str(warning) for warning in review(check_file(file) for file in builtin_files())] == []


def reviewed(tmp_path: Path, *questions: Question) -> list[str]:
    file = tmp_path / "bank.yaml"
    file.write_text(export(questions, "yaml"), encoding="utf-8")
    checked = check_file(file)
    assert checked.problems == ()
    return [f"{warning.field}: {warning.message}" for warning in review([checked])]


def must_have(text: str, *, weight: Literal[2, 3] = 3, asked: bool = True) -> Question:
    point = KeyPoint(id="fact", text=text, weight=weight)
    follow_ups = (FollowUp(text="And why?", key_point="fact"),) if asked else ()
    return question(key_points=(point,), follow_ups=follow_ups, misconceptions=(), sources=())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("It memorises noise, so it fails on new data.", "so"),
        ("It memorises noise so it fails on new data.", "so"),
        ("Trees differ because each sees another sample.", "because"),
        ("The gradient is a product, which vanishes with depth.", "which"),
        ("The weights are updated so that outputs with a high reward become more likely.", None),
        ("It predicts which of two answers people prefer.", None),
        ("One encoder turns the input into a representation from which a decoder generates.", None),
    ],
)
def test_two_facts_in_a_must_have_are_warned_of(tmp_path: Path, text: str, word: str | None) -> None:
    said = f"tea.key_points.1: a must-have should be one fact; this one seems to go on after {word!r}"
    assert reviewed(tmp_path, must_have(text)) == ([said] if word else [])
    assert reviewed(tmp_path, must_have(text, weight=2)) == []


def test_a_must_have_that_no_follow_up_asks_for_is_warned_of(tmp_path: Path) -> None:
    said = "tea.key_points.1: no follow-up asks for this must-have"
    assert reviewed(tmp_path, must_have("It memorises noise.", asked=False)) == [said]
    assert reviewed(tmp_path, must_have("It memorises noise.", asked=False, weight=2)) == []


@pytest.mark.parametrize(
    ("misconception", "close"),
    [
        ("L2 drives some of the weights to zero exactly.", True),
        ("L1 does not drive some weights to exactly zero.", True),
        ("Regularization makes the training error smaller.", False),
    ],
)
def test_a_misconception_close_to_a_sentence_of_the_reference_is_warned_of(
    tmp_path: Path, misconception: str, close: bool
) -> None:
    asked = must_have("L1 makes weights sparse.").model_copy(
        update={"reference": "L1 drives some weights to exactly zero. L2 shrinks them.", "misconceptions": (misconception,)}
    )
    found = reviewed(tmp_path, asked)
    assert bool(found) == close
    assert all("misconceptions.1: " in one and "L1 drives some weights to exactly zero." in one for one in found)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Dao et al., FlashAttention: Fast Attention, 2022", "Dao, Fu and Ré, FlashAttention: fast attention, 2022", True),
        ("Kohavi, Controlled Experiments, 2020", "Kohavi, Controlled Experiments: A Practical Guide, 2020", True),
        ("Carlini, Extracting Data from Models, 2021", "Carlini, Extracting Data from Diffusion Models, 2023", False),
        ("Jolliffe, Principal Component Analysis, 2002", "Jolliffe, Principal Component Analysis: A Review, 2016", False),
    ],
)
def test_a_source_in_another_spelling_is_warned_of_in_the_whole_bank(tmp_path: Path, one: str, other: str, same: bool) -> None:
    asked = must_have("It memorises noise.")
    first = asked.model_copy(update={"number": 1, "id": "first", "sources": (one,)})
    second = asked.model_copy(update={"number": 2, "id": "second", "sources": (one, other)})
    found = reviewed(tmp_path, first, second)
    assert found == ([f"second.sources.2: another spelling of a source: {one}"] if same else [])


@pytest.mark.parametrize("asked", list(BANK), ids=lambda asked: asked.id)
def test_a_question_is_fit_to_be_graded(asked: Question) -> None:
    assert 120 <= len(asked.reference.split()) <= 260
    assert 5 <= len(asked.key_points) <= 8
    weights = [point.weight for point in asked.key_points]
    assert 1 <= weights.count(3) <= 4
    assert len(set(weights)) > 1
    assert 1 <= len(asked.misconceptions) <= 4
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
def test_a_session_never_asks_two_of_a_pair_and_mixes_topics_by_their_size(seed: int) -> None:
    chosen = select(BANK, count=40, rng=random.Random(seed))
    ids = {question.id for question in chosen}
    assert len(ids) == 40
    assert not any(other in ids for question in chosen for other in question.related)
    available = Counter(question.topic for question in select(BANK, count=999, rng=random.Random(seed)))
    asked = Counter(question.topic for question in chosen)
    for topic, total in available.items():
        assert abs(asked[topic] - 40 * total / available.total()) <= 2


def test_named_questions_come_in_their_order() -> None:
    chosen = select(BANK, keys=["54", "overfitting", "#7"], count=5, rng=random.Random(0))
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
    assert first_error(caught.value) == "key_points.1.weight: should be 1, 2 or 3"
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
