"""Canary keys in every place where a key can be: no file, log, error, report, database or debug output ever holds one."""

import json
import os
import stat
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from tests.conftest import Ran, Run
from tests.fakes import reply, serving
from tests.faults.conftest import ANSWER, CANARY, UNSET, kept, secrets_in
from tests.faults.server import Misbehaving, Script, fails, http, says

POINTS = len(load_bank().find("3").key_points)
GOOD = reply({1: ([1], "covered")}, points=POINTS)
GRADE = ("grade", "--question", "3")


def blabbing(key: str) -> list[Script]:
    """What a server may say that repeats the key it was given."""
    content = GOOD.replace("Clear.", f"Your key is {key}.").replace("And then?", key)
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in key)
    return [
        fails(401, f"Incorrect API key provided: {key}. Authorization: Bearer {key}"),
        fails(500, key),
        fails(400, f"unknown field in {key}"),
        fails(418, f"{'a teapot ' * 32}{key}"),
        [http(307, "", Location=f"https://{key}.example/{key}")],
        [http(200, {"error": {"message": f"no luck with {key}"}})],
        says(None, refusal=f"I know {key}"),
        says(f"Hello {key}, this is no JSON"),
        says(content),
        says(GOOD.replace("Clear.", f"Your key is {spelled}.")),
    ]


def never_seen(seen: Ran, *folders: Path) -> None:
    assert CANARY[:12] not in seen.all
    assert "Traceback" not in seen.all
    for folder in folders:
        assert secrets_in(folder) == []


@pytest.mark.parametrize(
    ("source", "debug"),
    [
        *((source, False) for source in ("environment", "config", "key file", "env file")),
        ("environment", True),
        ("config", True),
    ],
)
def test_a_key_from_anywhere_goes_to_the_server_and_nowhere_else(
    watch: Run, home: Path, tmp_path: Path, source: str, debug: bool
) -> None:
    home.mkdir()
    environ = {"OPENAI_API_KEY": UNSET} | ({"OPENAI_LOG": "debug", "INTERVIEWER_DEBUG": "1"} if debug else {})
    before: tuple[str, ...] = ()
    match source:
        case "environment":
            environ["OPENAI_API_KEY"] = CANARY
        case "config":
            (home / "config.toml").write_text(f'api_key = "{CANARY}"\n')
        case "key file":
            assert watch("keys", "set", stdin=CANARY, **environ).code == 0
        case "env file":
            (home / "settings.env").write_text(f"OPENAI_API_KEY={CANARY}\n")
            before = ("--env-file", str(home / "settings.env"))
    with Misbehaving({"": blabbing(CANARY)}) as server:
        environ["OPENAI_BASE_URL"] = server.url
        for arguments in (GRADE, ("regrade",), ("report", "--format", "json", "--output", "-"), ("history",)):
            never_seen(watch(*before, *arguments, **environ))
        assert server.completions()[0].headers["authorization"] == f"Bearer {CANARY}"
    for name in ("config.toml", "key", "settings.env"):
        (home / name).unlink(missing_ok=True)
    assert secrets_in(home) == []
    assert secrets_in(tmp_path) == []


def test_what_a_server_repeats_is_kept_nowhere(watch: Run, home: Path, tmp_path: Path) -> None:
    rows = [{"id": f"row {n}", "question": 3, "answer": f"{ANSWER} Case {n}."} for n in range(len(blabbing("")))]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "people.jsonl").write_text("".join(json.dumps(row | {"score": 0.5}) + "\n" for row in rows))
    (tmp_path / "guide.md").write_text("**1. What is tea?**\n\nA drink made of leaves and hot water.\n")
    scripts = {f"Case {n}.": [script] for n, script in enumerate(blabbing(CANARY))} | {"": blabbing(CANARY)}
    with Misbehaving(scripts, models=[http(200, {"data": [{"id": f"model-{CANARY}"}]})]) as server:
        address = {"OPENAI_BASE_URL": server.url}
        for arguments in (
            ("batch", "answers.jsonl", "--output", "graded.jsonl"),
            ("evaluate", "people.jsonl"),
            ("practice", "--question", "3"),
            ("bank", "import", "guide.md"),
            ("bank", "enrich", "guide"),
            ("regrade",),
            ("doctor",),
            *(("report", "--format", face, "--force") for face in ("md", "html", "json", "csv")),
        ):
            never_seen(watch(*arguments, **address), home, tmp_path)
    assert len(kept(home)) == 1


def test_a_folder_that_somebody_sent_cannot_redirect_anything(watch: Run, home: Path, tmp_path: Path) -> None:
    with serving(GOOD) as trap:
        lines = f"OPENAI_BASE_URL={trap.url}\nOPENAI_API_KEY=sk-theirs-123456\nINTERVIEWER_GRADER=llm\n"
        for name in (".env", ".env.local", "config.toml", "interviewer.toml"):
            (tmp_path / name).write_text(lines if name.startswith(".env") else f'base_url = "{trap.url}"\n')
        seen = watch(*GRADE, OPENAI_API_KEY=UNSET)
        assert seen.code == 0
        assert "estimate" in seen.out
        assert trap.requests == []


def test_the_shell_goes_before_a_file(watch: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.env").write_text(f"OPENAI_API_KEY={CANARY}\nOPENAI_BASE_URL=http://127.0.0.1:9/v1\n")
    with serving(GOOD) as server:
        environ = {"OPENAI_API_KEY": "sk-shell-999999", "OPENAI_BASE_URL": server.url}
        assert watch("--env-file", "settings.env", *GRADE, **environ).code == 0
        assert "Bearer sk-shell-999999" in server.headers[0].values()


def test_a_key_is_kept_for_its_owner_only(watch: Run, home: Path) -> None:
    first = watch("keys", "set", stdin=f"  {CANARY}\r\n", OPENAI_API_KEY=UNSET)
    assert first.code == 0, first.err
    never_seen(first)
    where = watch("keys", "show-where", OPENAI_API_KEY=UNSET)
    place = Path(where.out.strip())
    assert place.read_text() == f"{CANARY}\n"
    if os.name == "posix":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
        place.chmod(0o644)
    assert watch("keys", "set", stdin="sk-another-1234", OPENAI_API_KEY=UNSET).code == 0
    assert place.read_text() == "sk-another-1234\n"
    assert os.name != "posix" or stat.S_IMODE(place.stat().st_mode) == 0o600
    assert watch("keys", "remove", OPENAI_API_KEY=UNSET).code == 0
    assert not place.exists()
    assert "No API key is stored" in watch("keys", "remove", OPENAI_API_KEY=UNSET).err


@pytest.mark.parametrize("said", ["", "  \n", f"{CANARY} {CANARY}", f"{CANARY}\nsecond line", f"{CANARY}\x1b[2J", f"{CANARY}é"])
def test_what_is_no_key_is_not_kept(watch: Run, home: Path, said: str) -> None:
    seen = watch("keys", "set", stdin=said, OPENAI_API_KEY=UNSET)
    assert seen.code == 2
    never_seen(seen, home)


def test_a_key_cannot_be_a_flag(watch: Run, home: Path) -> None:
    assert watch("keys", "set", CANARY, OPENAI_API_KEY=UNSET).code == 2
    assert not (home / "key").exists()


def test_a_broken_settings_file_is_told_without_its_values(watch: Run, home: Path) -> None:
    home.mkdir()
    for line in (f"api_key = {CANARY}", f'api_key = ["{CANARY}"]', f'api_key = "{CANARY} x"', f'OPENAI_API_KEY = "{CANARY}"'):
        (home / "config.toml").write_text(line)
        seen = watch(*GRADE, OPENAI_API_KEY=UNSET)
        assert seen.code == 2, seen.all
        assert "config.toml" in seen.err
        never_seen(seen)
