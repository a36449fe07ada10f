"""The embedded grader: what earns credit, and what must not, on answers to a question of the bank."""

import asyncio
import random
from typing import Any

import numpy as np
import pytest

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases
from interviewer.grading.embedded.encoder import LONGEST, bank_vectors, encode, read_tokens
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.embedded.matcher import phrasings
from interviewer.grading.embedded.wordpiece import token_ids
from interviewer.grading.grade import grade_answer
from interviewer.grading.language import is_english
from interviewer.grading.segment import segment
from interviewer.models import Question, Score
from interviewer.resources import resource
from interviewer.text.words import word_list, words
from tests.attacks import load_attacks

GRADER = EmbeddedGrader()
SHORT = Question(
    number=None,
    id="queue",
    topic="structures",
    level="basic",
    question="What does a queue do?",
    reference="It hands out the elements in the same order in which they were put in.",
)
SAID = {case.id: case.answer for case in cases(load_bank())}


def graded(question: Question, text: str) -> Score:
    score = asyncio.run(grade_answer(GRADER, question, segment(text))).score
    assert score is not None
    return score


def of_bank(style: str, question: str = "overfitting") -> Score:
    return graded(load_bank().find(question), SAID[f"{question}/{style}"])


def test_better_answers_score_higher() -> None:
    expert, half, thin, nothing = (of_bank(style).overall for style in ("expert", "half", "thin", "unsure"))
    assert expert > half > thin > nothing


@pytest.mark.parametrize("style", ["waffle", "unsure", "off-topic", "salad", "echo"])
def test_saying_nothing_stays_in_the_lowest_band(style: str) -> None:
    assert of_bank(style).band == "insufficient"


@pytest.mark.parametrize("style", ["order", "authority", "fake-verdict", "fake-prompt", "closing", "pleading"])
def test_talking_to_the_grader_gains_nothing(style: str) -> None:
    assert of_bank(style).overall <= of_bank("thin").overall


@pytest.mark.slow
def test_no_attack_of_the_suite_gains_more_than_five_points_or_leaves_the_lowest_band_alone() -> None:
    question, half = load_bank().find("overfitting"), SAID["overfitting/half"]
    plain = graded(question, half).overall
    gains = {attack.name: graded(question, attack.on(half)).overall - plain for attack in load_attacks() if not attack.bare}
    bare = (attack for attack in load_attacks() if attack.bare and is_english(attack.template))
    alone = {attack.name: graded(question, attack.template).band for attack in bare}
    assert {name: gain for name, gain in gains.items() if gain > 5} == {}
    assert {name: band for name, band in alone.items() if band != "insufficient"} == {}


def test_a_fluent_falsehood_is_not_called_strong() -> None:
    assert of_bank("wrong").band in {"insufficient", "thin", "fair"}


@pytest.mark.slow
def test_model_answers_are_hardly_ever_accused_of_a_mistake() -> None:
    accused = [question.id for question in load_bank() if graded(question, question.reference).errors]
    assert len(accused) < len(load_bank()) / 5, accused


def test_words_that_state_one_point_well_earn_nothing_for_others_that_come_close() -> None:
    score = graded(load_bank().find("19"), "Bagging trains many models in parallel on bootstrap samples.")
    assert [point.id for point in score.key_points if point.evidence] == ["bagging-bootstrap"]


def test_evidence_is_in_the_answer_word_for_word() -> None:
    found = of_bank("expert")
    text = SAID["overfitting/expert"]
    credited = [point for point in found.key_points if point.span]
    assert credited
    assert all(point.span and text[slice(*point.span)] == point.evidence for point in credited)


def test_a_sentence_beats_the_same_words_as_a_list() -> None:
    keywords = [word for word in words(SHORT.reference) if word not in word_list("stopwords")]
    random.Random(1).shuffle(keywords)
    sentence = graded(SHORT, "You get things back in the order you put them in.")
    assert sentence.overall > graded(SHORT, " ".join(keywords)).overall


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Dropout, weight decay, early stopping, data augmentation, cross-validation.", True),
        ("It memorises noise and does badly on new data. Use dropout and more data.", False),
        ("I do not know.", False),
    ],
)
def test_a_list_is_told_why_it_earns_little(answer: str, told: bool) -> None:
    improvements = graded(load_bank().find("3"), answer).improvements
    assert any("English sentences" in sentence for sentence in improvements) == told


@pytest.mark.parametrize(
    ("asked", "answer", "what"),
    [
        ({}, "Bei der Überanpassung lernt das Modell zufällige Einzelheiten der Trainingsdaten auswendig.", "answer"),
        ({}, "Переобучение означает, что модель запоминает шум.", "answer"),
        ({}, "过拟合是指模型记住了噪声。", "answer"),
        (
            {"question": "Was leistet eine Warteschlange in der Informatik?", "key_points": ()},
            "It keeps the order.",
            "question",
        ),
    ],
)
def test_what_is_not_english_is_kept_and_not_graded(asked: dict[str, Any], answer: str, what: str) -> None:
    german = "Eine Warteschlange liefert Elemente in derselben Reihenfolge zurück, in der sie eingefügt wurden."
    question = SHORT.model_copy(update={**asked, "reference": german}) if asked else SHORT
    result = asyncio.run(grade_answer(GRADER, question, segment(answer)))
    assert result.score is None
    assert f"reads English only, and this {what} is in another language" in str(result.reason)
    assert "interviewer regrade" in str(result.reason)


@pytest.mark.parametrize(
    "answer",
    [
        "Model memorize noise, then on new data is bad. Must make small model or give many data for not overfit.",
        "overfiting = modl remembr noize of trainning",
        "loss = sum((y - y_hat)**2) + lambda * sum(w**2), softmax(z_i) = exp(z_i) / sum_j exp(z_j)",
        "L1, L2, dropout, ReLU, LSTM",
        "Overfitting means that the model learns noise. Auf Deutsch: Überanpassung, also auswendig gelernte Einzelheiten.",
        "Well, β₁ ≈ 0.9 and Δw = α·∇L.",
        "Backpropagation",
        "42",
    ],
)
def test_broken_english_formulas_and_a_mixed_answer_are_graded(answer: str) -> None:
    assert graded(load_bank().find("3"), answer).overall >= 0


def test_a_question_that_asks_for_a_name_may_be_answered_with_one() -> None:
    question = SHORT.model_copy(update={"question": "Which operations does it have?", "reference": "enqueue and dequeue"})
    assert graded(question, "dequeue, enqueue").overall >= 65


def test_a_longer_answer_about_nothing_else_earns_nothing_more() -> None:
    said = "You get things back in the order you put them in."
    padding = " I have used it in many projects, and it always depends on the situation and on the team." * 3
    assert graded(SHORT, said + padding).overall <= graded(SHORT, said).overall


def test_the_same_answer_scores_the_same_alone_and_among_others() -> None:
    texts = [SAID[f"overfitting/{style}"] for style in ("expert", "half", "terse", "wrong")]
    question = load_bank().find("overfitting")

    async def together() -> list[int]:
        results = await asyncio.gather(*(grade_answer(GRADER, question, segment(text)) for text in texts))
        return [result.score.overall for result in results if result.score]

    assert asyncio.run(together()) == [graded(question, text).overall for text in texts]


def test_a_text_is_read_the_same_alone_and_among_others() -> None:
    texts = ["", "one", "Dropout drops units at random.", "a " * 300, "漢字", "It generalises to new data."] * 3
    for text, among in zip(texts, encode(texts), strict=True):
        (alone,) = encode([text])
        assert list(among.ids) == list(alone.ids)
        assert np.allclose(among.tokens, alone.tokens, atol=1e-4)


def test_what_was_read_of_the_bank_in_advance_is_what_the_model_reads() -> None:
    """If this fails, the bank or the model has changed: run tests/benchmarks/read_bank.py."""
    known = bank_vectors()
    texts = [text for question in load_bank() for text in (question.question, *phrasings(question))]
    assert [text for text in texts if tuple(token_ids(text, LONGEST)) not in known] == []
    ids = tuple(token_ids(texts[7], LONGEST))
    (read,) = read_tokens([ids])
    (kept,) = encode([texts[7]])
    assert list(kept.ids) == list(read.ids)
    assert (kept.tokens * read.tokens).sum(axis=1).min() > 0.97  # cosine: the kept ones have four bits a component


def test_threads_do_not_disturb_each_other_s_stems() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from interviewer.text.words import stem

    invented = [f"{letters}izationalities{ending}" for letters in ("qua", "ble", "dro") for ending in map(str, range(2_000))]
    alone = {word: stem.__wrapped__(word) for word in invented}
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(stem.__wrapped__, invented)) == list(alone.values())


@pytest.mark.parametrize(
    "text", ["Dropout's rate is 0.5, naïvely!", "tokenization of antidisestablishmentarianism", "漢字 and\ttabs", "", "x" * 120]
)
def test_tokens_are_those_of_the_reference_implementation(text: str) -> None:
    from tokenizers import BertWordPieceTokenizer

    theirs = BertWordPieceTokenizer(str(resource("data", "model", "vocab.txt")), lowercase=True)
    assert token_ids(text, 128) == theirs.encode(text).ids
