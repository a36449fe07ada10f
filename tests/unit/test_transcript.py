"""The transcript of a real interview: who asked what, which question of the bank that was, and how it is graded and kept."""

import asyncio
import json
from pathlib import Path

import pytest

from interviewer.bank.bank import Bank, load_bank
from interviewer.errors import GradingError, InputError
from interviewer.practice.recorded import match, record
from interviewer.practice.transcript import Asked, find_candidate, pair, read_turns, split_by_llm
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import Clock, fake_context, question, reply, serving

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


def labelled(form: str) -> str:
    """The same in another form of labels."""
    if form == "vtt":
        cues = [line.replace(": ", ">", 1) for line in PLAIN.splitlines()]
        spoken = [f"<v {cue}</v>" if cue[:4] in {"Anna", "Ben>"} else cue.replace(">", ": ") for cue in cues]
        return "WEBVTT\n\n" + "\n".join(
            f"{n}\n00:00:{n:02}.000 --> 00:00:{n:02}.900\n{cue}\n" for n, cue in enumerate(spoken, 1)
        )
    forms = {"plain": "{}: ", "time": "[00:12] {}: ", "bold": "**{}:** ", "behind": "{} (0:12): ", "above": "{}  0:12\n"}
    text = PLAIN
    for name in ("Anna", "Ben"):
        text = text.replace(f"{name}: ", forms[form].format(name))
    return text


@pytest.mark.parametrize("form", ["plain", "time", "bold", "behind", "above", "vtt"])
def test_labels_tell_who_asked_and_who_answered(form: str) -> None:
    turns = read_turns(labelled(form))
    assert find_candidate(turns) == "ben"
    assert pair(turns, "ben") == ASKED


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


def test_prose_has_no_labels() -> None:
    assert read_turns("What is overfitting?\nIt memorises noise.\nNote: that is bad.\nThen: nothing.\n") == ()


LINES = "So what is overfitting\nwell it memorises noise\nand does worse on unseen data\nok thanks\n"


def split(home: Path, *replies: str, text: str = LINES) -> tuple[Asked, ...]:
    with serving(*replies) as server:
        context = fake_context(home, OPENAI_BASE_URL=server.url)
        return asyncio.run(split_by_llm(text, load_settings(context.environ, context.paths), context))


def test_without_labels_a_model_names_lines_and_no_words(home: Path) -> None:
    found = split(home, json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 3]}]}))
    assert found == (("So what is overfitting", "well it memorises noise\nand does worse on unseen data"),)


def test_numbers_and_times_of_subtitles_are_no_lines(home: Path) -> None:
    timed = "WEBVTT\n\n1\n00:01.000 --> 00:04.000\nwhat is overfitting\n\n2\n00:04.000 --> 00:08.000\nit memorises noise\n"
    reply = json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 2]}]})
    assert split(home, reply, text=timed) == (("what is overfitting", "it memorises noise"),)


def test_lines_that_are_not_there_are_refused(home: Path) -> None:
    with pytest.raises(GradingError):
        split(home, json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 9]}]}))


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("Okay. What's the difference between precision and recall?", 8),
        ("Walk me through self attention.", 61),
        ("When would you fine-tune instead of doing RAG?", 232),
        ("Tell me what data leakage is and how you would catch it.", 203),
        ("Tell me about yourself and your last project.", None),
        ("Do you have any questions for us?", None),
        ("How would you reverse a linked list?", None),
        ("How does Kubernetes schedule pods?", None),
    ],
)
def test_a_question_is_found_in_whatever_words_or_not_at_all(asked: str, number: int | None) -> None:
    (found,) = match([Asked(asked, "I would have to think.")], load_bank())
    assert (found.question.number if found.question else None) == number


def test_what_goes_on_about_a_question_is_its_follow_up() -> None:
    small_talk, overfitting, lists = match([Asked(*one) for one in ASKED], load_bank())
    assert (small_talk.question, lists.question) == (None, None)
    assert overfitting.question is not None
    assert overfitting.question.id == "overfitting"
    assert overfitting.follow_ups == [ASKED[2]]


def test_a_long_follow_up_keeps_its_end_where_the_question_stands() -> None:
    lead = 80 * "and then we looked at it. "
    asked = [Asked(*ASKED[1]), Asked(f"{lead}{ASKED[2][0]}", ASKED[2][1])]
    (overfitting,) = match(asked, load_bank())
    assert overfitting.follow_ups[0][0].endswith(ASKED[2][0])


def test_a_question_without_key_points_that_comes_twice_has_one_answer(home: Path) -> None:
    plain = question(key_points=(), follow_ups=())
    asked = [Asked("How do you make black tea?", "Boil water."), Asked("So how do you make black tea?", "Let it draw.")]
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
    assert "debrief   1 of 1 answered" in run("history").out
    shown = run("show").out
    assert "Follow-up: And how would you notice it in practice?" in shown
    assert "1, " not in run("resume").out
    assert "has a question left" in run("resume").err
    assert "session 1 has no question left" in run("resume", "1").err


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
    pairs = json.dumps({"pairs": [{"question": [1, 1], "answer": [2, 3]}]})
    with serving(pairs, reply({1: ([1], "covered")}, points=points)) as server:
        done = run("debrief", "--transcript", "talk.txt", OPENAI_BASE_URL=server.url)
    assert done.code == 0, done.err
    assert "graded as #3 overfitting" in done.out
    assert "1 of 7 key points made" in done.out
    assert "well it memorises noise" in run("show").out


@pytest.mark.parametrize(
    ("text", "who", "message"),
    [
        ("", (), "is empty"),
        ("What is overfitting?\nIt memorises noise.\n", (), "does not say who speaks"),
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
