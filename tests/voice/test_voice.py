"""A person who speaks: a microphone that hears a file, a real terminal, a real server on loopback."""

import io
import os
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from interviewer.models import Attempt
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import Sent
from tests.terminal.person import ended, terminal, words
from tests.voice.studio import ANSWER, record, silence, transcribing, transcript

MENU = r"\[s\]peak"
SCORED = r"\[r\]etry"
PRACTICE = ("practice", "--voice", "--question", "3", "--grader", "embedded", "--no-confirm")


@contextmanager
def speaking(home: Path, path: Path, *arguments: str, **environ: str) -> Iterator["pexpect.spawn[str]"]:
    with terminal(home, str(path), *arguments, timeout=90, module="tests.voice.speaker", **environ) as child:
        yield child


def attempts(home: Path) -> tuple[Attempt, ...]:
    store = open_store(home / "interviewer.db")
    try:
        return store.attempts()
    finally:
        store.close()


def recordings(home: Path) -> list[Path]:
    return sorted((home / "recordings").glob("*.wav"))


def test_a_spoken_answer_is_corrected_then_graded_and_its_recording_goes(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    with (
        transcribing(Sent(transcript(ANSWER.removesuffix(".")))) as server,
        speaking(home, path, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(words("Speech is transcribed by whisper-1 on this machine"))
        child.expect(MENU)
        child.send("s")
        child.expect("0:00")
        child.expect("Enter stops")
        child.send("\r")
        child.expect(words("Correct the transcript"))
        child.expect("new data")
        child.send(".\x1b\r")
        child.expect("/100")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    (attempt,) = attempts(home)
    with wave.open(str(path)) as sound:
        assert attempt.seconds == pytest.approx(sound.getnframes() / sound.getframerate(), abs=0.01)
    assert (attempt.answer, attempt.spoken) == (ANSWER, True)
    with wave.open(io.BytesIO(server.requests[0]["file"].data)) as sent, wave.open(str(path)) as original:
        assert sent.readframes(original.getnframes()) == original.readframes(original.getnframes())
    assert recordings(home) == []


def test_recordings_are_kept_where_that_is_asked_for(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    (tmp_path / "kept").mkdir()
    with (
        transcribing(Sent(transcript())) as server,
        speaking(home, path, *PRACTICE, "--keep-audio", str(tmp_path / "kept"), OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        child.send("s")
        child.expect("Enter stops")
        child.send("\r")
        child.expect("new data")
        child.send("\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.read_bytes() == server.requests[0]["file"].data
    assert kept.stat().st_mode & 0o077 == 0


def test_more_can_be_said_and_the_seconds_add_up(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    with (
        transcribing(Sent(transcript("It learns noise."))) as server,
        speaking(home, path, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        child.send("s")
        child.expect("Enter stops")
        child.send("\r")
        child.expect("It learns noise")
        child.send("\r/speak\r")
        child.expect("Enter stops")
        child.send("\r")
        child.expect("It learns noise")
        child.send("\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    (attempt,) = attempts(home)
    assert attempt.answer.split("\n") == ["It learns noise.", "It learns noise."]
    with wave.open(str(path)) as sound:
        assert attempt.seconds == pytest.approx(2 * sound.getnframes() / sound.getframerate(), abs=0.02)


def test_a_recording_that_cannot_be_kept_is_transcribed_all_the_same(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    (tmp_path / "Kept").mkdir()
    with (
        transcribing(Sent(transcript())) as server,
        speaking(home, path, *PRACTICE, "--keep-audio", str(tmp_path / "Kept"), OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        (tmp_path / "Kept").rmdir()
        (tmp_path / "Kept").touch()
        child.send("s")
        child.expect("Enter stops")
        child.send("\r")
        child.expect(words("The recording cannot be kept at"))
        child.expect("Kept")
        child.expect("new data")
        child.send("\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0


def test_ctrl_c_asks_what_to_do_with_what_was_recorded(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    with (
        transcribing(Sent(transcript())) as server,
        speaking(home, path, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        child.send("s")
        child.expect("Enter stops")
        child.send("\x03")
        child.expect(r"\[t\]ranscribe the \d+ seconds")
        child.send("d")
        child.expect(MENU)
        child.send("s")
        child.expect("Enter stops")
        child.send("\x03")
        child.expect(r"\[t\]ranscribe the \d+ seconds")
        child.send("t")
        child.expect("new data")
        child.send("\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    assert len(server.requests) == 1
    assert recordings(home) == []


def test_a_recording_outlives_a_server_that_fails(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    with (
        transcribing(Sent({"error": {"message": "no"}}, status=401)) as server,
        speaking(home, path, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        child.send("s")
        child.expect("Enter stops")
        child.send("\r")
        child.expect(words("Not transcribed:"))
        child.expect(words("The recording is kept:"))
        child.expect(r"\[t\]ranscribe again")
        (kept,) = recordings(home)
        assert kept.stat().st_mode & 0o077 == 0
        server.behave = lambda *_: Sent(transcript())
        child.expect(MENU)
        child.send("t")
        child.expect("new data")
        child.send("\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    assert recordings(home) == []


def test_a_muted_microphone_sends_nothing(tmp_path: Path, home: Path) -> None:
    path = silence(tmp_path / "answer.wav")
    with (
        transcribing(Sent(transcript())) as server,
        speaking(home, path, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        child.send("s")
        child.expect("Enter stops")
        child.send("\r")
        child.expect(words("The microphone heard nothing"))
        child.expect(MENU)
        child.send("k")
        assert ended(child) == 0
    assert server.requests == []


def test_whoever_would_rather_type_can(tmp_path: Path, home: Path) -> None:
    path = silence(tmp_path / "answer.wav")
    with speaking(home, path, *PRACTICE, OPENAI_BASE_URL="http://127.0.0.1:9/v1") as child:
        child.expect(MENU)
        child.send("h")
        child.expect("Compare how the model does")
        child.expect(MENU)
        child.send("w")
        child.expect(">")
        child.send(f"{ANSWER}\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    (attempt,) = attempts(home)
    assert (attempt.answer, attempt.spoken) == (ANSWER, False)


def test_when_the_time_is_up_the_recording_ends_and_can_still_be_corrected(tmp_path: Path, home: Path) -> None:
    path = record(tmp_path / "answer.wav")
    with (
        transcribing(Sent(transcript())) as server,
        speaking(home, path, *PRACTICE, "--time-limit", "10", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(MENU)
        child.send("s")
        child.expect("of 0:")
        child.expect(words("Correct the transcript"))
        child.expect("new data")
        child.send("\x1b\r")
        child.expect(SCORED)
        child.send("q")
        assert ended(child) == 0
    assert attempts(home)[0].spoken


def test_the_question_is_read_by_the_systems_voice(tmp_path: Path, home: Path) -> None:
    path = silence(tmp_path / "answer.wav")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "say").write_text(f"#!/bin/sh\ncat > {tmp_path}/heard\necho done > {tmp_path}/ended\n")
    (tools / "say").chmod(0o755)
    where = f"{tools}{os.pathsep}{os.environ['PATH']}"
    with speaking(home, path, *PRACTICE, PATH=where, OPENAI_BASE_URL="http://127.0.0.1:9/v1") as child:
        child.expect(MENU)
        child.send("l")
        child.expect(MENU)
        for _ in range(100):
            if (tmp_path / "ended").exists():
                break
            child.expect(pexpect.TIMEOUT, timeout=0.05)
        child.send("q")
        assert ended(child) == 0
    assert "What is overfitting" in (tmp_path / "heard").read_text()


def test_without_the_extra_one_line_says_how_to_get_it(home: Path) -> None:
    import subprocess

    from tests.conftest import clean_environment

    script = "import sys; sys.modules['sounddevice'] = None; from interviewer.__main__ import run; sys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", script, *PRACTICE],
        env=clean_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert (
        done.stderr
        == "interviewer: recording needs a library that is not installed\n  in the interviewer folder: pip install '.[voice]'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        ((), {}, "no server is set up that could transcribe speech"),
        (("--keep-audio", "nowhere"), {}, "nowhere is not a folder that can be written"),
    ],
)
def test_what_is_missing_is_said_before_the_first_question(
    tmp_path: Path, home: Path, arguments: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    with speaking(home, silence(tmp_path / "answer.wav"), *PRACTICE, *arguments, **environ) as child:
        child.expect(words(said))
        assert ended(child) == 2


def test_audio_is_kept_only_with_a_voice(run: Run) -> None:
    done = run("practice", "--keep-audio", ".", "--question", "3")
    assert done.code == 2
    assert "--keep-audio goes with --voice" in done.err
