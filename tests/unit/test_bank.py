"""The built-in bank is complete, well-formed, and compiled; selection is fair."""

import random
import re
from collections import Counter

import pytest

from interviewer.bank.bank import TOPICS, builtin_files, load_bank
from interviewer.bank.export import compile_bank
from interviewer.bank.select import select
from interviewer.bank.validate import check_file
from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.resources import resource
from interviewer.text.words import content

BANK = load_bank()


def test_it_has_the_110_questions_in_five_topics() -> None:
    assert [question.number for question in BANK] == list(range(1, 111))
    assert Counter(question.topic for question in BANK) == dict(zip(TOPICS, (20, 20, 20, 20, 30), strict=True))
    assert len({question.id for question in BANK}) == 110


@pytest.mark.parametrize("file", builtin_files(), ids=lambda file: file.stem)
def test_no_file_has_a_problem(file: object) -> None:
    assert check_file(file).problems == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("question", list(BANK), ids=lambda question: question.id)
def test_a_question_is_fit_to_be_graded(question: Question) -> None:
    assert 120 <= len(question.reference.split()) <= 260
    assert 3 <= len(question.key_points) <= 7
    weights = [point.weight for point in question.key_points]
    assert 1 <= weights.count(3) <= 3
    assert len(set(weights)) > 1
    assert 1 <= len(question.misconceptions) <= 3
    assert 2 <= len(question.follow_ups) <= 3
    assert question.hint
    assert all(re.search(r"\b(19|20)\d\d\b", source) for source in question.sources)
    for point in question.key_points:
        own = set(content(point.text))
        assert len(own - set(content(question.question))) >= 3, f"{point.id} repeats the question"
        assert 1 <= len(point.paraphrases) <= 3
        for paraphrase in point.paraphrases:
            assert len(own & set(content(paraphrase))) <= 0.5 * len(own), f"{point.id}: {paraphrase}"


def test_related_questions_are_related_both_ways() -> None:
    for question in BANK:
        for other in question.related:
            assert question.id in BANK.find(other).related


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
