"""The command line as a script uses it: contract, streams, exit codes, and errors in one line."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.bank.export import export
from interviewer.grading.rubric import load_rubric
from tests.conftest import Run
from tests.fakes import Sent, question, reply, serving

ANSWER = "It learns the noise of the training data by heart. So it does well in training and badly on new data."
POINTS = len(load_bank().find("3").key_points)


def test_practice_in_a_pipe_leaves_a_graded_attempt(run: Run) -> None:
    done = run("practice", "--question", "3", "--grader", "embedded", stdin=f"{ANSWER}\n/done\n")
    assert done.code == 0, done.err
    assert "What is overfitting?" in done.out
    assert "estimate" in done.out
    history = json.loads(run("history", "--json").out)
    assert (history[0]["answered"], history[0]["ungraded"]) == (1, 0)


def test_several_answers_come_in_turn_and_the_input_may_just_end(run: Run) -> None:
    done = run(
        "practice",
        "--question",
        "3",
        "--question",
        "4",
        "--question",
        "5",
        stdin=f"{ANSWER}\n/done\n/skip\nClasses or numbers.",
    )
    assert done.code == 0, done.err
    assert json.loads(run("history", "--json").out)[0]["answered"] == 2


def test_resume_goes_on_at_the_next_question(run: Run) -> None:
    run("practice", "--question", "3", "--question", "4", stdin=f"{ANSWER}\n/done\n/quit\n")
    done = run("resume", stdin="The model is too simple.\n/done\n")
    assert done.code == 0, done.err
    assert "Question 2 of 2" in done.out
    assert "overfitting" not in done.out.split("underfitting")[0]
    assert done.err.endswith("Session 1; 2 answered. Report: interviewer report\n")
    finished = run("resume")
    assert finished.code == 2
    assert "interviewer practice" in finished.err


def test_resume_takes_a_session_with_nothing_in_it_only_where_no_other_is_open(run: Run) -> None:
    run("practice", "--question", "3", "--question", "4", "--grader", "embedded", stdin=f"{ANSWER}\n/done\n/quit\n")
    begun = run("practice", "--question", "5", "--grader", "embedded", stdin="half a thought\n/quit\n")
    assert begun.err.endswith("Session 2; nothing answered; 1 to go (interviewer resume 2)\n")
    run("practice", "--question", "6", "--grader", "embedded", stdin="")
    resumed = [run("resume", "--grader", "embedded", stdin=f"{ANSWER}\n/done\n").err for _ in range(3)]
    ends = ["Session 2; 1 answered", "Session 1; 2 answered", "Session 3; 1 answered"]
    assert all(end in err for end, err in zip(ends, resumed, strict=True)), resumed


def test_a_session_in_which_all_was_skipped_says_so(run: Run) -> None:
    done = run("practice", "--question", "3", "--grader", "embedded", stdin="/skip\n")
    assert (done.code, done.err.splitlines()[-1]) == (0, "Session 1; nothing answered")


@pytest.mark.parametrize(("word", "told"), [("/hepl", "There is no such command. "), ("/help", "")])
def test_a_lone_slashed_word_is_never_an_answer_but_a_sentence_with_a_path_is(run: Run, word: str, told: str) -> None:
    text = "/etc/hosts is a file.\n/etc/hosts\n1/2"
    done = run("practice", "--question", "3", "--grader", "embedded", stdin=f"{word}\n{text}\n/done\n")
    assert f"\n{told}A line /done sends your answer; /hint, /skip, " in done.err
    assert json.loads(run("report", "--format", "json", "--output", "-").out)["attempts"][0]["answer"] == text


def test_quitting_keeps_what_was_typed(run: Run) -> None:
    run("practice", "--question", "3", stdin="half a thought\n/quit\n")
    unsent = run("resume", stdin="")
    assert (unsent.code, json.loads(run("history", "--json").out)) == (2, []), unsent.err
    done = run("resume", stdin="and the other half\n/done\n")
    assert done.code == 0, done.err
    assert (
        "half a thought\nand the other half"
        in json.loads(run("report", "--format", "json", "--output", "-").out)["attempts"][0]["answer"]
    )


def test_a_skipped_question_stays_skipped_whatever_was_typed_before(run: Run) -> None:
    done = run("practice", "--question", "3", "--grader", "embedded", stdin="half a thought\n/skip\n")
    assert "to go" not in done.err
    assert "no session has a question left" in run("resume").err


def test_grade_prints_the_contract_and_nothing_else(run: Run) -> None:
    done = run("grade", "--question", "3", "--json", stdin=ANSWER)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert set(result) == {"question_id", "status", "score", "grader", "usage", "reason", "confirmed"}
    assert (result["question_id"], result["status"], result["reason"]) == ("overfitting", "graded", None)
    assert result["grader"]["kind"] == "embedded"
    assert result["grader"]["estimate"] is True
    score = result["score"]
    assert 0 <= score["low"] <= score["overall"] <= score["high"] <= 100
    assert [score[name] for name in ("depth", "clarity", "level")] == [None, None, None]  # nothing of an estimate measures them
    assert score["band"] in {band.name for band in load_rubric().bands}
    for point in score["key_points"]:
        if point["evidence"] is not None:
            start, end = point["span"]
            assert ANSWER[start:end] == point["evidence"]
        else:
            assert point["verdict"] == "missing"


def test_an_llm_without_evidence_earns_nothing_and_it_shows_everywhere(run: Run) -> None:
    greedy = reply({n: ([n + 40], "covered") for n in range(1, POINTS + 1)}, points=POINTS, level=5, depth=3, clarity=3)
    with serving(greedy) as server:
        done = run("grade", "--question", "3", stdin=ANSWER, OPENAI_BASE_URL=server.url)
        as_json = run("grade", "--question", "3", "--json", stdin=ANSWER, OPENAI_BASE_URL=server.url)
    assert "does not count" in " ".join(done.out.split())
    score = json.loads(as_json.out)["score"]
    assert score["band"] == load_rubric().bands[0].name
    assert all(point["rejected"]["claimed"] == "covered" for point in score["key_points"])
    assert "does not count" in run("report", "--output", "-").out


def test_a_dead_server_loses_nothing_and_regrade_completes_it(run: Run) -> None:
    good = reply({1: ([1], "covered")}, points=POINTS)
    with serving(Sent({"error": {"message": "down"}}, status=401)) as dead:
        done = run("practice", "--question", "3", stdin=f"{ANSWER}\n/done\n", OPENAI_BASE_URL=dead.url)
    assert done.code == 3
    assert "Saved, not graded" in done.err
    assert "/100" not in done.out
    report = run("report", "--output", "-").out
    assert "Not graded" in report
    assert ANSWER in report
    with serving(good) as alive:
        again = run("regrade", OPENAI_BASE_URL=alive.url)
    assert again.code == 0, again.err
    assert json.loads(run("report", "--format", "json", "--output", "-").out)["ungraded"] == 0


def test_where_answers_go_is_said_before_the_first_one(run: Run) -> None:
    with serving(reply({}, points=POINTS)) as server:
        done = run("practice", "--question", "3", stdin="", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert "graded by stub on this machine" in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("grade", "--question", "999"), "x", "no question"),
        (("grade", "--question", "overfiting"), "x", "did you mean overfitting"),
        (("practice", "--question", "Overfiting"), "", "did you mean overfitting"),
        (("practice", "--question", "LoRA"), "", "did you mean lora-and-qlora? list them"),
        (("practice", "--question", "tell apart"), "", "list them: interviewer bank list"),
        (("practice", "--count", "3", "--minutes", "20"), "", "give one of them"),
        (("grade", "--question", "3"), "", "answer is empty"),
        (("grade", "--question", "3"), "x" * 1_000_000, "limit is 20,000"),
        (("grade", "--question", "3"), b"\x00\xff\xfe\x89PNG", "not text"),
        (("grade", "--question", "3", "nowhere.txt"), "", "cannot read nowhere.txt"),
        (("practice", "--question", "3"), "", "before an answer was given"),
        (("practice", "--question", "3"), b"\xff\xfe", "not text"),
        (("practice", "--question", "3"), "x" * 1_000_000, "20,000 characters"),
        (("practice", "--topic", "cooking"), "", "no topic 'cooking'"),
        (("practice", "--numbers", "20-1"), "", "such as 1-20,35"),
        (("bank", "list", "--numbers", "3 4"), "", "such as 1-20,35"),
        (("practice", "--bank", "guide", "--numbers", "201"), "", "bank list"),
        (("practice", "--nonsense"), "", "No such option"),
        (("nonsense",), "", "No such command"),
        (("practise",), "", "Did you mean 'practice'?"),
        (("resume", "--modle", "m"), "", "Did you mean '--model'?"),
        (("resume",), "", "interviewer practice"),
        (("resume", "12"), "", "session"),
        (("report",), "", "interviewer practice"),
        (("bank", "validate", "nowhere.yaml"), "", "no bank 'nowhere.yaml'"),
        (("--env-file", "nowhere.env", "history"), "", "nowhere.env"),
    ],
)
def test_bad_input_is_one_clear_message_with_exit_2(
    run: Run, arguments: tuple[str, ...], stdin: str | bytes, said: str
) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.code == 2, done.err
    assert said in " ".join(done.err.split())
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--question", "3", "--topic", "x"), "--question names the questions, so --topic changes nothing."),
        (("--question", "3", "--count", "2", "--level", "basic"), "so --level and --count change nothing."),
        (("--question", "3"), ""),
    ],
)
def test_options_that_change_nothing_are_named(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("practice", *arguments, stdin="/skip\n")
    assert done.code == 0
    assert (" nothing." in done.err) == bool(said)
    assert said in done.err


def test_a_broken_bank_file_is_told_by_line_and_field(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bank.yaml").write_text(
        "- number: 1\n  id: a\n  topic: t\n  level: expert\n  question: Why?\n  reference: So.\n"
    )
    done = run("bank", "validate", "bank.yaml")
    assert done.code == 2
    assert "bank.yaml:4: a.level" in done.out


def test_a_bank_is_checked_by_its_name_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("## What is tea?\n\nLeaves in hot water.\n")
    run("bank", "import", "mine.md")
    assert "1 question, 0 problems" in run("bank", "validate", "mine").err


def test_a_warning_about_a_question_is_told_and_changes_no_exit_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bank.yaml").write_text(export([question(follow_ups=())], "yaml"), encoding="utf-8")
    done = run("bank", "validate", "bank.yaml")
    assert (done.code, done.err.strip()) == (0, "bank.yaml: 1 question, 0 problems, 1 warning")
    assert done.out.strip() == "bank.yaml:8: tea.key_points.1: no follow-up asks for this must-have (warning)"


@pytest.mark.parametrize("option", [("--bank", "guide"), ("--numbers", "1-110")])
def test_one_can_keep_to_the_guide(run: Run, option: tuple[str, str]) -> None:
    listed = json.loads(run("bank", "list", *option, "--json").out)
    assert [row["number"] for row in listed] == list(range(1, 111))
    done = run("practice", *option, "--count", "500", stdin="/quit\n")
    assert done.code == 0, done.err
    assert int(re.search(r"Question 1 of (\d+)", done.out)[1]) <= 110  # type: ignore[index]


def test_numbers_are_a_pool_that_questions_are_chosen_from(run: Run) -> None:
    done = run("practice", "--numbers", "54, 201-202", stdin="/skip\n" * 3)
    assert done.code == 0, done.err
    assert set(re.findall(r"Question \d of 3 +#(\d+)", done.out)) == {"54", "201", "202"}


def test_a_place_that_cannot_be_written_is_told(run: Run, home: Path) -> None:
    home.write_text("a file where a folder should be")
    done = run("practice", "--question", "3", stdin="x\n/done\n")
    assert done.code == 2
    assert "not a folder" in done.err


def test_a_report_is_written_to_a_file_and_readable(run: Run, tmp_path: Path) -> None:
    run("practice", "--question", "3", stdin=f"{ANSWER} <img src=x onerror=alert(1)> | *bold*\n/done\n")
    done = run("report")
    path = tmp_path / done.out.strip()
    text = path.read_text()
    assert ANSWER in re.sub(r"\*\*| \([✓◐✗!≈?].*?\)", "", text)  # the words that earned something are marked
    assert "<img" not in text.replace("\\<img", "")
    assert "Graded by all-MiniLM-L6-v2" in text
    assert json.loads(run("report", "--format", "json", "--output", "-").out)["version"] == 1


def test_bank_show_prints_the_parts_that_a_question_has_and_no_empty_ones(run: Run, tmp_path: Path) -> None:
    for name, asked in (("whole", question()), ("bare", question(misconceptions=(), hint="", sources=()))):
        (tmp_path / f"{name}.yaml").write_text(export([asked], "yaml"))
        assert run("bank", "import", f"{name}.yaml").code == 0
    whole, bare = (run("bank", "show", "tea", "--bank", name).out for name in ("whole", "bare"))
    for title, text in (
        ("Common misconceptions", question().misconceptions[0]),
        ("Hint", question().hint),
        ("Sources", question().sources[0]),
    ):
        assert f"\n{title}\n  {text}\n" in whole
        assert title not in bare


def test_a_closed_pipe_is_no_error(run: Run) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        f"{sys.executable} -m interviewer bank list | head -1", shell=True, capture_output=True, check=False, text=True
    )
    assert done.stderr == ""


def test_rubric_doctor_and_version_say_what_they_should(run: Run) -> None:
    assert "confirmed: coverage × accuracy\n" in run("rubric").out
    assert run("--version").out.startswith("interviewer ")
    doctor = run("doctor")
    assert doctor.code == 0, doctor.err
    for word in ("Questions", "Answers: 0 attempts kept", "Embedded grader", "Local servers", "Next"):
        assert word in doctor.out


def test_doctor_names_what_is_wrong_with_an_endpoint(run: Run) -> None:
    with serving(Sent({"error": {"message": "no"}}, status=401)) as server:
        done = run("doctor", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-canary-777")
    assert done.code == 2
    assert "rejected the key" in done.out
    assert "canary" not in done.out + done.err


def test_help_needs_no_manual(run: Run) -> None:
    for command in ((), ("practice",), ("grade",), ("bank",), ("report",)):
        done = run(*command, "--help")
        assert done.code == 0
        assert "Usage" in done.out
        assert "..." not in done.out.partition("Commands:")[2], "each command is described in full"


def test_no_colour_and_pipes_mean_plain_text(run: Run) -> None:
    done = run("practice", "--question", "3", stdin=f"{ANSWER}\n/done\n", NO_COLOR="1")
    assert "\x1b" not in done.out + done.err


def test_a_locale_without_utf8_does_not_crash(run: Run) -> None:
    done = run("practice", "--question", "3", stdin=f"{ANSWER}\n/done\n", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.code == 0, done.err
    assert "/100" in done.out


@pytest.mark.parametrize(
    "command",
    [
        ("grade", "--question", "3", "--json"),
        ("regrade",),
        ("batch", "answers.jsonl", "--output", "graded.jsonl"),
        ("evaluate", "people.jsonl", "--json"),
    ],
    ids=lambda command: command[0],
)
def test_the_host_that_answers_go_to_is_named_on_stderr(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    elsewhere = {
        "OPENAI_BASE_URL": "https://grader.invalid/v1",
        "OPENAI_API_KEY": "sk-x",
        "INTERVIEWER_MODEL": "judge",
        "INTERVIEWER_TIMEOUT": "2",
    }
    row = {"id": "1", "question": "3", "answer": ANSWER}
    (tmp_path / "answers.jsonl").write_text(json.dumps(row))
    (tmp_path / "people.jsonl").write_text(json.dumps(row | {"score": 1}))
    if command[0] == "regrade":
        run("grade", "--question", "3", stdin=ANSWER, **elsewhere)
    done = run(*command, stdin=ANSWER, **elsewhere)
    assert done.err.count("Answers go to grader.invalid (model judge).") == 1, done.err
    assert "Answers go to" not in done.out


def test_past_answers_are_shown_with_every_grade_and_what_the_model_said(run: Run) -> None:
    first, second = (
        reply({1: ([1], verdict)}, points=POINTS, improvements=[f"Say more, {verdict}."]) for verdict in ("partial", "covered")
    )
    with serving(first, second, first) as server:
        llm = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "one"}
        run("practice", "--question", "3", stdin=f"{ANSWER}\n/done\n", **llm)
        run("regrade", "--again", "--model", "two", **llm)
        run("practice", "--question", "3", "--question", "5", stdin="It learns noise.\n/done\nClasses.\n/done\n", **llm)

    (one,) = json.loads(run("show", "1", "--json").out)
    assert [grading["grader"]["model"] for grading in one["gradings"]] == ["one", "two"]
    assert "raw" not in one["gradings"][0]
    assert [past["question"]["number"] for past in json.loads(run("show", "--json").out)] == [3, 5]

    both = run("show", "2", "3", "--raw")
    assert both.code == 0, both.err
    flat = " ".join(both.out.split())
    for words in (
        ANSWER,
        "It learns noise.",
        "Earlier grade",
        "Session 1",
        "Session 2",
        "Say more, partial.",
        "Say more, covered.",
    ):
        assert words in flat
    assert "Classes." not in flat
    assert both.out.count("The model said:") == 3
    assert all(len(line) <= 80 for line in both.out.splitlines())
    wide = run("show", "2", "overfitting", COLUMNS="140").out
    assert re.search("^Session 1, .* Session 2, ", wide, re.MULTILINE)
    assert '"improvements"' not in wide


def test_a_reply_that_could_not_be_used_is_kept_too(run: Run) -> None:
    with serving("I would rather not judge.") as server:
        assert run("grade", "--question", "3", stdin=ANSWER, OPENAI_BASE_URL=server.url).code == 3
    shown = run("show", "--raw").out
    assert "Not graded: " in shown
    assert "I would rather not judge." in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show",), "no session yet"),
        (("show", "7"), "no session"),
        (("show", "1", "4"), "session 1 has no question '4'\n  it has: overfitting"),
    ],
)
def test_what_cannot_be_shown_is_told(run: Run, arguments: tuple[str, ...], said: str) -> None:
    if len(arguments) > 1:
        run("grade", "--question", "3", "--grader", "embedded", stdin=ANSWER)
    done = run(*arguments)
    assert (done.code, said in done.err) == (2, True), done.err


def test_a_damaged_row_hides_no_other_in_any_command(run: Run, home: Path) -> None:
    for _ in range(2):
        run("grade", "--question", "3", "--grader", "embedded", stdin=ANSWER)
    with contextlib.closing(sqlite3.connect(home / "interviewer.db")) as db:
        db.execute("UPDATE grading SET result = '[1, 2' WHERE id = 1")
        db.commit()
    for command in (("history",), ("report", "--all", "--output", "-"), ("progress",), ("show", "2", "3")):
        done = run(*command)
        assert done.code == 0, done.err
        assert "1 stored grade cannot be read and is left out" in done.err
        assert ANSWER[:30] in " ".join(done.out.split()) or command[0] in {"history", "progress"}
    assert "1 stored grade cannot be read" in run("doctor").out


def test_only_an_option_that_differs_by_a_slip_is_suggested(run: Run) -> None:
    assert run("resume", "--topic", "ml-basics").err.endswith("No such option '--topic'.\n")


def test_doctor_says_how_long_a_grading_may_take(run: Run) -> None:
    with serving(reply({1: ([1], "covered")}, points=1)) as server:
        done = run("doctor", OPENAI_BASE_URL=server.url, INTERVIEWER_TIMEOUT="40")
    assert "40 s without a word from the server, 600 s in all" in done.out


def test_what_is_printed_into_a_pipe_is_not_padded(run: Run) -> None:
    out = run("practice", "--question", "3", stdin="It learns noise.\n/done\n").out + run("rubric").out
    assert out
    assert not [line for line in out.splitlines() if line.endswith(" ")]


def test_doctor_tells_of_a_journal_without_shared_memory(run: Run, home: Path) -> None:
    (home / "interviewer.db-shm").mkdir(parents=True)
    assert "with a delete journal: this file system shares no memory" in run("doctor").out


def test_a_home_with_escapes_in_its_name_steers_nothing(run: Run, tmp_path: Path) -> None:
    home = str(tmp_path / "home\x1b[2J\u202e\nx")
    for command in (("doctor",), ("grade", "--question", "3"), ("keys", "show-where"), ("bank", "list", "--bank", "none")):
        done = run(*command, stdin=ANSWER, INTERVIEWER_HOME=home)
        assert not {"\x1b", "\u202e"} & set(done.out + done.err), command
