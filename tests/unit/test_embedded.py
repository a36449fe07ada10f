"""The embedded grader: what earns credit, and what must not, on answers to a question of the bank."""

import asyncio
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases
from interviewer.grading.embedded.encoder import LONGEST, bank_key, bank_vectors, encode, read_tokens
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.embedded.matcher import phrasings
from interviewer.grading.embedded.wordpiece import token_ids
from interviewer.grading.grade import grade_answer
from interviewer.grading.language import is_english
from interviewer.grading.segment import segment
from interviewer.models import ANSWER_LIMIT, Question, Score
from interviewer.resources import resource
from interviewer.text.words import word_list, words
from tests.attacks import load_attacks
from tests.conftest import THOROUGH, takes_linear_time

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


@pytest.mark.xfail(strict=True, reason="the judge takes these plain words for the opposite")
def test_plain_words_beat_words_of_the_field_about_something_else_with_a_reference_only() -> None:
    reference = "A model performs well on the data it was trained with and poorly on new data."
    asked = SHORT.model_copy(update={"question": "What is overfitting?", "reference": reference})
    plain = graded(asked, "It learned the examples by heart, so it fails on fresh ones.")
    elsewhere = graded(asked, "A cluster is a group of points that lie close together in the data.")
    assert plain.overall > elsewhere.overall


def test_words_that_only_come_near_a_reference_do_not_touch_on_it() -> None:
    reference = "A model performs well on the data it was trained with and poorly on new data."
    asked = SHORT.model_copy(update={"question": "What is overfitting?", "reference": reference})
    said = (
        "It does fine on its training examples and badly on anything new.",
        "One trains a model on some data with a computer.",
    )
    assert [graded(asked, text).key_points[0].estimate_reading.kind for text in said] == ["touched", "not_found"]


def test_nobody_is_accused_of_turning_a_reference_round() -> None:
    reference = "A model performs well on the data it was trained with and poorly on new data."
    asked = SHORT.model_copy(update={"question": "What is overfitting?", "reference": reference})
    turned = graded(asked, "A model never performs well on the data it was trained with.")
    assert turned.key_points[0].estimate_reading.kind == "not_found"


def test_words_of_the_question_earn_little_with_a_reference_only() -> None:
    reference = "A model performs well on the data it was trained with and poorly on new data."
    asked = SHORT.model_copy(update={"question": "What is overfitting of a model to data?", "reference": reference})
    assert graded(asked, "Overfitting of a model to data is something with a model.").overall < 35


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
def test_model_answers_state_all_points_and_are_accused_of_nothing() -> None:
    # An eighth of the bank, from every topic: grading all of them takes most of a minute.
    for question in load_bank().questions[:: 1 if THOROUGH else 8]:
        score = graded(question, question.reference)
        assert not score.errors, question.id
        assert not [point for point in score.key_points if point.reading and point.reading.kind != "touched"], question.id


def test_words_that_state_one_point_well_earn_nothing_for_others_that_come_close() -> None:
    score = graded(load_bank().find("19"), "Bagging trains many models in parallel on bootstrap samples.")
    assert [point.id for point in score.key_points if point.evidence] == ["bagging-bootstrap"]


TRUE = "It learns the noise of the training data instead of the underlying pattern. More training data reduces it."
TURNED = "It learns the underlying pattern instead of the noise of the training data. More training data makes it worse."


def test_it_hears_what_is_the_other_way_round() -> None:
    right, wrong = (graded(load_bank().find("overfitting"), text) for text in (TRUE, TURNED))
    assert right.overall > wrong.overall
    readings = {point.id: point.reading for point in wrong.key_points if point.reading}
    assert readings["fits-noise"].kind == "turned"
    assert readings["fits-noise"].evidence == TURNED.partition(" More")[0]
    assert [point.verdict for point in wrong.key_points if point.id == "fits-noise"] == ["missing"]
    assert [point.reading.kind for point in right.key_points if point.id == "fits-noise" and point.reading] == ["touched"]


@pytest.mark.parametrize(
    ("question", "text", "points"),
    [
        (
            "overfitting",
            "Overfitting is when the model memorises noise and fails on new data. I would use dropout.",
            {"fits-noise"},
        ),
        ("overfitting", "I would use dropout.", {"regularization"}),
        pytest.param(
            "overfitting",
            "Overfitting is when the model memorises noise and fails on new data. I would use dropout.",
            {"regularization", "generalization-gap"},
            marks=pytest.mark.xfail(strict=True, reason="the judge is not sure of two facts in so few words"),
        ),
        pytest.param(
            "decision-trees",
            (
                "A decision tree asks about one feature after another until you are in a leaf, and each split should make the "
                "groups purer. A big tree overfits, so you prune it."
            ),
            {"tree-of-tests", "purity-splits", "overfit-prune"},
            marks=pytest.mark.xfail(strict=True, reason="the judge is not sure of the second fact of a sentence"),
        ),
        pytest.param(
            "l1-l2-regularization",
            (
                "L1 adds the absolute weights to the loss and pushes some of them to zero. L2 adds the squares and just makes "
                "them smaller."
            ),
            {"l1-absolute", "l1-sparse"},
            marks=pytest.mark.xfail(strict=True, reason="the judge hears this contrast of two terms the other way round"),
        ),
        (
            "bagging-vs-boosting",
            (
                "Bagging trains many models independently on bootstrap samples and averages them, which lowers variance. "
                "Boosting trains models one after another, each one focusing on the errors of the previous ones, which lowers "
                "bias."
            ),
            {"boosting-corrects-errors", "bagging-variance", "boosting-bias"},
        ),
        pytest.param(
            "bagging-vs-boosting",
            (
                "Bagging trains many models independently on bootstrap samples and averages them, which lowers variance. "
                "Boosting trains models one after another, each one focusing on the errors of the previous ones, which lowers "
                "bias."
            ),
            {"bagging-bootstrap"},
            marks=pytest.mark.xfail(strict=True, reason="the judge hears bootstrap samples the other way round"),
        ),
        (
            "bert-vs-gpt",
            (
                "BERT looks at both sides of a word and learns by filling in masked words. GPT only sees what came before and "
                "guesses the next token."
            ),
            {"bert-bidirectional", "masked-lm", "gpt-left-to-right", "next-token-objective"},
        ),
        (
            "mode-collapse",
            "It's when the generator makes almost the same picture whatever noise you feed it. I'd try a Wasserstein loss.",
            {"what-it-is", "wasserstein-loss"},
        ),
        (
            "ab-testing",
            "Split the users at random, half get the old model, half the new. Don't stop as soon as it looks significant.",
            {"random-assignment", "no-peeking"},
        ),
    ],
)
def test_short_plain_answers_touch_what_they_say(question: str, text: str, points: set[str]) -> None:
    score = graded(load_bank().find(question), text)
    assert {point.id for point in score.key_points if point.verdict == "covered"} >= points


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("overfitting", "It learns the quirks of its training examples instead of the pattern behind them."),
        ("decision-trees", "You don't scale features for a tree, since a threshold works on the raw numbers just as well."),
        ("bert-vs-gpt", "Unlike BERT, GPT never looks at the words to the right."),
        ("hyperparameter-optimization", "You set them before training instead of learning them from the data."),
        ("hyperparameter-optimization", "Rather than on the test set, you compare settings on a validation set."),
        ("self-supervised-learning", "The labels aren't written by people, they come from the data itself."),
    ],
)
def test_a_true_contrast_is_not_called_the_other_way_round(question: str, text: str) -> None:
    score = graded(load_bank().find(question), text)
    assert [point.id for point in score.key_points if point.reading and point.reading.kind == "turned"] == []


@pytest.mark.parametrize("style", ["expert", "paraphrase", "half", "thin", "wrong", "off-topic"])
def test_an_estimate_is_a_range_around_its_number(style: str) -> None:
    score = of_bank(style)
    assert score.low is not None
    assert score.high is not None
    assert score.low <= score.overall <= score.high


@pytest.mark.parametrize(
    "form",
    [
        "It is not true that {}.",
        "A common myth is that {}.",
        "A good answer would contain that {}.",
        "Is it the case that {}?",
        "Whether or not {} is another matter.",
        "I used to believe that {}.",
        "My colleague claims that {}.",
        "The opposite of this holds: {}.",
        "Define: {}.",
        "Question: {}.",
        "TODO explain {}.",
        "quiz: {} / or not?",
        "hoax: {}.",
        "[{}]",
        "Flashcard: {}",
        "Exercise: prove that {}.",
        "{}, said nobody.",
        "It is debatable if {}.",
    ],
)
def test_a_key_point_that_is_not_stated_earns_little(form: str) -> None:
    question = load_bank().find("overfitting")
    text = " ".join(form.format(point.text[0].lower() + point.text[1:].rstrip(".")) for point in question.key_points)
    assert graded(question, text).overall <= 40


@pytest.mark.parametrize(
    ("asked", "answer", "point"),
    [
        ("l1-l2-regularization", "Regularization prevents overfitting.", "penalty-overfitting"),
        ("gan-architecture", "Discriminators judge real versus fake.", "discriminator-verdict"),
        ("rnns-vs-cnns", "RNNs remember earlier inputs.", "hidden-state-memory"),
    ],
)
def test_a_terse_sentence_without_words_of_grammar_is_no_heap_of_keywords(asked: str, answer: str, point: str) -> None:
    question = load_bank().find(asked)
    nouns = " ".join(word for word in words(answer) if word not in word_list("verbs") and word[:-1] not in word_list("verbs"))
    assert point in {point.id for point in graded(question, answer).key_points if point.evidence}
    assert not [point.id for point in graded(question, nouns).key_points if point.evidence]


REMEDIES = ["regularisation", "dropout", "early stopping", "more data"]


@pytest.mark.parametrize(
    "text",
    [
        "Use regularisation, dropout, early stopping and more data",
        "Use regularisation, dropout, early stopping and more data.",
        "; ".join(REMEDIES),
        "\n".join(REMEDIES),
        "\n".join(f"- {term}" for term in REMEDIES),
        "\n".join(f"{number}. {term}" for number, term in enumerate(REMEDIES, 1)),
        "smaller network, dropout, early stopping, more data",
    ],
)
def test_a_list_touches_the_point_of_each_of_its_terms_however_it_is_written(text: str) -> None:
    touched = {point.id for point in graded(load_bank().find("overfitting"), text).key_points if point.evidence}
    assert touched - {"simpler-model"} == {"regularization", "early-stopping", "more-data"}


def test_a_list_of_what_makes_it_worse_touches_nothing() -> None:
    said = graded(load_bank().find("overfitting"), "a larger model, less data, no regularization")
    assert not [point.id for point in said.key_points if point.evidence]


def test_a_verb_against_a_list_speaks_against_its_last_term_too() -> None:
    listed = "weight decay, data augmentation, a smaller network and early stopping."
    used, removed = (
        {
            point.id: point.reading.likelihood
            for point in graded(load_bank().find("overfitting"), said).key_points
            if point.reading
        }
        for said in (f"Use {listed}", f"Remove {listed}")
    )
    assert removed["early-stopping"] < used["early-stopping"] - 0.2


@pytest.mark.parametrize("asked", ["overfitting", "mlops", "regression-metrics"])
@pytest.mark.parametrize("join", [", ", "; ", "\n", "\n- ", " and ", ". "])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_shuffled_keywords_are_no_list_however_they_are_put_together(asked: str, join: str, size: int) -> None:
    question = load_bank().find(asked)
    heap = [word for point in question.key_points for word in words(point.text) if word not in word_list("stopwords")]
    random.Random(asked).shuffle(heap)
    groups = (" ".join(heap[at : at + size]) for at in range(0, len(heap), size))
    assert graded(question, join.join(groups)).overall <= 20


@pytest.mark.parametrize("join", ["\n", "; ", ". "])
def test_shuffled_keywords_on_lines_of_their_own_are_no_list_of_what_they_name(join: str) -> None:
    question = load_bank().find("overfitting")
    terms = sorted({word for point in question.key_points for word in point.text.strip(".").split() if len(word) > 4})
    assert graded(question, join.join(terms)).overall <= 20


def test_one_verb_makes_no_sentences_of_the_keywords_beside_it() -> None:
    heap = "underfitted model fails. performs poorly even. cause model simple. Helps"
    assert graded(load_bank().find("underfitting"), heap).overall <= 20


def test_an_answer_that_comes_near_a_point_and_touches_nothing_is_told_what_may_be_missed() -> None:
    def told(text: str) -> bool:
        return any("often misses" in remark for remark in graded(load_bank().find("fine-tuning"), text).improvements)

    assert told("You take a pretrained model someone else made.")
    assert not told("I do not know.")
    assert not told("You keep training a pretrained model on a smaller dataset for your task.")


def test_a_good_answer_to_another_question_touches_no_must_have() -> None:
    score = graded(load_bank().find("overfitting"), SAID["bias-variance-tradeoff/expert"])
    assert [point.id for point in score.key_points if point.weight == 3 and point.evidence] == []


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
        ("noise training unseen gap validation penalty dropout weights capacity augmentation", True),
        ("Dropout, weight decay, early stopping, data augmentation, cross-validation.", False),
        ("It memorises noise and does badly on new data. Use dropout and more data.", False),
        ("I do not know.", False),
    ],
)
def test_a_heap_of_keywords_is_told_why_it_earns_little(answer: str, told: bool) -> None:
    improvements = graded(load_bank().find("3"), answer).improvements
    assert any("in English" in sentence for sentence in improvements) == told


@pytest.mark.parametrize(
    ("asked", "answer", "what"),
    [
        ({}, "Bei der Überanpassung lernt das Modell zufällige Einzelheiten der Trainingsdaten auswendig.", "answer"),
        ({}, "Переобучение означает, что модель запоминает шум.", "answer"),
        ({}, "过拟合是指模型记住了噪声。", "answer"),
        ({}, "Das Modell lernt Rauschen.", "answer"),
        ({}, "El modelo memoriza ruido y falla.", "answer"),
        ({}, "O modelo decora o ruído.", "answer"),
        ({}, "Het model leert ruis uit de trainingsdata.", "answer"),
        ({}, "Mô hình học nhiễu.", "answer"),
        ({}, "regularização, dropout, parada antecipada, mais dados", "answer"),
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
    assert str(result.reason).endswith("set OPENAI_API_KEY or OPENAI_BASE_URL for an LLM that reads it")


@pytest.mark.parametrize(
    "answer",
    [
        "Model memorize noise, then on new data is bad. Must make small model or give many data for not overfit.",
        "overfiting = modl remembr noize of trainning",
        "loss = sum((y - y_hat)**2) + lambda * sum(w**2), softmax(z_i) = exp(z_i) / sum_j exp(z_j)",
        "L1, L2, dropout, ReLU, LSTM",
        "softmax sigmoid relu tanh gelu swish maxout softplus hardtanh leakyrelu",
        "Backpropagation, autodifferentiation, hyperparameters, minibatches, layernorm, seq2seq, AdaGrad",
        "nas automl hyperband, unet dit vit ddpm, es kibana logstash, als bpr svd++ lightfm",
        "Poincaré embeddings, naïve Bayes, von Mises distribution, de Morgan laws",
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


def test_a_longer_answer_about_nothing_else_earns_hardly_more() -> None:
    said = "You get things back in the order you put them in."
    padding = " I have used it in many projects, and it always depends on the situation and on the team." * 3
    assert graded(SHORT, said + padding).overall <= graded(SHORT, said).overall + 5


@pytest.mark.slow
def test_the_longest_answer_takes_linear_time() -> None:
    answer = " ".join(question.reference for question in load_bank())
    graded(load_bank().find("overfitting"), "It memorises the noise.")
    assert takes_linear_time(lambda size: graded(load_bank().find("overfitting"), answer[:size]), ANSWER_LIMIT - 1)


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
    assert [text for text in texts if bank_key(token_ids(text, LONGEST)) not in known] == []
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


@pytest.mark.parametrize(
    "text",
    [
        "I've heard that it memorises the noise of the training data.",
        "Doesn't it memorise the noise of the training data?",
        "I had coffee with my dog this morning and the weather was nice. " * 4,
    ],
)
def test_what_states_nothing_has_readings_all_the_same_and_a_range_above_nothing(text: str) -> None:
    score = graded(load_bank().find("overfitting"), text)
    assert [point.reading.kind for point in score.key_points if point.reading] == ["not_found"] * len(score.key_points)
    assert score.overall == 0
    assert score.high == 20
    assert "no statement about the question" in score.improvements[0]


@pytest.mark.parametrize(
    "opening", ["I think", "The way I see it,", "I don't know, but", "In my experience", "As far as I know,"]
)
@pytest.mark.parametrize(
    ("question", "text"),
    [("decision-trees", "it splits the data"), ("tokenization", "it splits text"), ("pca", "it reduces dimensions")],
)
def test_words_before_a_vague_statement_earn_little(question: str, text: str, opening: str) -> None:
    alone, opened = (graded(load_bank().find(question), said) for said in (text, f"{opening} {text}"))
    assert opened.overall <= max(alone.overall, 40)
    assert (opened.high or 0) <= (alone.high or 0) + 40


def test_words_that_count_for_one_point_raise_the_total_once() -> None:
    score = graded(load_bank().find("tokenization"), "The way I see it, it splits text")
    assert sum(point.verdict == "covered" for point in score.key_points) == 1
    assert all(point.reading.likelihood == 0 for point in score.key_points if point.reading and point.rejected)
    assert score.overall <= 30


LOADING_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from interviewer.grading.embedded.encoder import encode, session

sys.setswitchinterval(1e-6)
names = ("model.onnx", "judge.onnx") * 4
together = Barrier(len(names))

def load(name):
    together.wait()
    return session(name)

with ThreadPoolExecutor(len(names)) as threads:
    print(len(set(map(id, threads.map(load, names)))), len(encode(["It memorises noise."])))
"""


def test_threads_that_need_the_models_at_once_load_them_once() -> None:
    done = subprocess.run([sys.executable, "-c", LOADING_AT_ONCE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "2 1\n"), done.stderr
