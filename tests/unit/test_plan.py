"""The plan until an interview: what it has to cover, what a day's session is, and what a job posting asks for."""

import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from interviewer.bank.bank import Bank, load_bank
from interviewer.errors import InputError
from interviewer.models import Level, Measure, Review
from interviewer.practice.plan import Plan, describe_outlook, in_scope, outlook, questions_in, read_plan, write_plan
from interviewer.practice.posting import match_posting
from interviewer.practice.schedule import local_day
from interviewer.ui.screen import Screen
from interviewer.ui.views.plan import show_outlook
from tests.conftest import Run
from tests.fakes import question, serving

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TODAY = local_day(NOW)
DAY = timedelta(days=1)
LEVELS: tuple[Level, ...] = ("basic", "advanced")
BANK = Bank(
    tuple(
        question(id=f"{topic}-{number}", number=None, topic=topic, level=LEVELS[number % 2], question=f"{topic} {number}?")
        for topic in ("tea", "coffee")
        for number in range(10)
    )
)


def review(name: str, overall: int, days_ago: int = 1, kind: Measure = "llm") -> Review:
    return Review(question=name, created=NOW - timedelta(days=days_ago), kind=kind, overall=overall)


def test_what_is_unseen_or_due_before_the_day_is_spread_over_the_days() -> None:
    found = outlook(Plan(day=TODAY + 5 * DAY), BANK, (), "llm", NOW)
    assert (found.days_left, found.a_day, found.today, len(found.session)) == (5, 4, 4, 4)
    assert (found.questions, found.seen, found.strong) == (20, 0, 0)


def test_a_question_that_is_not_due_before_the_day_needs_no_other_answer() -> None:
    easy = [review(one.id, 95) for one in BANK][:10]
    assert outlook(Plan(day=TODAY + 2 * DAY), BANK, easy, "llm", NOW).a_day == 5
    poor = [review(one.id, 10) for one in BANK][:10]
    assert outlook(Plan(day=TODAY + 2 * DAY), BANK, poor, "llm", NOW).a_day == 10


def test_what_a_person_confirmed_counts_before_an_estimate_and_apart_from_an_llm() -> None:
    reviews = [review("tea-0", 90, kind="confirmed"), review("tea-0", 10, 0, "embedded"), review("tea-2", 95, kind="embedded")]
    found = outlook(Plan(), BANK, reviews, "embedded", NOW)
    assert (found.seen, found.strong, found.done) == (2, 1, 1), "an estimate is strong once it was confirmed"
    by_an_llm = outlook(Plan(), BANK, reviews, "llm", NOW)
    assert (by_an_llm.seen, by_an_llm.strong, by_an_llm.done) == (2, 0, 1), "seen is seen, whoever graded"


def test_the_goal_of_a_day_stays_while_it_is_worked_off() -> None:
    plan = Plan(day=TODAY + 5 * DAY)
    done = [review("tea-0", 70, 0), review("tea-2", 10, 0), review("tea-2", 60, 0)]
    found = outlook(plan, BANK, done, "llm", NOW)
    assert (found.a_day, found.today, found.done, len(found.session)) == (4, 4, 2, 2)
    assert "today 2 of 4 done" in describe_outlook(found)


def test_basic_questions_come_first_and_before_them_what_a_posting_asks_for() -> None:
    levels = {one.id: one.level for one in BANK}
    found = outlook(Plan(questions=("coffee-9", "tea-1")), BANK, (), "llm", NOW, count=12)
    assert found.session[:2] == ("coffee-9", "tea-1")
    assert [levels[name] for name in found.session[2:]] == ["basic"] * 10


def test_what_falls_due_every_day_leaves_half_of_a_session_to_what_is_new() -> None:
    poor = [review(one.id, 10) for one in BANK][:16]
    seen = {one.question for one in poor}
    for day, new in ((TODAY + 28 * DAY, 2), (None, 0)):
        session = outlook(Plan(day=day, minutes_a_day=20), BANK, poor, "llm", NOW).session
        assert (len(session), sum(name not in seen for name in session)) == (5, new)
    everything = [review(one.id, 10) for one in BANK][:-1]
    assert len(outlook(Plan(day=TODAY + 28 * DAY, minutes_a_day=20), BANK, everything, "llm", NOW).session) == 5


def test_a_session_is_the_one_that_was_announced() -> None:
    later = NOW + timedelta(hours=5)
    assert outlook(Plan(), BANK, (), "llm", NOW).session == outlook(Plan(), BANK, (), "llm", later).session


def test_minutes_decide_on_the_size_and_level_and_topics_on_the_questions() -> None:
    plan = Plan(minutes_a_day=20, level="basic", topics=("tea",))
    assert {(one.topic, one.level) for one in in_scope(plan, BANK)} == {("tea", "basic")}
    found = outlook(plan, BANK, [review("tea-0", 80), review("coffee-0", 80), review("tea-2", 80, kind="embedded")], "llm", NOW)
    assert (found.questions, found.seen, found.strong, found.today) == (5, 2, 1, 5)
    assert [(topic.topic, topic.seen, topic.strong) for topic in found.topics] == [("tea", 2, 1)]
    assert sum(day.questions for day in found.ahead) <= 1
    assert (questions_in(3), questions_in(20)) == (1, 5)


@pytest.mark.parametrize(("day", "left"), [(TODAY, 1), (TODAY - 1 * DAY, None)])
def test_the_day_itself_and_what_follows(day: date, left: int | None) -> None:
    found = outlook(Plan(day=day), BANK, (), "llm", NOW)
    assert found.days_left == left
    assert ("the interview was on" in describe_outlook(found)) == (left is None)


def test_a_plan_is_kept_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config" / "plan.json"
    assert read_plan(path) is None
    plan = Plan(day=date(2026, 12, 9), level="basic", topics=("tea",), minutes_a_day=30, questions=("tea-0",))
    write_plan(path, plan)
    assert read_plan(path) == plan
    path.write_text('{"day": "soon"}')
    with pytest.raises(InputError, match="day"):
        read_plan(path)


def test_the_command_keeps_what_is_not_changed_and_practice_follows_it(run: Run, home: Path) -> None:
    assert run("plan", "--date", "2999-01-01", "--minutes-a-day", "8").code == 0
    done = run("plan", "--topics", "ml-basics", "--level", "basic", "--json")
    found = json.loads(done.out)
    assert found["plan"] == {
        "day": "2999-01-01",
        "level": "basic",
        "topics": ["ml-basics"],
        "minutes_a_day": 8,
        "questions": [],
    }
    assert json.loads((home / "plan.json").read_text()) == found["plan"]
    basics = sum((one.topic, one.level) == ("ml-basics", "basic") for one in load_bank())
    practised = run("practice", "--grader", "embedded", stdin="It learns from data.\n/done\n/quit\n")
    assert "Question 1 of 2" in practised.out
    assert f"0 of {basics} questions seen" in practised.err
    asked = {load_bank().find(name).question for name in found["session"]}
    assert any(text in practised.out for text in asked)
    assert f"1 of {basics} questions seen" in run("progress").out
    shown = run("plan", "--topics", "all", "--level", "all").out
    assert shown.count("seen") > 4
    assert re.search(r"^Today's session takes about \d+ minutes\. Nothing is due: \d+ new\.$", shown, re.MULTILINE), shown


def test_an_interview_keeps_to_the_plan_as_well(run: Run) -> None:
    interview = ("practice", "--mode", "interview", "--grader", "embedded")
    run("plan", "--topics", "ml-basics", "--level", "basic", "--minutes-a-day", "8")
    held = run(*interview, stdin="It learns from data.\n/done\n/quit\n")
    assert "Within your plan: basic questions about ML basics." in held.err
    assert "I have 2 questions for you, about ML basics." in " ".join(held.out.split())
    assert "Within" not in run(*interview, "--topic", "agents", "--count", "1", stdin="It acts.\n/done\n").err


def test_what_falls_due_is_a_number_on_a_day(run: Run) -> None:
    """ "Thu 3" would be the third of the month."""
    run("practice", "--question", "3", "--grader", "embedded", stdin="It learns noise.\n/done\n")
    assert re.search(r"^Due in the next 7 days: 1 (today|on \w{3})$", run("plan").out, re.MULTILINE)


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "████▒▒▒▒▒▒░░░░░░░░░░"), ("ascii", "####++++++..........")])
def test_the_bar_of_a_topic_has_signs_that_the_stream_can_write(encoding: str, bar: str) -> None:
    done = [review(f"tea-{number}", 95 if number < 2 else 10) for number in range(5)]
    out = io.TextIOWrapper(io.BytesIO(), encoding)
    show_outlook(Screen(out, io.StringIO()), outlook(Plan(), BANK, done, "llm", NOW), BANK)
    out.seek(0)
    assert f"tea    {bar} 5 of 10 seen, 2 strong" in out.read()


def test_questions_a_day_are_minutes_a_day() -> None:
    found = outlook(Plan(day=TODAY + 5 * DAY), BANK, (), "llm", NOW)
    assert "; 4 a day, about 16 minutes, cover the rest;" in describe_outlook(found)


@pytest.mark.parametrize(
    "wrong", [("--date", "2001-01-01"), ("--date", "soon"), ("--topics", "tea"), ("--job", "no.txt"), ("--minutes-a-day", "1")]
)
def test_what_cannot_be_planned_is_refused_and_changes_nothing(run: Run, home: Path, wrong: tuple[str, ...]) -> None:
    done = run("plan", *wrong)
    assert (done.code, done.out) == (2, "")
    assert not (home / "plan.json").exists()
    if wrong[1] == "soon":
        assert "'soon' is not a day such as 2026-12-09" in " ".join(done.err.split())


def test_minutes_make_a_session(run: Run) -> None:
    assert "of 3\n" in run("practice", "--topic", "ml-basics", "--minutes", "12", stdin="/quit\n").out.replace("  #", "\n#")


POSTING = """Machine Learning Engineer
- You fight overfitting and know PCA, gradient boosting and batch normalization by heart
- Deploy with Docker and Kubernetes
Spark is a plus. Monitoring of deployed models for model drift"""


def test_a_posting_is_compared_by_words() -> None:
    found = match_posting(POSTING, load_bank())
    assert {"overfitting", "pca", "gradient-boosting", "batch-normalization", "model-drift"} <= set(found.questions)
    assert len(found.questions) < 12
    assert {"Docker", "Kubernetes"} <= set(found.lacking)
    assert "PCA" not in found.lacking


def test_a_name_is_one_at_the_beginning_of_a_line_too_and_a_common_word_is_none() -> None:
    text = "Terraform experience, hands-on\n- Kubernetes\n- Proficiency in it. Prototyping.\nStakeholders. Airflow or not"
    assert match_posting(text, load_bank()).lacking == ("Terraform", "Kubernetes", "Airflow")


def test_a_named_method_finds_the_questions_about_it_in_any_spelling() -> None:
    for text in (
        "Experience with LoRA, RLHF and vector databases",
        "must know: lora, rlhf, vector stores",
        "Low-rank adaptation, reinforcement learning from human feedback, a vector DB",
    ):
        found = match_posting(text, load_bank())
        assert set(found.questions) == {"lora-and-qlora", "dpo-vs-ppo", "hybrid-search-reranking"}, text
        assert found.lacking == (), text
    assert match_posting("You know DeepSpeed", load_bank()).questions == ("genai-tools",)  # a key point names it
    general = match_posting("You like LLMs and ML", load_bank())
    assert (general.questions, general.lacking) == ((), ())


def test_the_words_for_a_position_are_no_subject() -> None:
    text = "Senior data engineer, software developers\nData engineering in a team\nExperience with APIs, attention to detail"
    assert match_posting(text, load_bank()).questions == ()
    assert match_posting("Prompt engineering", load_bank()).questions == ("prompt-engineering",)


def test_a_posting_without_any_of_it_wants_nothing() -> None:
    assert match_posting("Gardener wanted.\nRoses, hedges and lawns.", load_bank()).questions == ()


def test_an_llm_reads_a_posting_and_the_plan_keeps_its_order(run: Run, tmp_path: Path) -> None:
    places = [one.id for one in load_bank()]
    wanted = [places.index(name) + 1 for name in ("pca", "overfitting")]
    topics = [{"topic": "Dimensions", "questions": wanted}, {"topic": "Kubernetes", "questions": []}]
    (tmp_path / "posting.txt").write_text(POSTING)
    with serving(json.dumps({"topics": topics})) as server:
        done = run("plan", "--job", "posting.txt", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="m")
    assert done.code == 0, done.err
    assert done.out.index("Dimensions") < done.out.index("#47 ") < done.out.index("#3 ")
    assert "not in the bank: Kubernetes" in done.out
    assert json.loads(run("plan", "--json").out)["session"][:2] == ["pca", "overfitting"]


def test_a_posting_is_compared_by_words_where_the_llm_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posting.txt").write_text(POSTING)
    with serving("no JSON") as server:
        done = run("plan", "--job", "posting.txt", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="m")
    assert done.code == 0, done.err
    assert "compared by its words" in done.err
    assert "#47 " in done.out
