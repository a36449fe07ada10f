"""Delivery: counted as a listener would, quiet where all is usual, and without any say in the score."""

import asyncio
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.messages import grading_messages
from interviewer.grading.segment import segment
from interviewer.models import Score
from interviewer.practice.delivery import _hedges, _repetitions, describe_delivery, measure_attempt, measure_delivery
from tests.conftest import Run, takes_linear_time
from tests.unit.test_report import attempt, grading

PLAIN = (
    "Overfitting means that a model learns the noise of its training data by heart. It does well on the data it has seen, "
    "and badly on new data. I would look at a held-out set, and compare the two errors. More data, a simpler model or "
    "regularisation help, because they keep the model from following every single point."
)
GAPS = [match.start() for match in re.finditer(r"(?<=\w) (?=\w)", PLAIN)]
SOUNDS = st.sampled_from([" um", " uh", " er,", ", um,", " uh...", ", er, um,", ", you know,", ", like,", " Um,"])


def with_fillers(insertions: dict[int, str]) -> str:
    text = PLAIN
    for gap in sorted(insertions, reverse=True):
        text = text[:gap] + insertions[gap] + text[gap:]
    return text


FILLED = st.dictionaries(st.sampled_from(GAPS), SOUNDS, max_size=12).map(with_fillers)


@given(FILLED)
def test_a_grader_never_sees_a_filler_and_evidence_keeps_its_place(filled: str) -> None:
    plain, answer = segment(PLAIN), segment(filled)
    assert [span.text for span in answer.spans] == [span.text for span in plain.spans]
    for span in answer.spans:
        assert filled[span.start : span.end].startswith(span.text.split()[0])
        assert filled[span.start : span.end].endswith(span.text[-1])
    question = load_bank().find("overfitting")
    spoken, written = (grading_messages(question, one)[-1]["content"] for one in (answer, plain))
    mark = re.compile(r"\b[0-9a-f]{12}\b")  # a hash of the answer, so that nobody can forge it
    assert mark.sub("", str(spoken)) == mark.sub("", str(written))


@settings(max_examples=6)
@given(FILLED)
def test_fillers_never_change_the_score(filled: str) -> None:
    question, grader = load_bank().find("overfitting"), EmbeddedGrader()
    results = [asyncio.run(grade_answer(grader, question, segment(text))).score for text in (PLAIN, filled)]
    plain, spoken = (result for result in results if isinstance(result, Score))
    assert spoken.overall == plain.overall
    assert [point.verdict for point in spoken.key_points] == [point.verdict for point in plain.key_points]


def test_terms_that_look_like_fillers_stay() -> None:
    kept = "An ER diagram and ERM, a tree-like model, features like age. Numbers, like 3 and 4, are basically fine."
    assert "".join(span.text for span in segment(kept).spans).replace(" ", "") == kept.replace(" ", "")


def test_fillers_hedges_and_repetitions_are_counted_where_they_stand() -> None:
    said = "Um, I think the the model, uh, kind of learns noise. A kind of noise, you know. We can we can see that that helps."
    found = measure_delivery(said)
    assert [counted.text for counted in found.fillers] == ["Um", "uh", "you know"]
    assert [counted.text for counted in found.hedges] == ["I think", "kind of"]
    assert [counted.text for counted in found.repetitions] == ["the", "we can"]
    for counted in (*found.fillers, *found.hedges, *found.repetitions, *found.signposts):
        assert said[slice(*counted.span)] == counted.text
    assert describe_delivery(found) == "25 words, 3 fillers, 2 hedges, 2 repetitions"


def spoken_words(count: int) -> str:
    """So many words in sentences of ten, with a signpost."""
    words = [f"word{number}" for number in range(count - 1)]
    return "First " + " ".join(f"{word}." if number % 10 == 9 else word for number, word in enumerate(words))


def test_nothing_is_said_about_a_usual_answer() -> None:
    usual = measure_delivery(spoken_words(180), 75, spoken=True)
    assert usual.remarks == ()
    assert usual.pace == 144
    assert describe_delivery(usual) == "180 words, 75 s, 144 words a minute"


@pytest.mark.parametrize(
    ("answer", "seconds", "spoken", "remark"),
    [
        (spoken_words(40), None, False, "short for this question: 40 words"),
        (spoken_words(500), None, False, "long for this question: 500 words"),
        (spoken_words(60), 30, True, "short for this question: 30 seconds"),
        (spoken_words(150), 100, True, "slow"),
        (spoken_words(300), 80, True, "fast"),
        (spoken_words(150) + " um" * 9, 75, True, "7 fillers a minute (um)"),
        (spoken_words(150) + " um" * 20, None, False, "12 fillers in 100 words (um)"),
        (spoken_words(150) + " maybe, perhaps, I guess" * 3, None, False, "much hedging (i guess, maybe, perhaps)"),
        (spoken_words(150).replace(".", ""), None, False, "long sentences: 150 words"),
        (spoken_words(150).replace("First", "Well"), None, False, "nothing tells the listener"),
    ],
)
def test_what_is_unusual_is_said(answer: str, seconds: float | None, spoken: bool, remark: str) -> None:
    (found,) = measure_delivery(answer, seconds, spoken=spoken).remarks
    assert found.startswith(remark)


@pytest.mark.parametrize(
    ("words", "seconds", "told"),
    [(15, None, []), (14, None, ["14 words, 15 to 320"]), (15, 5, []), (12, 4, ["4 seconds, 5 to 120"])],
)
def test_whoever_says_as_much_as_the_model_answer_is_not_short(words: int, seconds: float | None, told: list[str]) -> None:
    reference = "Boil fresh water first. Pour it over the leaves, then let them draw a while."
    said = f"First {' '.join(f'word{number}' for number in range(words - 1))}"
    asked = "How do you make tea?"
    remarks = measure_delivery(said, seconds, spoken=seconds is not None, asked=asked, reference=reference).remarks
    assert [one for one in remarks if "short" in one] == [f"short for this question: {usual} are usual" for usual in told]


def test_it_is_told_after_the_score_and_apart_from_it(run: Run) -> None:
    done = run("grade", "--question", "3", "--grader", "embedded", stdin="Um, it learns noise, um, by heart, uh, I think.")
    card, delivery = done.out.split("Delivery: ")
    assert "/100" in card
    assert delivery.startswith("10 words, 3 fillers, 1 hedge (no part of the score)\nShort for this question")
    practised = run("practice", "--question", "3", "--grader", "embedded", stdin=f"{PLAIN}\n/done\n")
    assert re.search(r"Delivery: \d+ words, \d+ s", practised.out)


def test_speech_too_short_to_be_timed_has_fillers_in_100_words() -> None:
    found = measure_delivery("Um, uh, um.", 0.0, spoken=True)
    assert found.pace is None
    assert any(remark.startswith("100 fillers in 100 words") for remark in found.remarks)


def test_typing_has_no_pace() -> None:
    assert measure_delivery(spoken_words(150), 600).pace is None
    assert measure_delivery(spoken_words(150), 600).remarks == ()


HOSTILE = {"quotes": "'a", "words": "the the word ", "hyphens": "a-", "one word": "x", "commas": "a ,", "newlines": "\n"}


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_delivery_is_counted_in_linear_time(piece: str) -> None:
    assert takes_linear_time(lambda size: measure_delivery(f"It learns {piece * (size // len(piece))} noise."), 400_000)


@pytest.mark.parametrize(
    ("text", "repetitions", "hedges"),
    [
        (lambda n: f"the{8 * n * ' '}the same sort{8 * n * ' '}of", lambda _: 1, lambda _: 0),
        (lambda n: f"the{8 * n * chr(9)}the same sort{8 * n * chr(9)}of", lambda _: 1, lambda _: 0),
        (lambda n: "It is " + n * "kind of ", lambda n: n // 2, lambda n: n),
    ],
    ids=["blanks", "tabs", "hedges"],
)
def test_blanks_and_hedges_take_linear_time(
    text: Callable[[int], str], repetitions: Callable[[int], int], hedges: Callable[[int], int]
) -> None:
    def count(size: int) -> None:
        assert sum(1 for _ in _repetitions(text(size))) >= repetitions(size)
        assert sum(1 for _ in _hedges(text(size))) == hedges(size)

    assert takes_linear_time(count, 50_000)


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("the, the model", ["the"]),
        ("the,the model", []),
        ("the. The model", []),
        ("the the the the", ["the the"]),
        ("we can see we can see it", ["we can see"]),
        ("1 1 is 2", []),
        ("x x", []),
        ("I i see", ["i"]),
        ("a well-known known fact", []),
        ("the then", []),
        ("had had", []),
    ],
)
def test_a_repetition_is_whole_words_twice_in_a_row(text: str, repeated: list[str]) -> None:
    assert [found.text for found in measure_delivery(text).repetitions] == repeated


@pytest.mark.parametrize(
    ("text", "hedged"),
    [("a kind of model", False), ("kind of good", True), ("it is, kind of, good", True), ("the same sort\tof", False)],
)
def test_a_kind_of_something_is_no_hedge(text: str, hedged: bool) -> None:
    assert bool(measure_delivery(text).hedges) == hedged


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        ("Maybe it is perhaps noise.", "hedging"),  # two are too few to speak of a rate
        (spoken_words(150) + " maybe, perhaps, I guess", "hedging"),  # 2 in 100 words
        ("Um, it is, uh, noise.", "fillers"),
        (spoken_words(150) + " um" * 8, "fillers"),
    ],
)
def test_few_hedges_and_fillers_are_no_habit(answer: str, remark: str) -> None:
    assert not any(remark in one for one in measure_delivery(answer).remarks)


@pytest.mark.parametrize(
    "said",
    [
        "Er lernt das Rauschen auswendig, um er selbst zu bleiben, und merkt sich zufällige Einzelheiten der Trainingsdaten. ",
        "它把训练样本里的噪声背了下来，所以在这些样本上很好，在新样本上变差。",
    ],
)
def test_another_language_is_counted_and_not_held_against_english_phrases(said: str) -> None:
    found = measure_delivery(12 * said, 70.0, spoken=True)
    assert 150 <= found.words <= 250
    assert found.pace is not None
    assert found.fillers == ()
    assert found.remarks in ((), ("fast: 110 to 190 words a minute are easy to follow",))


@pytest.mark.parametrize(
    ("asked", "words", "short"),
    [
        ("What is overfitting?", 45, False),
        ("What is overfitting?", 1, True),
        ("Explain how attention works.", 45, True),
        ("Explain how attention works.", 75, False),
        ("How would you design a ranking system?", 75, True),
    ],
)
def test_how_long_an_answer_should_be_depends_on_the_question(asked: str, words: int, short: bool) -> None:
    remarks = measure_delivery(spoken_words(words), asked=asked).remarks
    assert any(remark.startswith("short for this question") for remark in remarks) == short
    assert not any("1 words" in remark for remark in remarks)


def test_neither_a_retry_nor_an_answer_that_covers_most_is_too_short() -> None:
    given = attempt("It boils.", grading("It boils.", {}))
    assert given.grading is not None
    assert given.grading.score is not None
    covered = given.grading.model_copy(update={"score": given.grading.score.model_copy(update={"coverage": 0.8})})
    assert [remark[:5] for remark in measure_attempt(given).remarks] == ["short"]
    assert measure_attempt(given, again=True).remarks == ()
    assert measure_attempt(given.model_copy(update={"grading": covered})).remarks == ()
