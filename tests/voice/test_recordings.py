"""grade --audio, as a shell runs it: what is sent, what is counted, and what is never graded unread."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank.bank import load_bank
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import Sent, reply
from tests.terminal.person import ended, terminal, words
from tests.voice.studio import ANSWER, record, silence, transcribing, transcript

SPOKEN = (
    "Um, overfitting means that the model, uh, learns the noise of the training data by heart. It does well on what it has "
    "seen, you know, and badly on, er, new data. I would compare the error on a held-out set with the training error. Um, "
    "regularisation or more data helps."
)
WORDS, FILLERS = 51, 5
"""Counted by hand; "you know" is one filler of two words."""
POINTS = len(load_bank().find("3").key_points)
GRADE = ("grade", "--question", "3")


def kept(home: Path) -> list[str]:
    store = open_store(home / "interviewer.db")
    try:
        return [attempt.answer for attempt in store.attempts()]
    finally:
        store.close()


@pytest.mark.parametrize("details", [{}, {"segments": [], "duration": "999.0"}])
def test_pace_and_fillers_are_those_of_the_recording(run: Run, tmp_path: Path, details: dict[str, Any]) -> None:
    path = record(tmp_path / "answer.wav", SPOKEN)
    seconds = (path.stat().st_size - 44) / (22_050 * 2)  # 16 bits, one channel
    with transcribing(Sent(transcript(SPOKEN) | details)) as server:
        done = run(*GRADE, "--audio", str(path), "--grader", "embedded", OPENAI_BASE_URL=server.url)
    assert done.code == 0, done.err
    found = re.search(r"Delivery: (\d+) words, (\d+) s, (\d+) words a minute, (\d+) fillers", done.out)
    assert found is not None, done.out
    counted, timed, pace, fillers = map(int, found.groups())
    assert counted == pytest.approx(WORDS, rel=0.05)
    assert timed == pytest.approx(seconds, rel=0.05)
    assert pace == pytest.approx(60 * WORDS / seconds, rel=0.05)
    assert fillers == FILLERS


def test_the_recording_arrives_as_it_is_and_the_score_comes_back(run: Run, tmp_path: Path) -> None:
    path = record(tmp_path / "My answer.wav")
    with transcribing(Sent(transcript()), reply({1: ([1], "covered")}, points=POINTS)) as server:
        done = run(*GRADE, "--audio", str(path), "--json", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert done.code == 0, done.err
    form, chat = server.requests
    assert (form["file"].name, form["model"], form["response_format"]) == ("answer.wav", "whisper-1", "verbose_json")
    assert form["file"].data == path.read_bytes()
    assert chat["model"] == "stub"
    result = json.loads(done.out)
    assert (result["answer"], result["status"]) == (ANSWER, "graded")
    assert result["seconds"] == pytest.approx((path.stat().st_size - 44) / 44_100, abs=0.01)
    point = result["score"]["key_points"][0]
    assert result["answer"][slice(*point["span"])] == point["evidence"]


def test_another_format_is_timed_by_the_server(run: Run, tmp_path: Path) -> None:
    (tmp_path / "answer.m4a").write_bytes(b"\x00\x00\x00 ftypM4A ")
    with transcribing(Sent(transcript() | {"duration": 9.25})) as server:
        done = run(*GRADE, "--audio", "answer.m4a", "--grader", "embedded", "--json", OPENAI_BASE_URL=server.url)
    assert server.requests[0]["file"].name == "answer.m4a"
    assert json.loads(done.out)["seconds"] == 9.25


def test_a_server_that_gives_no_details_is_asked_without_them_and_remembered(run: Run, tmp_path: Path) -> None:
    silence(tmp_path / "answer.wav")

    def plain(asked: dict[str, Any]) -> Sent:
        if asked["response_format"] == "verbose_json":
            return Sent({"error": {"message": "response_format verbose_json is not supported"}}, status=400)
        return Sent({"text": ANSWER})

    with transcribing(plain) as server:
        arguments = (*GRADE, "--audio", "answer.wav", "--grader", "embedded")
        assert run(*arguments, OPENAI_BASE_URL=server.url).code == 0
        assert run(*arguments, OPENAI_BASE_URL=server.url).code == 0
    assert [asked["response_format"] for asked in server.requests] == ["verbose_json", "json", "json"]


def test_a_doubtful_transcript_is_kept_and_graded_only_on_request(run: Run, tmp_path: Path, home: Path) -> None:
    silence(tmp_path / "answer.wav")
    with transcribing(Sent(transcript(avg_logprob=-1.4)), reply({1: ([1], "covered")}, points=POINTS)) as server:
        done = run(*GRADE, "--audio", "answer.wav", "--json", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert done.code == 3
        result = json.loads(done.out)
        assert (result["status"], result["score"], result["answer"]) == ("ungraded", None, ANSWER)
        assert "the server is unsure of 21 of 21 words" in result["reason"]
        assert len(server.requests) == 1  # nobody was asked for a grade
        assert kept(home) == [ANSWER]
        assert run("regrade", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub").code == 0


def test_at_a_terminal_the_transcript_is_corrected_first(tmp_path: Path, home: Path) -> None:
    path = silence(tmp_path / "answer.wav")
    heard = ANSWER.replace("noise", "boys").removesuffix(" data.") + " date"
    with (
        transcribing(Sent(transcript(heard, no_speech_prob=0.9))) as server,
        terminal(home, *GRADE, "--audio", str(path), "--grader", "embedded", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(words("This may not be what you said"))
        child.expect("new date")
        child.send("\x7fa.\x1b\r")
        child.expect("/100")
        child.expect(words("Delivery: 21 words, 10 s"))
        assert ended(child) == 0
    assert kept(home) == [ANSWER.replace("noise", "boys")]


def test_leaving_the_correction_grades_nothing(tmp_path: Path, home: Path) -> None:
    path = silence(tmp_path / "answer.wav")
    with (
        transcribing(Sent(transcript())) as server,
        terminal(home, *GRADE, "--audio", str(path), "--grader", "embedded", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(words("Correct the transcript"))
        child.expect("new data")
        child.send("\r/hint\r")
        child.expect(words("/quit leaves it ungraded"))
        child.expect("new data")
        child.send("\r/quit\r")
        child.expect(words("the recording is untouched"))
        assert ended(child) == 130
    assert kept(home) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Sent({"error": {"message": "bad key sk-canary-12345"}}, status=401), "rejected the key"),
        (Sent({}, status=404), "does not transcribe at this address"),
        (Sent({"error": {"message": "The model `whisper-1` does not exist"}}, status=404), "available: stub"),
        (Sent({"error": {"message": "odd file"}}, status=400), "refuses the recording: odd file"),
        (Sent(raw=b"x" * 2_000_000), "larger than 1 MB"),
        (Sent(raw=b"<html>"), "web page"),
        (Sent({"error": {"message": "no \x1b[31mluck"}}), "the server reports: no luck"),
        (Sent({"words": []}), "without a transcript"),
        (Sent(transcript(), seconds=20), "did not finish within 1 seconds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_a_transcript_there_is_one_line_and_no_answer(
    run: Run, tmp_path: Path, home: Path, answer: Sent, said: str
) -> None:
    silence(tmp_path / "answer.wav")
    with transcribing(answer) as server:
        done = run(
            *(*GRADE, "--audio", "answer.wav", "--json"),
            OPENAI_BASE_URL=server.url,
            OPENAI_API_KEY="sk-canary-12345",
            INTERVIEWER_TIMEOUT="1" if answer.seconds else "8",
        )
    assert done.code == 3
    assert said in " ".join(done.err.split())
    assert "canary" not in done.out + done.err
    assert done.out == ""
    assert kept(home) == []


def test_nothing_listening_is_told_with_the_variable_to_correct(run: Run, tmp_path: Path) -> None:
    silence(tmp_path / "answer.wav")
    url = "http://127.0.0.1:9/v1"
    done = run(*GRADE, "--audio", "answer.wav", INTERVIEWER_TRANSCRIPTION_URL=url, INTERVIEWER_TIMEOUT="8")
    assert done.code == 3
    assert "nothing answers at http://127.0.0.1:9/v1" in done.err
    assert "INTERVIEWER_TRANSCRIPTION_URL" in done.err


def test_the_key_stays_with_the_server_that_grades(run: Run, tmp_path: Path) -> None:
    silence(tmp_path / "answer.wav")
    with transcribing(Sent(transcript())) as answer_input, transcribing(Sent({}), reply({}, points=POINTS)) as judge:
        run(
            *(*GRADE, "--audio", "answer.wav"),
            OPENAI_API_KEY="sk-canary-12345",
            OPENAI_BASE_URL=judge.url,
            INTERVIEWER_MODEL="stub",
            INTERVIEWER_TRANSCRIPTION_URL=answer_input.url,
        )
    assert "canary" not in str(answer_input.headers)
    assert "canary" in str(judge.headers)
    assert [len(answer_input.requests), len(judge.requests)] == [1, 1]


@pytest.mark.parametrize(
    ("name", "size", "url", "said"),
    [
        ("answer.txt", 10, "http://127.0.0.1:9/v1", "not a recording by its name"),
        ("answer.wav", 0, "http://127.0.0.1:9/v1", "is empty"),
        ("answer.mp3", 25_000_001, "http://127.0.0.1:9/v1", "larger than 25 MB"),
        ("answer.wav", None, "http://127.0.0.1:9/v1", "cannot read answer.wav"),
        ("answer.wav", 10, "", "no server is set up that could transcribe"),
        ("answer.wav", 10, "localhost", "INTERVIEWER_TRANSCRIPTION_URL is not a web address"),
    ],
)
def test_what_cannot_be_sent_is_told_before_anything_is(
    run: Run, tmp_path: Path, name: str, size: int | None, url: str, said: str
) -> None:
    if size is not None:
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(size)
    done = run(*GRADE, "--audio", name, INTERVIEWER_TRANSCRIPTION_URL=url)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_a_recording_without_words_is_no_answer(run: Run, tmp_path: Path, home: Path) -> None:
    silence(tmp_path / "answer.wav")
    with transcribing(Sent(transcript("  "))) as server:
        done = run(*GRADE, "--audio", "answer.wav", OPENAI_BASE_URL=server.url)
    assert done.code == 2
    assert "no words were heard" in done.err
    assert kept(home) == []
