"""What is due: after a recount by hand, and from the answers alone."""

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.bank.bank import Bank
from interviewer.grading.rubric import load_rubric
from interviewer.models import Dispute, GraderKind, Grading, Review, SessionOptions
from interviewer.practice.means import first_attempts
from interviewer.practice.schedule import RATINGS, QuestionMemory, choose_agenda, describe_agenda, due, local_day, replay
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import question
from tests.unit.test_report import TEA, grading

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def review(overall: int, day: float = 0, name: str = "tea", kind: GraderKind = "llm") -> Review:
    return Review(question=name, created=NOON + day * DAY, kind=kind, overall=overall)


def days_until_due(*reviews: Review, kind: GraderKind = "llm") -> int:
    (one,) = replay(reviews, kind)
    return (local_day(one.due) - local_day(reviews[-1].created)).days


def test_every_band_has_a_rating() -> None:
    assert list(RATINGS) == [band.name for band in load_rubric().bands]


def test_the_better_the_answer_the_later_it_comes_back() -> None:
    waits = [days_until_due(review(overall)) for overall in (10, 30, 50, 70, 90)]
    assert waits == sorted(waits)
    assert waits[0] == waits[1] == 1
    assert waits[2] < waits[3] < waits[4]


def test_remembering_again_lengthens_the_wait_and_forgetting_shortens_it() -> None:
    first = days_until_due(review(70))
    assert days_until_due(review(70), review(70, first)) > first
    assert days_until_due(review(70), review(10, first)) == 1


def test_estimates_and_scores_have_schedules_of_their_own() -> None:
    both = (review(90), review(10, kind="embedded"))
    assert [one.overall for one in replay(both, "llm")] == [90]
    assert [one.overall for one in replay(both, "embedded")] == [10]


def test_the_same_answers_give_the_same_schedule() -> None:
    reviews = [review(70), review(90, 3), review(40, 9)]
    assert replay(reviews, "llm") == replay(reviews, "llm")


def test_the_store_hands_over_the_newest_score_of_what_was_graded_also_of_what_was_disputed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "interviewer.db")
    sessions = [store.add_session(SessionOptions(), [question()], NOON) for _ in range(4)]
    good, regraded, waiting, disputed = (
        store.add_attempt(session.id, question(), TEA, NOON + n * DAY) for n, session in enumerate(sessions)
    )
    store.add_grading(good.id, grading(TEA, {}, 80), NOON)
    store.add_grading(regraded.id, grading(TEA, {}, 10, "embedded"), NOON)
    store.add_grading(regraded.id, grading(TEA, {}, 40), NOON)
    store.add_grading(disputed.id, grading(TEA, {}, 20), NOON)
    verdict = Dispute(
        key_point="draw",
        argument="I did say it.",
        before="missing",
        after="missing",
        reason="No.",
        grader=grading(TEA, {}).grader,
        created=NOON,
    )
    store.add_dispute(disputed.id, verdict, None)
    assert waiting.grading is None
    assert store.reviews() == (review(80), review(40, 1), review(20, 3))


def test_of_a_session_only_the_first_graded_attempt_at_a_question_is_a_review(tmp_path: Path) -> None:
    store = open_store(tmp_path / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOON)
    tried = [store.add_attempt(session.id, question(), TEA, NOON + n * DAY) for n in range(3)]
    for attempt, overall in ((tried[1], 30), (tried[2], 90)):  # the first has no grade
        store.add_grading(attempt.id, grading(TEA, {}, overall), NOON)
    assert store.reviews() == (review(30, 1),)


def test_an_answer_after_the_model_answer_is_no_review(tmp_path: Path) -> None:
    store = open_store(tmp_path / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOON)
    store.mark_model_answer_shown(session.id, "tea")
    attempt = store.add_attempt(session.id, question(), TEA, NOON)
    store.add_grading(attempt.id, grading(TEA, {}, 100), NOON)
    assert attempt.after_model_answer
    assert store.attempts()[0].after_model_answer
    assert store.reviews() == ()
    store.close()


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=True))
def test_reviews_are_the_first_attempts_that_count(chance: random.Random) -> None:
    asked = {name: question(id=name, number=None) for name in ("tea", "coffee")}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "interviewer.db")
        with store.all_or_nothing():
            rules = SessionOptions(rounds=(60, 30)), SessionOptions(rounds=(60, 30)), SessionOptions()
            sessions = [store.add_session(options, tuple(asked.values()), NOON) for options in rules]
            for _ in range(16):
                session, name = chance.choice(sessions).id, chance.choice(["tea", "coffee"])
                if chance.random() < 0.1:
                    store.mark_model_answer_shown(session, name)
                attempt = store.add_attempt(session, asked[name], TEA, NOON + chance.randrange(3) * DAY)
                for kind in chance.choices(["llm", "embedded", "confirmed", "ungraded"], k=chance.randrange(3)):
                    grade = grading(TEA, {}, chance.randrange(101), "llm" if kind == "llm" else "embedded")
                    if kind == "ungraded":
                        grade = Grading.ungraded(name, grade.grader, "No answer.")
                    store.add_grading(attempt.id, grade.model_copy(update={"confirmed": kind == "confirmed"}), NOON)
        counting = sorted(first_attempts(store.attempts()), key=lambda attempt: (attempt.created, attempt.id))
        expected = [(one.question.id, one.created, one.measure, one.score and one.score.overall) for one in counting]
        assert [(one.question, one.created, one.kind, one.overall) for one in store.reviews()] == expected
        store.close()


def bank(*names: str, related: dict[str, tuple[str, ...]] | None = None) -> Bank:
    return Bank(tuple(question(id=name, number=None, related=(related or {}).get(name, ())) for name in names))


def known(name: str, overall: int, days: float) -> QuestionMemory:
    return QuestionMemory(name, NOON + days * DAY, overall)


def test_what_is_due_comes_weakest_first_then_what_is_new_then_the_weakest_of_the_rest() -> None:
    memory = [known("a", 70, -3), known("b", 20, 0), known("c", 90, 5), known("d", 30, 9), known("gone", 0, -9)]
    plan = choose_agenda(bank("a", "b", "c", "d", "e"), memory, local_day(NOON), 5, random.Random(1))
    assert [q.id for q in plan.questions] == ["b", "a", "e", "d", "c"]
    assert describe_agenda(plan) == "2 due, weakest first, then 1 new, then 2 ahead of schedule."
    short = choose_agenda(bank("a", "b", "c", "d", "e"), memory, local_day(NOON), 3, random.Random(1))
    assert describe_agenda(short) == "2 due, weakest first, then 1 new."
    kept = choose_agenda(bank("a", "b", "c", "d", "e"), memory, local_day(NOON), 2, random.Random(1), fresh=1)
    assert describe_agenda(kept) == "1 of 2 due, weakest first, then 1 new."


def test_a_question_is_due_on_its_day_and_not_before() -> None:
    memory = [known("a", 70, 1)]
    assert due(memory, local_day(NOON)) == ()
    assert due(memory, local_day(NOON + DAY)) == tuple(memory)


def test_near_duplicates_are_never_asked_together() -> None:
    twins = bank("a", "b", "c", related={"a": ("b",)})
    plan = choose_agenda(twins, [known("a", 20, -1), known("b", 10, -1)], local_day(NOON), 3, random.Random(1))
    assert [q.id for q in plan.questions] == ["b", "c"]


@pytest.mark.parametrize("command", [(), ("practice",)])
def test_the_bare_command_opens_what_is_due(run: Run, home: Path, command: tuple[str, ...]) -> None:
    home.mkdir()
    store = open_store(home / "interviewer.db")
    from interviewer.bank.bank import load_bank

    old = datetime.now(UTC) - 30 * DAY
    for number, overall in (("7", 60), ("3", 10)):
        asked = load_bank().find(number)
        session = store.add_session(SessionOptions(), [asked], old)
        attempt = store.add_attempt(session.id, asked, TEA, old)
        store.add_grading(attempt.id, grading(TEA, {}, overall, "embedded").model_copy(update={"question_id": asked.id}), old)
    store.close()
    done = run(*command, stdin="/skip\n/skip\n/quit\n")
    assert "2 due, weakest first, then 3 new." in done.err
    first, second = (load_bank().find(number).question for number in ("3", "7"))
    assert 0 <= done.out.index(first) < done.out.index(second)


def test_a_filter_asks_for_a_choice_and_nothing_is_said_of_what_is_due(run: Run) -> None:
    assert "due" not in run("practice", "--topic", "ml-basics", stdin="/quit\n").err
