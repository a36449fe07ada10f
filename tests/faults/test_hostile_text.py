"""Hostile text on every way in, and what comes out on every way out: text, and nothing that steers, runs or loads."""

import csv
import json
import unicodedata
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.text.clean import clean
from tests.conftest import Ran, Run
from tests.fakes import reply, serving
from tests.faults.conftest import ANSWER, MEMORY_LIMIT, UNSET, Measure, kept
from tests.faults.server import Misbehaving, fails, http, says

POINTS = len(load_bank().find("3").key_points)
STEERING = (
    "\x1b[2J\x1b[31mred\x1b[0m \x1b]8;;http://evil.invalid\x1b\\link\x1b]8;;\x1b\\ \x1b]52;c;ZXZpbA==\x07 "
    "\x1bP1$r\x1b\\ \x9b31m \x9d0;title\x9c \u202eevil\u202c \u2066x\u2069 \x07\x08"
)
MARKUP = "[bold]b[/bold] [/foo] [link=http://evil.invalid]l[/link] <script>alert(1)</script><img src=x onerror=alert(1)>"
FORMULA = "=HYPERLINK(1) @SUM(1) +1 -1"
HOSTILE = f"{FORMULA} {STEERING} {MARKUP}"
ESTIMATE = {"OPENAI_API_KEY": UNSET}


def harmless(text: str) -> None:
    """Nothing in it steers a terminal."""
    steering = {c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"}
    assert not steering
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def calm(seen: Ran, code: int = 0) -> None:
    assert seen.code == code, seen.all
    assert "Traceback" not in seen.all
    assert "this is a bug" not in seen.err
    harmless(seen.all)


@pytest.fixture
def faces(watch: Run, home: Path, tmp_path: Path) -> dict[str, str]:
    """All faces of a report on a session in which answer and model are hostile."""
    said = json.dumps(HOSTILE + "\ud800\x00")[1:-1]
    content = reply({1: ([1], "covered")}, points=POINTS).replace("Clear.", said).replace("And then?", said)
    with serving(content) as server:
        calm(watch("practice", "--question", "3", stdin=f"{HOSTILE} {ANSWER}\n/done\n", OPENAI_BASE_URL=server.url))
    assert kept(home) == [clean(f"{HOSTILE} {ANSWER}")]
    calm(watch("history"))
    written: dict[str, str] = {}
    for face in ("md", "html", "json", "csv"):
        seen = watch("report", "--format", face, "--output", str(tmp_path / f"evil\x1b[2J.{face}"))
        calm(seen)
        written[face] = (tmp_path / f"evil\x1b[2J.{face}").read_text(encoding="utf-8-sig")
        harmless(written[face])
    return written


def test_reports_show_hostile_text_as_text(faces: dict[str, str]) -> None:
    for face in ("md", "html"):
        assert "<script" not in faces[face].replace("\\<script", "")
        assert "<img" not in faces[face].replace("\\<img", "")
    assert "default-src 'none'" in faces["html"]
    for row in csv.reader(faces["csv"].splitlines()):
        for cell in row:
            assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert "evil" in json.dumps(json.loads(faces["json"]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("guide.md", f"# {HOSTILE}\n\n**1. What is {HOSTILE}?**\n\n- {HOSTILE}\n\n**2. And this?**\n\nText.\n"),
        (
            "guide.csv",
            'question,reference\n"What is ' + HOSTILE.replace('"', '""') + '?","' + HOSTILE.replace('"', '""') + '"\n',
        ),
        ("guide.jsonl", json.dumps({"question": f"What is {HOSTILE}\ud800\x00?", "reference": HOSTILE}) + "\n"),
        ("guide.json", json.dumps([{"question": f"What is {HOSTILE}?", "reference": HOSTILE, "id": HOSTILE}])),
    ],
)
def test_an_imported_bank_is_cleaned(watch: Run, home: Path, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogatepass")
    seen = watch("bank", "import", str(tmp_path / name), **ESTIMATE)
    calm(seen)
    harmless((home / "banks" / "guide.yaml").read_text())
    calm(watch("bank", "list", "--bank", "guide"))
    asked = watch("practice", "--bank", "guide", stdin="/skip\n", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    calm(asked, code=asked.code)
    assert "What is" in asked.out
    calm(watch("bank", "export", "--bank", "guide", "--format", "csv", "--output", str(tmp_path / "out.csv")))
    for row in csv.reader((tmp_path / "out.csv").read_text().splitlines(keepends=True)):
        assert all(cell[:1] not in {"=", "+", "@"} for cell in row)


@pytest.mark.parametrize(
    "arguments",
    [
        ("grade", "--question", "3", "no-such\x1b]0;evil\x07file"),
        ("grade", "--question", f"\x1b[2J{MARKUP}"),
        ("bank", "import", "no-such\x1b[2J.md"),
        ("bank", "show", "\u202eevil"),
        ("practice", "--bank", "\x1b[31mred"),
        ("batch", "no-such\x1b[2J.jsonl", "--output", "out.jsonl"),
        ("--env-file", "no-such\x1b[2J", "doctor"),
        ("no-such\x1b[2J-command",),
        ("practice", "--no-such\x1b[2J-option"),
    ],
)
def test_a_hostile_argument_is_told_as_text(watch: Run, arguments: tuple[str, ...]) -> None:
    calm(watch(*arguments, **ESTIMATE), code=2)


@pytest.mark.parametrize("status", [400, 401])
def test_a_hostile_error_is_told_as_text(watch: Run, status: int) -> None:
    with Misbehaving({"": [fails(status, HOSTILE + "x" * 500_000, Retry_After="0.1")]}, models=[http(500, HOSTILE)]) as server:
        seen = watch("grade", "--question", "3", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="m\x1b[2J[/foo]")
        calm(seen, code=3)
        assert len(seen.err) < 2000


def test_a_hostile_model_name_is_told_as_text(watch: Run, home: Path) -> None:
    models = [http(200, {"data": [{"id": HOSTILE}]})]
    with Misbehaving({"": [says(reply({}, points=POINTS))]}, models=models) as server:
        calm(watch("grade", "--question", "3", OPENAI_BASE_URL=server.url))


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (("grade", "--question", "3"), b"x" * 10_000_000, 2),
        (("grade", "--question", "3"), b"\x1b[" * 5_000_000, 2),
        (("grade", "--question", "3"), b"It is\0null.", 2),
        (("grade", "--question", "3"), b"\xff\xfe not UTF-8", 2),
        (("practice", "--question", "3"), b"x" * 10_000_000 + b"\n/done\n", 2),
        (("practice", "--question", "3"), b"a\n" * 1_000_000 + b"/done\n", 2),
    ],
    ids=lambda value: str(value[0])[:8] if isinstance(value, tuple) else str(value[:6]) if isinstance(value, bytes) else None,
)
def test_input_without_measure_is_refused(measure: Measure, arguments: tuple[str, ...], stdin: bytes, code: int) -> None:
    seen = measure(*arguments, stdin=stdin, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    calm(seen, code=code)
    assert seen.memory < MEMORY_LIMIT


def test_one_bad_row_of_any_kind_never_stops_the_others(measure: Measure, tmp_path: Path) -> None:
    rows = [
        b"x" * 10_000_000,
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"id": "a"}',
        json.dumps({"id": HOSTILE, "question": 3, "answer": f"{ANSWER} {HOSTILE} \ud800"}).encode(),
        json.dumps({"id": "good", "question": 3, "answer": ANSWER}).encode(),
    ]
    (tmp_path / "answers.jsonl").write_bytes(b"\n".join(rows) + b"\r\n")
    with serving(reply({}, points=POINTS)) as server:
        seen = measure("batch", "answers.jsonl", "--output", "graded.jsonl", OPENAI_BASE_URL=server.url)
    calm(seen, code=3)
    assert seen.memory < MEMORY_LIMIT
    text = (tmp_path / "graded.jsonl").read_text()
    harmless(text)
    statuses = [json.loads(line)["status"] for line in text.splitlines()]
    assert statuses == ["ungraded"] * 5 + ["graded"] * 2
