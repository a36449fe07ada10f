"""Imports run along the flow only, and what is heavy is paid for when it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "interviewer"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def users_of(library: str) -> set[str]:
    return {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    }


@pytest.mark.parametrize(
    ("library", "only"),
    [
        ("openai", {"llm/connection.py"}),
        ("sqlite3", {"database.py"}),
        ("fsrs", {"schedule.py"}),
        ("onnxruntime", {"grading/encoder.py"}),
        ("httpcore2", {"llm/sockets.py"}),
        ("tenacity", {"llm/patience.py"}),
        ("sounddevice", {"voice/microphone.py"}),
        ("dotenv", {"cli/world.py"}),
    ],
)
def test_a_library_is_known_in_one_place(library: str, only: set[str]) -> None:
    assert users_of(library) == only


def test_only_the_terminal_prints_and_reads_keys() -> None:
    for library in ("rich", "prompt_toolkit"):
        assert {name.split("/")[0] for name in users_of(library)} == {"terminal"}


def test_models_import_only_cleaning_of_ours_and_records_only_models() -> None:
    assert {name for name in imports(PACKAGE / "models.py") if name.startswith("interviewer")} == {"interviewer.cleaning"}
    assert {name for name in imports(PACKAGE / "records.py") if name.startswith("interviewer")} == {"interviewer.models"}


@pytest.mark.parametrize(
    ("folder", "never"),
    [
        ("bank", ("grading", "store", "session", "terminal", "cli", "report")),
        ("llm", ("bank", "grading", "store", "session", "terminal", "cli", "report")),
        ("grading", ("store", "database", "session", "terminal", "cli", "report")),
        ("voice", ("bank", "store", "database", "session", "terminal", "cli", "report")),
        ("report", ("terminal", "cli", "session", "store")),
        ("terminal", ("cli",)),
    ],
)
def test_the_flow_has_one_direction(folder: str, never: tuple[str, ...]) -> None:
    for path in (PACKAGE / folder).rglob("*.py"):
        wrong = {name for name in imports(path) if name.startswith(tuple(f"interviewer.{part}" for part in never))}
        assert not wrong, path


def test_commands_and_library_open_a_grader_in_the_same_way() -> None:
    for path in ((PACKAGE / "library.py"), *(PACKAGE / "cli").glob("*.py")):
        assert not {"make_grader", "LLMGrader", "EmbeddedGrader"} & set(path.read_text().replace("(", " ").split()), path


def test_nothing_heavy_is_loaded_before_the_first_question(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "import interviewer.terminal.start as start\n"
        "heavy = ('openai', 'onnxruntime', 'numpy', 'prompt_toolkit', 'jinja2', 'yaml', 'asyncio', 'sounddevice', 'wave')\n"
        "start._run = lambda *_: print([name for name in heavy if name in sys.modules]) or 0\n"
        "from interviewer.__main__ import run\n"
        "sys.exit(run(['practice', '--question', '3', '--grader', 'embedded']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"INTERVIEWER_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
