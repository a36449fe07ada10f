"""The debug log: for its owner only, bounded, one record a line that no text can forge, and without any key."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from interviewer import debug_log
from interviewer.bank.bank import load_bank
from interviewer.debug_log import redacted
from tests.conftest import Run, clean_environment
from tests.fakes import HONEST, LOOK_LIKE_KEYS, reply, serving
from tests.faults.conftest import secrets_in

POINTS = len(load_bank().find("3").key_points)
KEY = "a-key-of-no-known-form"


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-abcdefgh12345678",
        "Authorization: Bearer abcdefgh.12345678",
        '{"api_key": "0123456789abcdef"}',
        "https://user:abcdefgh1234@proxy.example/",
        "AIzaSyA-1234567890abcdefghij",
        "gsk_abcdefgh12345678",
        "password=hunter2hunter2",
        f"before {KEY} after",
        f"{KEY[:9]}\x00\u202e{KEY[9:]}",
        f"{KEY[:9]}\x1b[0m{KEY[9:]}",
    ],
)
def test_whatever_is_or_looks_like_a_key_is_left_out(text: str) -> None:
    said = redacted(text, frozenset([KEY]))
    assert "…" in said
    assert not any(part in said for part in ("abcdefgh", "0123456789", "1234567890", "hunter2", "of-no-known"))


@pytest.mark.parametrize(("secret", "blotted"), LOOK_LIKE_KEYS.items())
def test_every_form_of_a_key_is_left_out(secret: str, blotted: str) -> None:
    assert redacted(f"before {secret} after", frozenset()) == f"before {blotted} after"


@pytest.mark.parametrize("text", HONEST)
def test_ordinary_words_stay(text: str) -> None:
    assert redacted(text, frozenset()) == text


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (("--debug", "grade", "--question", "3"), {}),
        (("grade", "--question", "3", "--debug"), {}),
        (("grade", "--question", "3"), {"INTERVIEWER_DEBUG": "1"}),
    ],
)
def test_a_log_can_be_asked_for_in_three_ways(
    run: Run, home: Path, arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    with serving(reply({}, points=POINTS)) as server:
        done = run(*arguments, stdin="It learns noise.", OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY, **environ)
    log = home / "debug.log"
    assert done.code == 0, done.err
    assert done.err.count(str(log)) == 1
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    lines = log.read_text().splitlines()
    assert "interviewer.debug_log: interviewer 0." in lines[0]
    assert all(re.match(r"\d{4}-\d\d-\d\d |    ", line) for line in lines)
    assert not secrets_in(home, KEY)


def test_without_being_asked_for_there_is_no_log(run: Run, home: Path) -> None:
    assert run("grade", "--question", "3", stdin="It learns noise.", INTERVIEWER_DEBUG="0").code == 0
    assert not (home / "debug.log").exists()


def test_an_error_is_in_the_log_with_its_traceback_and_on_the_screen_without(run: Run, home: Path) -> None:
    done = run("bank", "show", "no-such-question", "--debug")
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "    Traceback (most recent call last)" in (home / "debug.log").read_text()


def test_a_log_that_cannot_be_written_costs_one_line(run: Run, home: Path) -> None:
    (home / "debug.log").mkdir(parents=True)
    done = run("grade", "--question", "3", "--debug", stdin="It learns noise.")
    assert done.code == 0
    assert "There is no debug log: Is a directory" in done.err


def test_the_grade_is_the_same_with_and_without(run: Run) -> None:
    one, other = (
        json.loads(run("grade", "--question", "3", "--json", *debug, stdin="It learns noise.").out)
        for debug in ((), ("--debug",))
    )
    assert one == other


_FORGING = """
import sys
from pathlib import Path
from interviewer import debug_log
from interviewer.context import Paths
debug_log.LIMIT = 2_000
home = Path(sys.argv[1])
assert debug_log.start({}, Paths(data=home, config=home)) == home / "debug.log"
assert debug_log.start({}, Paths(data=home, config=home)) is None
for number in range(100):
    assert debug_log.debug("interviewer.test", "record %d\\n2026-11-02 09:00:00.000 1 interviewer: forged", number)
"""


def test_the_log_begins_anew_at_its_limit_and_no_text_passes_for_a_record(home: Path) -> None:
    subprocess.run([sys.executable, "-c", _FORGING, str(home)], env=clean_environment(home), check=True, timeout=60)
    log, old = home / "debug.log", home / "debug.log.old"
    assert sorted(file.name for file in home.iterdir()) == [log.name, old.name]
    for file in (log, old):
        assert file.stat().st_size < 2_200
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "record 99" in log.read_text()
    assert not re.search(r"^2026-11-02", log.read_text(), re.MULTILINE)
    assert not debug_log.debug("interviewer.test", "no log was begun in this process")
