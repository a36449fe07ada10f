"""The transcript of a real interview: who asked what, which question of the bank that was, and how it is graded and kept."""

import asyncio
import json
from pathlib import Path

import pytest

from interviewer.bank.bank import Bank, load_bank
from interviewer.errors import GradingError, InputError, StoreError
from interviewer.practice.transcript import LONGEST_TRANSCRIPT, QuestionAnswer, find_candidate, pair, read_turns, split_by_llm
from interviewer.practice.transcript_import import MatchedAnswer, leave_out_known, match, record
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from tests.conftest import Run, takes_linear_time
from tests.fakes import Clock, Sent, fake_context, question, reply, serving
from tests.unit.test_report import grading

PLAIN = """\
Anna: Hi, can you hear me?
Ben: Yes.
Anna: Can you explain overfitting to me? What would you do against it?
Ben: The model memorises noise of the training data.
It does worse on unseen data.
Note: that is the gap.
Anna: Mhm.
Ben: Early stopping helps.
Anna: And how would you notice it in practice?
Ben: I compare the training and validation loss: the training loss falls and the validation loss rises.
Anna: How would you reverse a linked list?
Ben: I turn each pointer around.
"""
ASKED = (
    ("Hi, can you hear me?", "Yes."),
    (
        "Can you explain overfitting to me? What would you do against it?",
        (
            "The model memorises noise of the training data.\nIt does worse on unseen data.\n"
            "Note: that is the gap.\nEarly stopping helps."
        ),
    ),
    (
        "And how would you notice it in practice?",
        "I compare the training and validation loss: the training loss falls and the validation loss rises.",
    ),
    ("How would you reverse a linked list?", "I turn each pointer around."),
)


TALK = (
    ("Bob Lee", "So how would you notice overfitting?"),
    ("Ann Roe", "I compare the training loss\nwith that on other data.\nNote: on the same scale."),
    ("Kim Poe", "Why does that work?"),
    ("Ann Roe", "The gap shows it."),
    ("Bob Lee", "Thank you."),
)
CUE = "00:{n:02}:01.480 --> 00:{n:02}:09.000"
FORMS = {
    "names": ("", "{name}: {text}\n"),
    "names in paragraphs": ("Interview\n\n", "{name}: {text}\n\n"),
    "bold": ("## Transcript\n\n", "**{name}:** {text}\n\n"),
    "bold with a time": ("", "**[0:{n:02}] {name}:** {text}\n"),
    "time before": ("", "[00:01:{n:02}] {name}: {text}\n"),
    "bare time before": ("", "0:{n:02} {name}: {text}\n"),
    "clock behind": ("", "{name} 10:{n:02} AM: {text}\n"),
    "brackets": ("", "[{name}]: {text}\n"),
    "Otter": ("Talk\nMon, Nov 2, 2026 10:04AM • 45:12\n\nSPEAKERS\nAnn Roe, Bob Lee\n\n", "{name}  0:{n:02}\n{text}\n\n"),
    "Teams": ("Talk-20261102-Recording\nNovember 2, 2026, 10:04AM\n45m 12s\n\n", "{name}   0:{n:02}\n{text}\n\n"),
    "Teams, on one line": ("", "{name}   0:{n:02}   {text}\n"),
    "Teams subtitles": ("WEBVTT\n\nNOTE from a test\n\n", "0f1c-22/{n}-0\n" + CUE + "\n<v {name}>{text}</v>\n\n"),
    "one line of voices": ("WEBVTT\n\n00:01.000 --> 00:09.000\n", "<v.loud {name}>{text}</v> "),
    "Zoom subtitles": ("WEBVTT\n\n", "{n}\n" + CUE + "\n{name}: {text}\n\n"),
    "Zoom captions": ("", "[{name}] 10:04:{n:02}\n{text}\n\n"),
    "Zoom page": ("", "{name}\n00:00:{n:02}\n{text}\n\n"),
    "Google Meet": ("Talk - Transcript\nAttendees\nAnn Roe, Bob Lee\n\n", "00:{n:02}:00\n\n{name}: {text}\n\n"),
    "Rev": ("", "{name} (00:{n:02}):\n{text}\n\n"),
    "WhisperX": ("", "{n}\n00:00:{n:02},480 --> 00:00:{n:02},900\n[{name}]: {text}\n\n"),
    "Whisper": ("", "[00:{n:02}.000 --> 00:{n:02}.900]  {name}: {text}\n"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("who", ["names", "numbers"])
def test_labels_tell_who_asked_and_who_answered(form: str, who: str) -> None:
    called = {name: f"Speaker {n}" if who == "numbers" else name for n, (name, _) in enumerate(TALK[:3])}
    head, turn = FORMS[form]
    turns = read_turns(head + "".join(turn.format(n=n, name=called[name], text=text) for n, (name, text) in enumerate(TALK, 1)))
    assert [one.speaker for one in turns] == [called[name] for name, _ in TALK]
    assert pair(turns, called["Ann Roe"].casefold()) == (
        (
            "So how would you notice overfitting?",
            "I compare the training loss with that on other data.\nNote: on the same scale.",
        ),
        ("Why does that work?", "The gap shows it."),
    )


def test_a_word_before_a_colon_is_no_speaker() -> None:
    turns = read_turns(PLAIN)
    assert find_candidate(turns) == "ben"
    assert pair(turns, "ben") == ASKED


def test_two_turns_are_a_transcript() -> None:
    assert read_turns("Anna: What is overfitting?\nBen: It memorises noise.\nNote: that is bad.\n") == (
        ("Anna", "What is overfitting?"),
        ("Ben", "It memorises noise.\nNote: that is bad."),
    )


def test_whoever_of_a_panel_asks_once_is_no_part_of_an_answer() -> None:
    turns = read_turns(
        "Ana: What is a GAN?\nBen: Two networks.\nCleo: And a VAE?\nBen: It has an encoder.\nDan: Why?\nBen: To sample.\n"
    )
    assert [turn.speaker for turn in turns] == ["Ana", "Ben", "Cleo", "Ben", "Dan", "Ben"]


@pytest.mark.parametrize(
    "text",
    [
        "What is overfitting?\nIt memorises noise.\nNote: that is bad.\nThen: nothing.\n",
        "What is overfitting?\n\nNote: it is bad.\n\nThen: nothing.\n\nNote: that is all. See https://example.org\n",
        "0:03\nso what is\n0:05\nOkay\n0:09\nRight\n0:11\nOkay\n0:20\nRight\n0:22\nlet us go on at\n",
    ],
)
def test_prose_has_no_labels(text: str) -> None:
    assert read_turns(text) == ()


@pytest.mark.parametrize(("line", "speakers"), [("Ana Maria del Rio", 3), ("Bias Against Variance In Trees", 2)])
def test_a_line_above_a_time_is_a_name_up_to_four_words(line: str, speakers: int) -> None:
    turns = read_turns(
        f"Ann Roe\n0:01\nWhat is a GAN?\nBob Lee\n0:05\nTwo networks.\n{line}\n0:09\nThey compete.\nAnn Roe\n0:12\nOk.\n"
    )
    assert len({turn.speaker for turn in turns}) == speakers


@pytest.mark.parametrize("piece", ["-", "_ ", "<v ", "(", "a: ", "0:00 ", "A 0:00\n", "1:11 --> ", "A\n0:00\n", ".'\"", "\n"])
def test_a_text_is_read_in_linear_time(piece: str) -> None:
    assert takes_linear_time(lambda size: read_turns("Bob" + piece * (size // len(piece))), LONGEST_TRANSCRIPT)


def test_usual_names_tell_the_candidate_whoever_asks_more() -> None:
    turns = read_turns("Interviewer: Tell me about trees.\nCandidate: Which ones? Decision trees? They split?\n")
    assert find_candidate(turns) == "candidate"
    assert pair(turns, "candidate")[0].question == "Tell me about trees."


def test_who_cannot_be_told_is_asked_for() -> None:
    turns = read_turns("Kim: Trees?\nLee: What of them? They split?\nKim: How?\nLee: By purity, at each node, as I said?\n")
    with pytest.raises(InputError, match="not clear who") as caught:
        find_candidate(turns)
    assert "--me one of: kim, lee" in (caught.value.next_step or "")
    assert find_candidate(turns, "Lee") == "lee"
    with pytest.raises(InputError, match="nobody is called 'Sam'"):
        find_candidate(turns, "Sam")


LINES = "So what is overfitting\nwell it memorises noise\nand does worse on unseen data\nok thanks\n"


def split(home: Path, *replies: str, text: str = LINES) -> tuple[QuestionAnswer, ...]:
    with serving(*replies) as server:
        context = fake_context(home, OPENAI_BASE_URL=server.url)
        return asyncio.run(split_by_llm(text, load_settings(context.environ, context.paths), context))


def test_without_labels_a_model_names_lines_and_no_words(home: Path) -> None:
    found = split(home, json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 3], "interjections": []}]}))
    assert found == (("So what is overfitting", "well it memorises noise and does worse on unseen data"),)


def test_numbers_and_times_of_subtitles_are_no_lines(home: Path) -> None:
    timed = "WEBVTT\n\n1\n00:01.000 --> 00:04.000\nwhat is overfitting\n\n2\n00:04.000 --> 00:08.000\nit memorises noise\n"
    reply = json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 2], "interjections": []}]})
    assert split(home, reply, text=timed) == (("what is overfitting", "it memorises noise"),)


def test_what_the_interviewer_throws_in_is_no_part_of_the_answer(home: Path) -> None:
    text = "What is overfitting?\nIt memorises noise. Sorry, you broke up. And does worse on other data.\n"
    reply = json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 4], "interjections": [3]}]})
    assert split(home, reply, text=text) == (("What is overfitting?", "It memorises noise.\nAnd does worse on other data."),)


@pytest.mark.parametrize(
    "pairs",
    [
        [([1, 1], [2, 9], [])],
        [([1, 1], [2, 3], [2, 3])],
        [([3, 3], [1, 2], [])],
        [([1, 2], [2, 3], [])],
        [([1, 1], [2, 3], []), ([3, 3], [4, 4], [])],
        [([1], [2, 3], [])],
    ],
)
def test_lines_that_cannot_be_a_question_with_its_answer_are_refused(
    home: Path, pairs: list[tuple[list[int], list[int], list[int]]]
) -> None:
    named = [dict(zip(("question", "answer", "interjections"), pair, strict=True)) for pair in pairs]
    with pytest.raises(GradingError):
        split(home, json.dumps({"pairs": named}))


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("Okay. What's the difference between precision and recall?", 8),
        ("Walk me through self attention.", 61),
        ("When would you fine-tune instead of doing RAG?", 232),
        ("Tell me what data leakage is and how you would catch it.", 203),
        ("Bagging. Boosting. How do they differ?", 44),
        ("And overfitting?", None),
        ("Tell me about yourself and your last project.", None),
        ("Do you have any questions for us?", None),
        ("How would you reverse a linked list?", None),
        ("How does Kubernetes schedule pods?", None),
    ],
)
def test_a_question_is_found_in_whatever_words_or_not_at_all(asked: str, number: int | None) -> None:
    (found,) = match([QuestionAnswer(asked, "I would have to think.")], load_bank())
    assert (found.question.number if found.question else None) == number


def test_what_goes_on_about_a_question_is_its_follow_up() -> None:
    small_talk, overfitting, lists = match([QuestionAnswer(*one) for one in ASKED], load_bank())
    assert (small_talk.question, lists.question) == (None, None)
    assert overfitting.question is not None
    assert overfitting.question.id == "overfitting"
    assert overfitting.follow_ups == [(*ASKED[2], "generalization-gap")]


def test_an_answer_that_shares_a_word_with_a_question_is_no_follow_up_to_it() -> None:
    elsewhere = QuestionAnswer("And in your last project?", "There we trained a model on sales data of shops.")
    overfitting, project = match([QuestionAnswer(*ASKED[1]), elsewhere], load_bank())
    assert (overfitting.follow_ups, project.left_out) == ([], "Not in the bank")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("The training loss fell and the validation loss rose, so we stopped early.", "overfitting"),
        ("It was in the last project, with the model for the shop.", None),
    ],
)
def test_where_a_question_is_only_half_alike_the_answer_decides(answer: str, found: str | None) -> None:
    (one,) = match([QuestionAnswer("Tell me a bit about overfitting in your own projects.", answer)], load_bank())
    assert (one.question.id if one.question else None) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Each token makes a query, a key and a value, and takes a weighted sum of the values.", "self-attention"),
        ("Several heads run in parallel, each on its own part, and their outputs are concatenated.", "attention-heads"),
    ],
)
def test_of_two_questions_as_much_alike_the_one_that_was_answered_is_found(answer: str, found: str) -> None:
    (one,) = match([QuestionAnswer("How does attention work in a transformer?", answer)], load_bank())
    assert one.question is not None
    assert one.question.id == found


def test_a_long_follow_up_keeps_its_end_where_the_question_stands() -> None:
    lead = 80 * "and then we looked at it. "
    asked = [QuestionAnswer(*ASKED[1]), QuestionAnswer(f"{lead}{ASKED[2][0]}", ASKED[2][1])]
    (overfitting,) = match(asked, load_bank())
    assert overfitting.follow_ups[0][0].endswith(ASKED[2][0])


def test_a_question_without_key_points_that_comes_twice_has_one_answer(home: Path) -> None:
    plain = question(key_points=(), follow_ups=())
    asked = [
        QuestionAnswer("How do you make black tea?", "Boil water."),
        QuestionAnswer("So how do you make black tea?", "Let it draw."),
    ]
    found = match(asked, Bank((plain,)))
    (attempt,) = record(open_store(home / "interviewer.db"), found, Clock().now())
    assert attempt.answer == "Boil water.\n\nLet it draw."


def test_a_transcript_is_graded_and_kept_as_a_session(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(PLAIN)
    done = run("debrief", "--transcript", "talk.txt", "--grader", "embedded", "--bar", "senior")
    assert done.code == 0, done.err
    assert "graded as #3 overfitting" in done.out
    assert "follow-up: And how would you notice it in practice?" in done.out
    assert "Not in the bank, left out: How would you reverse a linked list?" in done.err
    assert "At the bar for senior: 0 of 1 answer" in done.out
    assert "Session 1; 1 answered; 1 unconfirmed (interviewer confirm 1). Report: interviewer report 1" in done.err
    assert "debrief   1 of 1 answered" in run("history").out
    shown = run("show").out
    assert "Follow-up: And how would you notice it in practice?" in shown
    assert "1, " not in run("resume").out
    nothing = run("resume").err
    assert "no session has a question left, 1 estimate unconfirmed" in nothing
    assert "interviewer confirm; or start a new one: interviewer practice" in nothing
    left = run("resume", "1").err
    assert "session 1 has no question left" in left
    assert "interviewer confirm 1" in left


ANSWER = "It memorises noise of the training data, so it does worse on unseen data."


def test_the_same_transcript_counts_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(PLAIN)
    (tmp_path / "copy.txt").write_text(PLAIN.replace("Anna: ", "[00:12] Anna: ").replace("Ben: ", "[00:15] Ben: "))
    first = run("debrief", "--transcript", "talk.txt", "--grader", "embedded")
    assert first.code == 0, first.err
    again = run("debrief", "--transcript", "copy.txt", "--grader", "embedded")
    assert again.code == 2
    assert "In session 1 already, left out: Can you explain overfitting" in again.err
    assert "this transcript is in session 1 already" in again.err
    assert "interviewer show 1" in again.err
    assert len(json.loads(run("history", "--json").out)) == 1


def test_what_the_bank_did_not_have_is_graded_from_a_bank_that_has_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(PLAIN)
    (tmp_path / "lists.md").write_text("1. How would you reverse a linked list?\n\nTurn the pointer of each node around.\n")
    first = run("debrief", "--transcript", "talk.txt", "--grader", "embedded")
    assert "interviewer bank import FILE" in first.err
    run("bank", "import", "lists.md")
    second = run("debrief", "--transcript", "talk.txt", "--grader", "embedded", "--bank", "lists")
    assert second.code == 0, second.err
    assert "graded as #1 " in second.out
    assert [len(json.loads(run("show", number, "--json").out)) for number in "12"] == [1, 1]


def test_of_a_transcript_only_what_is_new_is_kept_and_another_interview_is_no_copy(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    gan, vae = question(id="gan"), question(id="vae")
    record(store, [MatchedAnswer("Gan?", "Two networks.", gan), MatchedAnswer("Vae?", "I don't know.", vae)], Clock().now())
    longer = [
        MatchedAnswer("Gan?", "Two networks.", gan),
        MatchedAnswer("Vae?", "I don't know.", vae),
        MatchedAnswer("Tea?", "Boil.", question()),
    ]
    leave_out_known(store, longer)
    assert [one.left_out for one in longer] == ["In session 1 already", "In session 1 already", ""]
    other = [MatchedAnswer("Gan?", "A generator and a critic.", gan), MatchedAnswer("Vae?", "It has an encoder.", vae)]
    leave_out_known(store, other)
    assert not any(one.left_out for one in other)


def test_all_answers_are_kept_or_none(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    broken = [MatchedAnswer("Gan?", "Two networks.", question(id="gan")), MatchedAnswer("Tea?", "Boil.", question())]
    broken[1].follow_ups.append(("More?", None, "draw"))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        record(store, broken, Clock().now())
    assert (store.sessions(), store.attempts()) == ((), ())


def test_resume_grades_what_a_stopped_debrief_left(run: Run, home: Path) -> None:
    store = open_store(home / "interviewer.db")
    bank = load_bank()
    found = [
        MatchedAnswer("What is overfitting?", ANSWER, bank.find("3")),
        MatchedAnswer("And a GAN?", "Two networks.", bank.find("4")),
    ]
    first, _ = record(store, found, Clock().now())
    store.add_grading(first.id, grading(ANSWER, {}, 70), Clock().now())
    store.close()
    refused = run("debrief", "--transcript", "-", "--grader", "embedded", stdin=f"Q: What is overfitting?\nA: {ANSWER}\n")
    assert "interviewer resume 1" in refused.err
    done = run("resume", "--grader", "embedded")
    assert done.code == 0, done.err
    assert "Grading 1 answer" in done.err
    assert "Debrief" in done.out
    assert "session 1 has no question left" in run("resume", "1").err


def test_a_long_question_is_shown_from_its_end(run: Run) -> None:
    lead = "We have been sitting here for a while, so before we go on I would like to hear this from you."
    said = {
        f"{lead} What is overfitting, in your own words?": ANSWER,
        f"{lead} And how would you notice it in practice?": ASKED[2][1],
        f"{lead} How would you reverse a linked list, then?": "I turn each pointer around.",
    }
    text = "".join(f"Q: {asked}\nA: {answer}\n" for asked, answer in said.items())
    done = run("debrief", "--transcript", "-", "--grader", "embedded", stdin=text)
    shown = " ".join(f"{done.out} {done.err}".split())
    for title, asked in zip(("Asked: ", "follow-up: ", "left out: "), said, strict=True):
        assert f"{title}…{asked[-99:]} " in shown


def test_what_is_too_long_to_grade_is_left_out_alone(run: Run) -> None:
    long = "and so we went on with it all the same " * 600
    text = f"Q: What is overfitting?\nA: {ANSWER}\nQ: How do precision and recall differ?\nA: {long}\n"
    done = run("debrief", "--transcript", "-", "--grader", "embedded", stdin=text)
    assert done.code == 0, done.err
    assert "Too long to grade (23,399 characters), left out: How do precision and recall differ?" in done.err
    assert "graded as #3" in done.out
    assert "session 1; 1 answered" in done.err.lower()


def test_follow_ups_beyond_what_can_be_graded_are_left_out_alone() -> None:
    more = f"overfitting is noise of the training data and unseen data {'and so on ' * 1500}"
    found = match(
        [QuestionAnswer("What is overfitting?", ANSWER), *(QuestionAnswer(f"And {n}?", more) for n in range(3))], load_bank()
    )
    assert [(one.left_out[:8], len(one.follow_ups)) for one in found] == [("", 1), ("Too long", 0), ("Too long", 0)]


def test_what_an_estimate_could_not_grade_is_nothing_to_confirm(run: Run) -> None:
    text = "Q: What is overfitting?\nA: Das Modell lernt das Rauschen der Daten auswendig und versagt auf neuen Daten.\n"
    done = run("debrief", "--transcript", "-", "--grader", "embedded", stdin=text)
    assert done.code == 3
    assert "Session 1; 1 answered; 1 saved, not graded (interviewer regrade 1). Report: interviewer report 1" in done.err


def test_it_is_told_why_grading_stopped(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(PLAIN)
    busy = Sent({"error": {"message": "slow down"}}, 429, {"retry-after": "3600"})
    with serving(busy) as server:
        done = run("debrief", "--transcript", "talk.txt", OPENAI_BASE_URL=server.url)
    assert done.code == 3
    assert "Stopped: the server asks to wait until" in done.err
    assert "interviewer resume 1" in done.err
    resumed = run("resume", "1", "--grader", "embedded")
    assert "Session 1; 1 answered" in resumed.err


def test_a_word_before_a_colon_is_no_speaker_where_both_sides_have_usual_labels() -> None:
    turns = read_turns(
        "Interviewer: What is a GAN?\nCandidate: Two networks.\nPros: sharp images\nInterviewer: And a VAE?\n"
        "Candidate: It has an encoder.\nPros: stable training"
    )
    assert [turn.speaker for turn in turns] == ["Interviewer", "Candidate"] * 2
    assert turns[3].text == "It has an encoder.\nPros: stable training"


def test_a_transcript_without_labels_is_split_and_graded_by_a_model(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(LINES)
    points = len(load_bank().find("overfitting").key_points)
    pairs = json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 3], "interjections": []}]})
    with serving(pairs, reply({1: ([1], "covered")}, points=points)) as server:
        done = run("debrief", "--transcript", "talk.txt", OPENAI_BASE_URL=server.url)
    assert done.code == 0, done.err
    assert "graded as #3 overfitting" in done.out
    assert "1 of 7 key points made" in done.out
    assert "Answers go to" not in done.err, "they stay on this machine"
    assert "well it memorises noise" in run("show").out


@pytest.mark.parametrize(
    ("text", "who", "message"),
    [
        ("", (), "is empty"),
        ("What is overfitting?\nIt memorises noise.\n", (), "does not say who speaks"),
        ("PK\0\3", (), "is not text export the transcript"),
        (PLAIN, ("--me", "Zoe"), "nobody is called 'Zoe'"),
        (
            "Anna: How do you boil an egg?\nBen: Ten minutes in boiling water, then cold water.\nAnna: Bye?\nBen: Bye now.\n",
            (),
            "none of these questions",
        ),
    ],
)
def test_what_cannot_be_debriefed_is_told(run: Run, tmp_path: Path, text: str, who: tuple[str, ...], message: str) -> None:
    (tmp_path / "talk.txt").write_text(text)
    done = run("debrief", "--transcript", "talk.txt", "--grader", "embedded", *who)
    assert done.code == 2
    assert message in " ".join(done.err.split())


def test_a_folder_is_no_transcript(run: Run, tmp_path: Path) -> None:
    done = run("debrief", "--transcript", str(tmp_path))
    assert done.code == 2
    assert f"{tmp_path} is a folder" in "".join(done.err.split("\n"))
