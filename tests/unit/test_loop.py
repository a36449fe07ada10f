"""The loop of a session with a scripted input: what is saved, shown, asked again, and how it ends."""

import asyncio
import contextlib
import dataclasses
import io
import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from interviewer.errors import ExitCode, InputError
from interviewer.grading.grade import make_grader
from interviewer.models import ANSWER_LIMIT, Attempt, Grading, Mode, SessionOptions, Verdict
from interviewer.practice.session import SessionRunner
from interviewer.settings import load_settings
from interviewer.storage.database import Database
from interviewer.storage.store import Store, open_store
from interviewer.ui.ask import Dialogue
from interviewer.ui.inputs.pipe import Choice, Command, SaveDraft, Styled, Submission
from interviewer.ui.loop import run_session
from interviewer.ui.screen import Screen
from tests.conftest import Run
from tests.fakes import Clock, Sent, fake_context, question, reply, serving

BOILING = "The water has to boil before it is poured."
DRAW = "Then let the leaves draw for about three minutes."
TOO_LONG = "word " * (ANSWER_LIMIT // 4)
Entry = Submission | Command
Key = str | tuple[float, str]
Play = Entry | tuple[float, Entry] | Callable[[], Awaitable[Entry]]


class Script:
    """An input that plays entries and keys; one with seconds takes so long, a callable is awaited.

    Reads are kept as draft and limit.
    """

    redraws = False

    def __init__(self, clock: Clock, entries: Sequence[Play], keys: Sequence[Key], lines: Sequence[str]) -> None:
        self._clock = clock
        self._entries = iter(entries)
        self._keys = iter(keys)
        self._lines = iter(lines)
        self.reads: list[tuple[str, float | None]] = []
        self.asked: list[str] = []
        self.offered: list[list[str]] = []

    async def read(self, draft: str, save: SaveDraft, limit: float | None = None, earlier: Sequence[str] = ()) -> Entry:
        self.earlier = earlier
        self.reads.append((draft, limit))
        entry = next(self._entries)
        if isinstance(entry, tuple):
            seconds, entry = entry
            await self._clock.sleep(seconds)
        return await entry() if callable(entry) else entry

    async def choose(self, choices: Sequence[Choice], above: Styled = ()) -> str:
        self.offered.append([choice.label for choice in choices])
        key = next(self._keys)
        if isinstance(key, tuple):
            seconds, key = key
            await self._clock.sleep(seconds)
        return key

    async def ask_line(self, prompt: str) -> str:
        self.asked.append(prompt)
        return next(self._lines)


@dataclasses.dataclass
class Played:
    code: ExitCode
    out: str
    err: str
    attempts: tuple[Attempt, ...]
    reads: list[tuple[str, float | None]]
    draft: str
    skipped: tuple[str, ...]
    asked: list[str]
    offered: list[list[str]]


def play(
    home: Path,
    *entries: Play,
    options: SessionOptions | None = None,
    keys: Sequence[Key] = "n",
    lines: Sequence[str] = (),
    interactive: bool = True,
    confirm: bool = False,
    **environ: str,
) -> Played:
    clock = Clock()
    context = dataclasses.replace(fake_context(home, clock, b"", **environ), interactive=interactive)
    out, err = io.StringIO(), io.StringIO()
    options = options or SessionOptions()
    store = open_store(context.paths.database)
    session = store.add_session(options, [question()], context.now())
    grader = make_grader(load_settings(context.environ, context.paths), context)
    runner = SessionRunner(context, store, session, (question(),), grader)
    script = Script(clock, entries, keys, lines)

    async def go() -> ExitCode:
        try:
            return await run_session(Dialogue(runner, script, Screen(out, err), confirm=confirm), None)
        finally:
            await grader.close()

    code = asyncio.run(go())
    return Played(
        code,
        " ".join(out.getvalue().split()),
        " ".join(err.getvalue().split()),
        store.attempts(),
        script.reads,
        store.draft(session.id, "tea"),
        store.session(session.id).skipped,
        script.asked,
        script.offered,
    )


@pytest.fixture
def failing() -> Iterator[str]:
    """The address of a server that grades nothing."""
    with serving(Sent(status=401, body={})) as server:
        yield server.url


def test_an_answer_is_graded_shown_and_counted(home: Path) -> None:
    played = play(home, (30.0, Submission(BOILING)))
    assert played.code == ExitCode.OK
    assert "/100" in played.out
    assert "Delivery: 9 words, 30 s" in played.out
    assert played.err.endswith("Session 1; 1 answered. Report: interviewer report")
    assert [attempt.answer for attempt in played.attempts] == [BOILING]


def test_an_estimate_that_is_left_for_later_is_counted_at_the_end(home: Path) -> None:
    played = play(home, Submission(BOILING), keys=("escape", "n"), confirm=True)
    assert played.err.endswith("Session 1; 1 answered; 1 unconfirmed (interviewer confirm). Report: interviewer report")
    assert "unconfirmed (" not in play(home / "other", Submission(BOILING), keys=((1.0, "enter"), "n"), confirm=True).err


def test_what_is_longer_than_the_screen_comes_page_by_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = play(home, Submission(BOILING), keys="vn").out
    assert len(list(re.finditer("mark as said: Fresh cold water", whole))) == 2  # in the card, and in what v shows
    monkeypatch.setenv("LINES", "8")
    paged = play(home.with_name("two"), Submission(BOILING), keys=["v", *["enter"] * 9, "n"]).out
    assert paged == whole
    left = play(home.with_name("three"), Submission(BOILING), keys=["v", "escape", "n"]).out
    assert len(list(re.finditer("mark as said: Fresh cold water", left))) == 1


def test_everything_about_an_answer_can_be_seen_before_its_estimate_is_confirmed(home: Path) -> None:
    seen = play(home, Submission(BOILING), keys=["v", "escape", "n"], confirm=True).out
    assert len(list(re.finditer("mark as said: Fresh cold water", seen))) == 2  # in what v shows, and in the card


def test_an_enter_at_the_moment_of_the_score_is_no_answer_to_its_menu(home: Path) -> None:
    played = play(home, Submission(BOILING), keys=["enter", "m", (1.0, "enter")])
    assert "A model answer" in played.out
    assert played.code == ExitCode.OK


def test_an_enter_at_the_moment_of_an_estimate_confirms_nothing_unseen(home: Path) -> None:
    assert play(home, Submission(BOILING), keys=["enter", "enter", "escape", "n"], confirm=True).attempts[0].unconfirmed
    assert not play(home / "b", Submission(BOILING), keys=["enter", (0.6, "enter"), "n"], confirm=True).attempts[0].unconfirmed


def test_keys_about_an_estimate_that_another_program_replaced_meanwhile_are_not_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = Script.choose

    async def graded_elsewhere(self: Script, choices: Sequence[Choice], above: Styled = ()) -> str:
        if (key := await choose(self, choices, above)) == "y":
            store = open_store(fake_context(home).paths.database)
            (attempt,) = store.attempts()
            assert attempt.grading
            replaced = Grading.ungraded("tea", attempt.grading.grader, "as it is now")
            store.add_grading(attempt.id, replaced, attempt.created)
            store.close()
        return key

    monkeypatch.setattr(Script, "choose", graded_elsewhere)
    played = play(home, Submission(BOILING), keys=["h", "y", "n"], confirm=True)
    assert "Another program has graded or confirmed this answer meanwhile" in played.err
    assert played.attempts[0].grading
    assert (played.attempts[0].grading.reason, played.attempts[0].grading.confirmed) == ("as it is now", False)
    assert "as it is now" in played.err + played.out
    assert open_store(fake_context(home).paths.database).confirmation(1) == {}


def test_no_program_can_replace_an_estimate_between_the_check_for_that_and_the_keys(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, tried = Store.save_confirmation, []

    def grading_elsewhere(self: Store, attempt: int, said: Mapping[str, Verdict]) -> None:
        other = sqlite3.connect(fake_context(home).paths.database, timeout=0, isolation_level=None)
        with contextlib.closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        tried.append(attempt)
        save(self, attempt, said)

    monkeypatch.setattr(Store, "save_confirmation", grading_elsewhere)
    assert not play(home, Submission(BOILING), keys=["y", (1.0, "enter"), "n"], confirm=True).attempts[0].unconfirmed
    assert tried


def test_no_write_waits_for_the_disk_on_the_event_loop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers, follow-ups, ratings, verdicts, what is saved for later, what is skipped, and the end of a session."""
    written: list[bool] = []
    transaction = Database.transaction

    def watched(self: Database) -> AbstractContextManager[sqlite3.Connection]:
        written.append(asyncio._get_running_loop() is None)
        return transaction(self)

    monkeypatch.setattr(Database, "transaction", watched)
    options = SessionOptions(follow_ups=1, rate=True)
    keys: list[Key] = ["m", "s", "u", "c", (1.0, "enter"), "n"]
    play(home, Submission(BOILING), Submission(DRAW), options=options, keys=keys, lines=["50"])
    play(home.with_name("other"), "skip")
    assert len(written) > 12
    assert all(written)


def test_a_retry_asks_again_and_a_quit_counts_what_was_answered(home: Path) -> None:
    played = play(home, Submission(BOILING), Submission(DRAW), keys="rq")
    assert [attempt.answer for attempt in played.attempts] == [BOILING, DRAW]
    assert played.out.count("Question 1 of 1") == 2
    assert "Since your last attempt" in played.out
    assert "; 1 answered" in played.err
    assert "to go" not in played.err


def test_an_objection_names_the_point_by_its_text_and_where_none_is_possible_the_reason_is_told(home: Path) -> None:
    estimate = play(home / "estimate", Submission(BOILING), keys="dn", lines=("2", ""))
    assert "Why does your answer say “The leaves draw for about three minutes.”" in " ".join(estimate.err.split())
    confirmed = play(home / "confirmed", Submission(BOILING), keys="ynndn", confirm=True)
    assert confirmed.attempts[0].measure == "confirmed"
    assert "nothing to dispute: you have judged this answer yourself. To change that: c" in confirmed.err
    full = play(home / "full", Submission(BOILING), keys="yyydn", confirm=True)
    assert "nothing to dispute: every point counts" in full.err


def test_what_cannot_be_graded_is_saved_and_the_exit_code_says_so(home: Path, failing: str) -> None:
    played = play(home, Submission(BOILING), OPENAI_BASE_URL=failing)
    assert played.code == ExitCode.UNGRADED
    assert "Saved, not graded" in played.err
    assert "1 saved, not graded (interviewer regrade)" in played.err


def test_what_cannot_be_estimated_has_one_next_step_and_is_not_offered_to_be_tried_again(home: Path) -> None:
    played = play(home, Submission("Das Wasser muss kochen, bevor man es über die Blätter gießt."))
    assert "OPENAI_BASE_URL for an LLM that reads it. Grade it later: interviewer regrade 1 Session 1;" in played.err
    assert "[r]etry" in played.offered[-1]
    assert "[g]rade again" not in played.offered[-1]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (402, "is out of credit; add credit there. Grade it later: interviewer regrade 1. Estimate it now"),
        (404, "does OPENAI_BASE_URL end in /v1? Grade it later: interviewer regrade 1. Estimate it now"),
    ],
)
def test_what_an_llm_did_not_grade_has_one_next_step_and_can_be_tried_again(home: Path, status: int, told: str) -> None:
    with serving(Sent(status=status, body={})) as server:
        played = play(home, Submission(BOILING), OPENAI_BASE_URL=server.url)
    assert told in played.err
    assert "[g]rade again" in played.offered[-1]


def test_an_estimate_that_an_llm_cannot_replace_stays_and_the_reason_is_told(home: Path, failing: str) -> None:
    played = play(home, Submission(BOILING), keys="egn", OPENAI_BASE_URL=failing)
    assert played.code == ExitCode.OK
    assert played.attempts[0].measure == "embedded"
    assert re.search(r"The estimate stays: \S+ rejected the key", played.err), played.err


@pytest.mark.parametrize("mode", ["practice", "interview"])
def test_where_a_follow_up_cannot_be_graded_the_score_of_the_answer_alone_stays(home: Path, mode: Mode) -> None:
    asked, refused = asks("boil", 2, "why", "You boil it; how long do you wait then?"), Sent(status=401, body={})
    graded = reply({1: ([1], "covered")})
    order = (graded, asked, refused) if mode == "practice" else (asked, graded, refused)
    with serving(*order) as server:
        options = SessionOptions(mode=mode, follow_ups=1)
        played = play(home, Submission(BOILING), Submission(DRAW), options=options, OPENAI_BASE_URL=server.url)
    assert played.attempts[0].measure == "llm"
    assert "/100" in played.out
    if mode == "practice":
        assert re.search(r"score of the answer alone: \S+ rejected the key", played.err), played.err


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("hint", "Hint"),
        ("help", "A line /done sends"),
        ("unknown", "There is no such command. A line /done sends"),
        ("edit", "/edit needs a terminal"),
        ("speak", "/speak needs --voice"),
    ],
)
def test_commands_keep_the_question_open(home: Path, command: Command, shown: str) -> None:
    played = play(home, command, Submission(BOILING))
    assert shown in played.out + played.err
    assert len(played.attempts) == 1


@pytest.mark.parametrize(("command", "skipped", "left"), [("skip", ("tea",), ""), ("quit", (), "1 to go")])
def test_a_question_can_be_left(home: Path, command: Command, skipped: tuple[str, ...], left: str) -> None:
    played = play(home, command)
    assert (played.code, played.skipped, played.attempts) == (ExitCode.OK, skipped, ())
    assert "nothing answered" in played.err
    assert ("to go" in played.err) == bool(left)


def test_the_end_of_the_input_is_an_error_only_without_an_answer(home: Path) -> None:
    with pytest.raises(InputError, match="ended before an answer"):
        play(home, "end")
    assert play(home, Submission(BOILING), "end", keys="r").code == ExitCode.OK


LIMITED = SessionOptions(time_limit=60)


def test_when_the_time_is_up_what_is_typed_is_the_answer_and_nothing_skips(home: Path) -> None:
    typed = play(home, (60.0, Submission(BOILING)), options=LIMITED)
    assert "The time is up: what you had typed is your answer." in typed.err
    assert [attempt.answer for attempt in typed.attempts] == [BOILING]
    empty = play(home, (60.0, Submission(" ")), options=LIMITED)
    assert "The time is up." in empty.err
    assert empty.skipped == ("tea",)
    in_time = play(home, (59.0, Submission(BOILING)), options=LIMITED)
    assert "The time is up" not in in_time.err


def test_who_has_spoken_in_time_may_correct_after_it(home: Path) -> None:
    played = play(home, (90.0, Submission(BOILING, spoken=12.5)), options=LIMITED)
    assert "The time is up" not in played.err
    assert (played.attempts[0].seconds, played.attempts[0].spoken) == (12.5, True)


def test_a_time_limit_is_for_those_who_see_the_clock(home: Path) -> None:
    assert play(home, "help", Submission(BOILING), options=LIMITED).reads[0][1] == 60
    assert play(home, Submission(BOILING), options=LIMITED, interactive=False).reads[0][1] is None


def test_what_is_too_long_can_be_shortened_without_the_clock(home: Path) -> None:
    played = play(home, (50.0, Submission(TOO_LONG)), (50.0, Submission(BOILING)), options=LIMITED)
    assert "the limit is 20,000" in played.err
    assert played.reads == [("", 60), (TOO_LONG, None)]
    assert [attempt.answer for attempt in played.attempts] == [BOILING]


def test_what_is_too_long_ends_a_pipe_and_stays_a_draft(home: Path) -> None:
    with pytest.raises(InputError, match="the limit is 20,000"):
        play(home, Submission(TOO_LONG), interactive=False)
    store = open_store(home / "interviewer.db")
    assert store.draft(1, "tea") == TOO_LONG


@pytest.mark.parametrize(("lines", "rating"), [(["lots", "101", "100"], 100), (["55 %"], 55), (["-1", "0"], 0), ([""], None)])
def test_a_self_rating_is_a_number_up_to_100(home: Path, lines: list[str], rating: int | None) -> None:
    played = play(home, Submission(BOILING), options=SessionOptions(rate=True), lines=lines)
    assert played.attempts[0].self_rating == rating
    assert ("you expected" in played.out) == (rating is not None)


def asks(said: str, key_point: int, depth: str, text: str) -> str:
    """The reply of a model that asks a follow-up."""
    return json.dumps({"said": said, "key_point": key_point, "depth": depth, "question": text})


ONE_FOLLOW_UP = SessionOptions(follow_ups=1)


@pytest.mark.parametrize(
    ("entries", "answers"),
    [
        ([Submission(DRAW)], [DRAW]),
        ([Submission(" ")], [""]),
        (["skip"], [""]),
        (["hint", "skip"], [""]),
        ([Submission(TOO_LONG), Submission(DRAW)], [DRAW]),
    ],
)
def test_a_follow_up_is_answered_or_skipped(home: Path, entries: list[Entry], answers: list[str]) -> None:
    played = play(home, Submission(BOILING), *entries, options=ONE_FOLLOW_UP)
    assert [exchange.answer for exchange in played.attempts[0].exchanges] == answers
    assert played.out.index("Follow-up") < played.out.index("/100")  # the score gives the points away
    assert ("Since the follow-up new: draw" in played.out) == (answers == [DRAW])
    if len(entries) == 2 and isinstance(entries[0], Submission):
        assert played.reads[-1] == (TOO_LONG, None)


def test_several_follow_ups_are_compared_with_the_answer_alone(home: Path) -> None:
    entries = [Submission("You use a pot."), Submission(DRAW), Submission("The water has to boil.")]
    with serving(
        reply({}),
        asks("a pot", 2, "what", "You use a pot; how long does it stay in there?"),
        reply({2: ([2], "covered")}),
        asks("a pot", 1, "why", "You use a pot; why does the temperature matter?"),
        reply({1: ([3], "covered"), 2: ([2], "covered")}),
    ) as server:
        options = SessionOptions(follow_ups=2)
        played = play(home, *entries, options=options, OPENAI_BASE_URL=server.url)
    assert "Since the follow-up new: boiling, draw" in played.out


INTERVIEW = SessionOptions(mode="interview", follow_ups=1)


def test_an_interview_shows_nothing_before_its_debrief(home: Path) -> None:
    played = play(home, Submission(BOILING), Submission(DRAW), options=INTERVIEW)
    spoken, debrief = played.out.split("Debrief")
    assert "/100" not in spoken
    assert "/100" in debrief
    assert re.search(r"2 of 3 key points touched on \d+–100 \(\d+–\d+ before the follow-up\)", debrief)
    assert played.err.endswith("Session 1; 1 answered. Report: interviewer report")


def test_an_interview_grades_while_the_follow_up_is_answered(home: Path) -> None:
    with serving(asks("boil", 2, "why", "You boil it; how long do you wait then?"), reply({})) as server:

        async def once_it_is_graded() -> Entry:
            async with asyncio.timeout(20):
                while len(server.requests) < 2:  # noqa: ASYNC110  # another thread adds them
                    await asyncio.sleep(0.01)
            return Submission(DRAW)

        played = play(home, Submission(BOILING), once_it_is_graded, options=INTERVIEW, OPENAI_BASE_URL=server.url)
    assert "You boil it; how long do you wait then?" in played.out
    assert "0 of 3 key points made; most often held back by coverage" in played.out
    assert played.attempts[0].exchanges[0].answer == DRAW


@pytest.mark.parametrize("options", [SessionOptions(), SessionOptions(mode="interview")])
def test_a_server_that_writes_slowly_has_its_time_though_nobody_sees_it_write(home: Path, options: SessionOptions) -> None:
    with serving(reply({})) as server:
        play(home, Submission(BOILING), options=options, OPENAI_BASE_URL=server.url)
    assert [request["stream"] for request in server.requests] == [True]


def test_an_interview_that_is_left_at_a_follow_up_has_its_debrief(home: Path) -> None:
    played = play(home, Submission("You use a pot."), "quit", options=INTERVIEW)
    assert "Putting the debrief together" in played.err or "That was it" in played.err
    assert "0 of 3 key points touched on" in played.out
    assert "to go" not in played.err  # the question was answered


def test_an_interview_without_an_answer_has_no_debrief(home: Path) -> None:
    played = play(home, "quit", options=INTERVIEW)
    assert "Debrief" not in played.out
    assert "1 to go (interviewer resume 1)" in played.err


def test_an_interview_counts_what_was_not_graded(home: Path, failing: str) -> None:
    played = play(home, Submission(BOILING), "skip", options=INTERVIEW, OPENAI_BASE_URL=failing)
    assert played.code == ExitCode.UNGRADED
    assert "1 saved, not graded" in played.err
    assert "not graded How do you make black tea?" in played.out


def test_a_follow_up_too_long_to_be_graded_does_not_bar_the_way_back(run: Run) -> None:
    practice: tuple[Any, ...] = ("practice", "--mode", "interview", "--follow-ups", "1", "--question", "3")
    done = run(*practice, "--grader", "embedded", stdin=f"It memorises noise.\n/done\n{'word ' * 9000}\n/done\n")
    assert done.code == 2
    assert "longer than 20,000 characters" in done.err
    resumed = run("resume", "--grader", "embedded")
    assert resumed.code == 0, resumed.err
    assert "Debrief" in resumed.out


DRILL = SessionOptions(mode="drill", rounds=(90, 60, 30))
WHOLE = f"{BOILING} {DRAW} Fresh cold water tastes better than reheated water."


def test_a_drill_asks_the_same_question_in_less_time_and_compares_each_round_with_the_first(home: Path) -> None:
    with serving(
        reply({1: ([1], "covered"), 2: ([2], "covered"), 3: ([3], "covered")}),
        reply({1: ([1], "covered"), 2: ([2], "partial")}),
        reply({1: ([1], "covered")}),
    ) as server:
        entries = (80.0, Submission(WHOLE)), (60.0, Submission(f"{BOILING} {DRAW}")), Submission(BOILING)
        options = DRILL.model_copy(update={"bar": "senior"})
        played = play(home, *entries, options=options, keys="nnn", OPENAI_BASE_URL=server.url)
    assert [limit for _, limit in played.reads] == [90, 60, 30]
    assert "Question 1 of 1, round 3 of 3: 30 seconds" in played.out
    assert "The time is up: what you had typed is your answer." in played.err
    second, third = played.out.split("Round 2 of 3, 60 seconds")[1].split("Round 3 of 3, 30 seconds")
    assert "lost draw ✓ “Then let the leaves ◐ “Then let the leaves" in second
    assert re.search("lost fresh ✓ “Fresh cold .*· not said", second)
    assert "Below the bar for senior: 63 of the 65 points" in second
    assert "lost draw" in third
    assert "kept boiling" in third
    assert "key points 3 → 1 → 1" in third
    assert played.err.endswith("Session 1; 1 answered. Report: interviewer report")
    assert [attempt.round and attempt.round.seconds for attempt in played.attempts] == [90, 60, 30]


def test_in_a_drill_an_answer_is_said_anew(home: Path) -> None:
    """The arrow keys bring back what was said before, but not here."""
    seen: list[Sequence[str]] = []
    read = Script.read

    async def watching(self: Script, *arguments: Any) -> Entry:
        seen.append(arguments[3])
        return await read(self, *arguments)

    Script.read = watching  # type: ignore[method-assign,assignment]
    try:
        play(home, Submission(BOILING), Submission(BOILING), options=SessionOptions(mode="drill", rounds=(20, 10)), keys="nn")
    finally:
        Script.read = read  # type: ignore[method-assign]
    assert seen == [(), ()]


def test_a_skip_in_a_drill_passes_over_the_rounds_that_are_left_and_says_so(home: Path) -> None:
    played = play(home, Submission(WHOLE), "skip", options=DRILL)
    assert "Round 2 of 3 and what comes after it passed over." in played.err
    assert (played.skipped, len(played.attempts)) == (("tea",), 1)
    assert "passed over" not in play(home.with_name("other"), "skip").err


def test_a_drill_in_a_pipe_has_no_clock(home: Path) -> None:
    entries = Submission(WHOLE), Submission(BOILING), Submission(BOILING)
    played = play(home, *entries, options=DRILL, keys="nnn", interactive=False)
    assert [limit for _, limit in played.reads] == [None, None, None]
    assert "lost" in played.out


def test_who_has_nothing_to_say_in_a_round_has_done_with_the_question(home: Path) -> None:
    played = play(home, Submission(WHOLE), (60.0, Submission("")), options=DRILL)
    assert played.skipped == ("tea",)
    assert "to go" not in played.err
    assert len(played.attempts) == 1


def test_a_drill_that_was_left_goes_on_with_the_round_that_is_missing(run: Run) -> None:
    practice = ("practice", "--mode", "drill", "--seconds", "60,30", "--question", "3", "--grader", "embedded")
    left = run(*practice, stdin="It memorises noise of the training data.\n/done\n")
    assert left.code == 0
    assert "In a pipe there is no clock" in left.err
    assert "1 to go (interviewer resume 1)" in left.err
    assert "drill     1 of 2 rounds  " in run("history").out
    resumed = run("resume", "--grader", "embedded", stdin="It learns noise.\n/done\n")
    assert "round 2 of 2: 30 seconds" in resumed.out
    assert re.search("(kept|lost) +fits noise", resumed.out)
    assert "to go" not in resumed.err
    shown = run("show")
    assert "Session 1, round by round" in shown.out
    assert re.search("60 s +30 s", shown.out)
    assert "round 2 of 2: 30 seconds" in " ".join(run("history", "--search", "learns noise").out.split())


def test_a_round_that_was_not_graded_is_told_at_the_end(home: Path) -> None:
    with serving(Sent(status=401, body={})) as server:
        entries = Submission(WHOLE), Submission(BOILING), Submission(BOILING)
        played = play(home, *entries, options=DRILL, keys="nnn", OPENAI_BASE_URL=server.url)
    assert played.code == ExitCode.UNGRADED
    assert "3 saved, not graded" in played.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seconds", "90,60"), "--seconds goes with --mode drill"),
        (("--mode", "drill", "--seconds", "30,60"), "each shorter than the one before"),
        (("--mode", "drill", "--seconds", "60"), "2 to 6 times"),
        (("--mode", "drill", "--seconds", "60,soon"), "2 to 6 times"),
        (("--mode", "drill", "--seconds", "60,5"), "down to 10"),
        (("--mode", "drill", "--time-limit", "60"), "its times from --seconds"),
        (("--mode", "drill", "--follow-ups", "1"), "no follow-ups"),
    ],
)
def test_a_drill_that_cannot_be_is_refused(run: Run, arguments: tuple[str, ...], message: str) -> None:
    done = run("practice", *arguments)
    assert done.code == 2
    assert message in " ".join(done.err.split())
