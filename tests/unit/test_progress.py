"""Progress over a simulated week, recounted by hand."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from interviewer.bank.bank import Bank
from interviewer.models import ErrorNote, GraderKind, Grading, KeyPoint, Outcome, Question, Result, SessionOptions, Verdict
from interviewer.practice.outcomes import RealRound, real_rounds, relations
from interviewer.practice.progress import GraderProgress, Progress, compute_progress
from interviewer.storage.store import Store, open_store
from interviewer.ui.views.progress import show_progress
from tests.conftest import Run
from tests.fakes import fake_context, question
from tests.unit.test_report import TEA, grading

MONDAY = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
COFFEE = question(id="coffee", number=2, topic="bar", question="How do you make coffee?")
BOIL, DRAW = "I boil the water", "It draws for a minute."
COVERED: tuple[Verdict, str] = ("covered", BOIL)


def answer(
    store: Store,
    day: int,
    overall: int,
    verdicts: dict[str, tuple[Verdict, str]],
    *,
    kind: GraderKind = "llm",
    expected: int | None = None,
    error: str = "",
    about: Question | None = None,
) -> None:
    asked = about or question()
    when = MONDAY + timedelta(days=day)
    session = store.add_session(SessionOptions(), [asked], when)
    attempt = store.add_attempt(session.id, asked, TEA, when)
    if expected is not None:
        store.save_self_rating(attempt.id, expected)
    made = grading(TEA, verdicts, overall, kind)
    if error and made.score is not None:
        note = ErrorNote(evidence="The water may be lukewarm.", span=(44, 70), correction=error, severity="major")
        made = made.model_copy(update={"score": made.score.model_copy(update={"errors": (note,)})})
    store.add_grading(attempt.id, Grading.model_validate(dict(made) | {"question_id": asked.id}), when)


def week(store: Store) -> None:
    """Monday to Sunday without Thursday: tea on six days, coffee twice, one estimate, one answer without a grade."""
    answer(store, 0, 10, {}, expected=50, error="Lukewarm water makes no black tea.")
    answer(store, 1, 20, {"boiling": COVERED}, expected=40, error="Black tea needs boiling water, it is not lukewarm.")
    answer(store, 2, 30, {"boiling": ("contradicted", BOIL)})
    answer(store, 2, 95, {}, kind="embedded", expected=90)
    answer(store, 4, 60, {"boiling": COVERED, "draw": ("partial", DRAW)}, expected=50)
    answer(store, 5, 70, {"boiling": COVERED, "draw": ("covered", DRAW)})
    answer(store, 5, 40, {"boiling": COVERED, "draw": ("covered", DRAW)}, about=COFFEE)
    answer(store, 6, 80, {"boiling": COVERED, "draw": ("partial", DRAW)}, expected=80)
    answer(store, 6, 50, {"boiling": COVERED}, about=COFFEE)
    session = store.add_session(SessionOptions(), [question()], MONDAY + timedelta(days=6))
    store.add_attempt(session.id, question(), TEA, MONDAY + timedelta(days=6))


def looked_at(store: Store, now: datetime, bank: Bank | None = None) -> Progress:
    return compute_progress(store.attempts(), store.reviews(), bank or Bank((question(), COFFEE)), now)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "interviewer.db")


def by_llm(found: Progress) -> GraderProgress:
    (one,) = (graded for graded in found.graders if graded.kind == "llm")
    return one


def test_a_week_counted_by_hand(store: Store) -> None:
    week(store)
    found = looked_at(store, MONDAY + timedelta(days=6, hours=3))
    assert (found.answers, found.ungraded, found.days, found.streak) == (10, 1, 6, 3)
    llm = by_llm(found)
    assert llm.answers == 8
    coffee, tea = llm.topics
    assert (coffee.topic, coffee.answers, coffee.lately, coffee.change) == ("bar", 2, 45, None)
    assert [(day.day.isoformat(), day.overall, day.answers) for day in coffee.days] == [
        ("2026-11-07", 40, 1),
        ("2026-11-08", 50, 1),
    ]
    # tea: 10 20 30 60 70 80; the latest five are (20+30+60+70+80)/5 = 52, before them only 10
    assert (tea.answers, tea.lately, tea.change) == (6, 52, 42)
    # "fresh" was never said in 6 tea answers and 2 of coffee; "draw" three times of tea, and once of coffee
    assert [(one.question, one.key_point, one.missed, one.answers) for one in llm.missed] == [
        ("tea", "fresh", 6, 6),
        ("tea", "draw", 3, 6),
        ("coffee", "fresh", 2, 2),
    ]
    # the errors of Monday and Tuesday are worded differently and are the same misconception
    assert [(one.question, one.text, one.times, one.latest.isoformat()) for one in llm.mistakes] == [
        ("tea", "Black tea is made with lukewarm water.", 2, "2026-11-03")
    ]
    # expected 50 40 50 80, scored 10 20 60 80: +40 +20 -10 0
    assert llm.calibration is not None
    assert (llm.calibration.bias, llm.calibration.off_by, len(llm.calibration.guesses)) == (12.5, 17.5, 4)


def test_estimates_stand_apart(store: Store) -> None:
    week(store)
    embedded, llm = looked_at(store, MONDAY + timedelta(days=6)).graders
    assert (embedded.kind, embedded.answers, embedded.topics[0].lately) == ("embedded", 1, 95)
    assert all(day.overall != 95 for topic in llm.topics for day in topic.days)


def test_what_is_due_follows_from_the_answers(store: Store) -> None:
    answer(store, 0, 10, {})
    answer(store, 0, 90, {}, about=COFFEE)
    assert [one.question for one in by_llm(looked_at(store, MONDAY)).due] == []
    (one,) = by_llm(looked_at(store, MONDAY + timedelta(days=1))).due
    assert (one.question, one.due.isoformat(), one.overall) == ("tea", "2026-11-03", 10)
    late = by_llm(looked_at(store, MONDAY + timedelta(days=60))).due
    assert [one.question for one in late] == ["tea", "coffee"]


def test_history_survives_an_edit_of_the_bank(store: Store) -> None:
    week(store)
    edited = question(
        question="How is black tea made?", key_points=(KeyPoint(id="fresh", text="New words.", weight=3),), follow_ups=()
    )
    later = MONDAY + timedelta(days=60)
    before, after = looked_at(store, later), looked_at(store, later, Bank((edited,)))
    assert by_llm(after).topics == by_llm(before).topics
    assert by_llm(after).missed == by_llm(before).missed
    assert [(one.question, one.text) for one in by_llm(after).due] == [("tea", "How is black tea made?")]


@pytest.mark.parametrize(("gap", "streak"), [(0, 3), (1, 3), (2, 0)])
def test_a_streak_lives_until_a_whole_day_was_missed(store: Store, gap: int, streak: int) -> None:
    week(store)
    assert looked_at(store, MONDAY + timedelta(days=6 + gap)).streak == streak


def test_the_screen_and_json_say_the_same(run: Run, home: Path) -> None:
    home.mkdir()
    store = open_store(home / "interviewer.db")
    week(store)
    store.close()
    done = run("progress")
    assert done.code == 0, done.err
    assert "10 first attempts on 6 days, 1 not graded" in done.out
    assert "Unconfirmed estimate: 1 first attempt" in done.out
    assert "6 of 6 Fresh cold water" in done.out
    assert "Black tea is made with lukewarm water." in done.out
    assert "off by 18 points, on average 12 higher" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80
    told = json.loads(run("progress", "--json").out)
    assert [(one["kind"], one["answers"]) for one in told["graders"]] == [("embedded", 1), ("llm", 8)]
    assert "\x1b" not in done.out


@pytest.mark.parametrize(("kind", "title"), [("llm", "Wrong more than once"), ("embedded", "Perhaps wrong more than once")])
def test_an_estimate_calls_nothing_more_than_perhaps_wrong(run: Run, home: Path, kind: GraderKind, title: str) -> None:
    store = open_store(home / "interviewer.db")
    for day in (0, 1):
        answer(store, day, 10, {}, kind=kind, error="Lukewarm water makes no black tea.")
    store.close()
    assert title in run("progress").out.splitlines()


def test_an_estimate_is_a_range_from_which_guesses_are_measured_and_misses_nothing(run: Run, home: Path) -> None:
    store = open_store(home / "interviewer.db")
    # 25–55 with a guess of 85, 35–65 with one inside, and 45–75 with one of 30
    for day, (overall, expected) in enumerate(((40, 85), (50, 60), (60, 30))):
        answer(store, day, overall, {}, kind="embedded", expected=expected)
    (graded,) = looked_at(store, MONDAY + timedelta(days=3)).graders
    store.close()
    (topic,) = graded.topics
    assert (topic.lately, topic.latest.low, topic.latest.high) == (50, 35, 65)
    assert [(day.low, day.high) for day in topic.days] == [(25, 55), (35, 65), (45, 75)]
    assert graded.calibration is not None
    assert (graded.calibration.bias, graded.calibration.off_by) == (5, 15)
    shown = " ".join(run("progress").out.split())
    assert " 35–65 " in shown
    assert "Mean range of the latest 5 first attempts" in shown
    assert "Your own estimates are off by 15 points, on average 5 higher than the range (3 answers)." in shown
    assert "Not found again and again" in shown
    assert "Missed" not in shown


def test_nothing_to_show_is_said_kindly(run: Run) -> None:
    done = run("progress")
    assert (done.code, done.out) == (0, "")
    assert "Start: interviewer" in done.err


def test_the_legend_names_the_columns_that_are_there(run: Run, home: Path) -> None:
    home.mkdir()
    store = open_store(home / "interviewer.db")
    answer(store, 0, 10, {})
    store.close()
    assert "Mean of the latest 5 first attempts, mean of each day." in run("progress").out


def test_trends_are_made_of_first_attempts_and_the_last_ones_stand_beside_them(store: Store) -> None:
    session = store.add_session(SessionOptions(), [question()], MONDAY)
    for overall in (30, 60, 100):
        if overall == 100:
            store.mark_model_answer_shown(session.id, "tea")
        attempt = store.add_attempt(session.id, question(), TEA, MONDAY)
        store.add_grading(attempt.id, grading(TEA, {}, overall), MONDAY)
    found = looked_at(store, MONDAY)
    (topic,) = by_llm(found).topics
    assert (found.answers, topic.answers, topic.lately, topic.retried) == (1, 1, 30, 60)
    assert by_llm(found).missed == ()


def test_trends_are_of_the_latest_five_and_compare_with_the_five_before_them(run: Run, home: Path) -> None:
    store = open_store(home / "interviewer.db")
    answer(store, 0, 40, {}, about=COFFEE)
    for day, overalls in enumerate(((5, 100), (10, 100), (50,), (50,), (50,), (50,), (80,), (80,), (80,), (80,), (80, 90))):
        session = store.add_session(SessionOptions(), [question()], MONDAY + timedelta(days=day))
        for overall in overalls:
            attempt = store.add_attempt(session.id, question(), TEA, MONDAY + timedelta(days=day))
            store.add_grading(attempt.id, grading(TEA, {}, overall), MONDAY + timedelta(days=day))
    _, topic = by_llm(looked_at(store, MONDAY + timedelta(days=20))).topics
    store.close()
    assert (topic.lately, topic.change, topic.retried) == (80, 38, 82)
    shown = " ".join(run("progress").out.split())
    assert " 80 +38 82 retried " in shown
    assert "Mean of the latest 5 first attempts, change against the 5 before, after retries, mean of each day." in shown


def shown(found: Progress, home: Path) -> str:
    context = fake_context(home)
    show_progress(context, found)
    assert isinstance(context.stdout, StringIO)
    return context.stdout.getvalue()


def test_the_screen_shows_the_latest_days_and_five_of_each_list(store: Store, home: Path) -> None:
    answer(store, 0, 10, {})
    text = shown(looked_at(store, MONDAY), home)
    assert text.startswith("1 first attempt on 1 day\n")
    assert "Nothing is due today." in text
    for day in range(1, 14):
        answer(store, day, 20 if 1 < day < 13 else 100, {}, about=COFFEE)
    answer(store, 13, 10, {"boiling": COVERED})
    text = shown(looked_at(store, MONDAY + timedelta(days=13)), home)
    assert text.startswith("15 first attempts on 14 days, 14 days in a row\n")
    assert f"bar     {'█' * 4}{'░' * 8} 36 +16 {'▂' * 11}█\n" in text
    assert text.count(" of 13 ") + text.count(" of 2 ") == 5
    assert "more (" not in text
    answer(store, 14, 10, {})
    text = shown(looked_at(store, MONDAY + timedelta(days=16)), home)
    assert text.count(" of 13 ") + text.count(" of 3 ") == 5
    assert "  and 1 more (interviewer progress --json)\n" in text
    assert "Due today: 2" in text
    assert "Nothing is due" not in text


def test_the_legend_names_a_column_that_one_topic_alone_has(store: Store, home: Path) -> None:
    week(store)
    found = looked_at(store, MONDAY)
    llm = by_llm(found)
    climbed = llm.model_copy(update={"topics": (llm.topics[0], llm.topics[1].model_copy(update={"rung": "how"}))})
    assert "the rung that half" not in " ".join(shown(found, home).split())
    assert "the rung that half" in " ".join(shown(found.model_copy(update={"graders": (climbed,)}), home).split())


@pytest.mark.parametrize(("width", "others"), [(24, 1), (34, 3), (44, 4), (80, 5)])
def test_a_narrow_screen_keeps_each_score_and_names_the_columns_that_it_shows(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch, width: int, others: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for day in range(12):
        answer(store, day, 10 + 5 * day, {}, about=question(topic="advanced-kitchen"), kind="embedded")
    found = looked_at(store, MONDAY)
    (graded,) = found.graders
    climbed = graded.model_copy(update={"topics": (graded.topics[0].model_copy(update={"rung": "how"}),)})
    lines = shown(found.model_copy(update={"graders": (climbed,)}), home).splitlines()
    (row,) = (line for line in lines if line.startswith("advanced kitchen "))
    assert len(row) <= width
    assert graded.topics[0].latest.total in row
    assert len(row.removeprefix("advanced kitchen").split()) == others
    legend = " ".join(lines).partition("Mean range")[2].partition("Nothing is due")[0]
    assert ("the rung that half" in legend) == (" how" in row)
    assert ("mean of each day" in " ".join(legend.split())) == any(step in row for step in "▁▂▃▄▅▆▇")


def test_what_matters_most_comes_first_and_days_in_their_order(store: Store) -> None:
    for day in (3, 1):
        answer(store, day, 10, {})
        answer(store, day, 10, {}, about=COFFEE)
    llm = by_llm(looked_at(store, MONDAY + timedelta(days=4)))
    assert [(one.key_point, one.question) for one in llm.missed] == [
        (point, asked) for point in ("boiling", "draw", "fresh") for asked in ("coffee", "tea")
    ]
    assert [day.day.day for day in llm.topics[0].days] == [3, 5]


def test_an_error_is_the_misconception_that_it_shares_half_of_its_words_with(store: Store) -> None:
    misconception = "Black tea is made with lukewarm water from the tap."  # two of its five words are in each error's evidence
    for day, error in enumerate([*["It has to be hot."] * 2, *["Tea may be black."] * 3]):
        answer(store, day, 10, {}, error=error, about=question(misconceptions=(misconception,)))
    found = by_llm(looked_at(store, MONDAY + timedelta(days=9))).mistakes
    assert [(one.text, one.times) for one in found] == [(misconception, 3), ("It has to be hot.", 2)]


def test_what_a_person_counted_says_nothing_about_their_guesses(store: Store) -> None:
    answer(store, 0, 10, {}, expected=90)
    (attempt,) = store.attempts()
    assert attempt.grading is not None
    assert attempt.grading.score is not None
    own = tuple(point.model_copy(update={"by_person": "covered"}) for point in attempt.grading.score.key_points)
    counted = attempt.grading.model_copy(update={"score": attempt.grading.score.model_copy(update={"key_points": own})})
    store.add_grading(attempt.id, counted, MONDAY)
    assert by_llm(looked_at(store, MONDAY)).calibration is None


def real(store: Store, *noted: tuple[int, Result, str, int | None]) -> tuple[RealRound, ...]:
    """Rounds of so many days after Monday, with the practice before them."""
    for day, result, note, session in noted:
        when = MONDAY + timedelta(days=day)
        store.keep_outcome(Outcome(day=when.date(), result=result, note=note, session=session, created=when))
    return real_rounds(store.outcomes(), store.attempts(), store.sessions())


def test_what_came_of_a_round_stands_beside_the_practice_before_it(store: Store) -> None:
    week(store)
    early, late, much_later = real(
        store, (2, "failed", "screen", None), (6, "passed", "onsite", None), (60, "waiting", "next", None)
    )
    assert [(mean.kind, mean.overall, mean.answers) for mean in early.practice] == [("embedded", 95, 1), ("llm", 20, 3)]
    assert [(mean.kind, mean.overall, mean.answers) for mean in late.practice] == [("embedded", 95, 1), ("llm", 45, 8)]
    assert much_later.practice == ()
    relation = {one.kind: one for one in relations((early, late, much_later))}["llm"]
    assert (relation.passed, relation.failed, relation.rounds) == (45, 20, (1, 1))
    assert relations((late, much_later)) == ()


def test_the_same_day_and_round_is_noted_once(store: Store) -> None:
    week(store)
    assert [one.result for one in real(store, (6, "waiting", "onsite", None), (6, "passed", "onsite", None))] == ["passed"]
    assert len(real(store, (6, "failed", "other", None))) == 2


def test_the_answers_of_an_interview_are_no_practice_for_it(store: Store) -> None:
    session = store.add_session(SessionOptions(mode="debrief"), [question()], MONDAY)
    attempt = store.add_attempt(session.id, question(), TEA, MONDAY)
    store.add_grading(attempt.id, grading(TEA, {"boiling": COVERED}, 70), MONDAY)
    (found,) = real(store, (0, "passed", "", session.id))
    assert found.practice == ()
    assert [(mean.kind, mean.overall) for mean in found.transcript] == [("llm", 70)]


def test_outcomes_are_noted_listed_and_shown_with_progress(run: Run) -> None:
    assert "Nothing is noted yet" in run("outcome").err
    run("practice", "--question", "3", "--grader", "embedded", stdin="It memorises noise of the training data.\n/done\n")
    noted = run("outcome", "passed", "--note", "Phone screen")
    assert re.search(r"passed Phone screen; practice about \d+–\d+ \(1", noted.out)
    run("outcome", "failed", "--note", "Onsite")
    shown = " ".join(run("progress").out.split())
    assert re.search(r"Practice before those passed: about \d+ on average \(1\); before those failed: about \d+ \(1\)", shown)
    assert "So few prove nothing." in shown
    assert [one["result"] for one in json.loads(run("outcome", "--json").out)] == ["failed", "passed"]
    assert json.loads(run("progress", "--json").out)["relations"][0]["rounds"] == [1, 1]


def test_a_note_is_kept_whole_however_long_it_is(run: Run) -> None:
    long = "Phone screen " * 30
    run("outcome", "waiting", "--note", long)
    assert json.loads(run("outcome", "--json").out)[0]["note"] == long.strip()


def test_another_result_for_the_same_round_keeps_its_session(run: Run) -> None:
    run("grade", "-", "--question", "3", "--grader", "embedded", stdin="It memorises noise of the training data.")
    refused = run("outcome", "passed", "--session", "1")
    assert refused.code == 2
    assert "session 1 is no transcript of a real interview" in refused.err
    assert "debrief --transcript FILE" in refused.err
    talk = "Q: What is overfitting?\nA: It memorises noise of the training data.\n"
    run("debrief", "--transcript", "-", "--grader", "embedded", stdin=talk)
    assert "--session one of: 2" in run("outcome", "passed", "--session", "1").err
    run("outcome", "passed", "--session", "2")
    run("outcome", "failed")
    assert [(one["result"], one["session"]) for one in json.loads(run("outcome", "--json").out)] == [("failed", 2)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--note", "Onsite"), "the result is missing"),
        (("passed", "--date", "2999-01-01"), "is in the future"),
        (("passed", "--session", "7"), "no session"),
        (("hired",), "is not one of 'passed'"),
    ],
)
def test_an_outcome_that_cannot_be_noted_is_told(run: Run, arguments: tuple[str, ...], message: str) -> None:
    done = run("outcome", *arguments)
    assert done.code == 2
    assert message in " ".join(done.err.split())
