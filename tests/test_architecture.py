"""Imports run along the flow only, and what is heavy is paid for when it is used."""

import ast
import functools
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "interviewer"
MODULES = sorted(PACKAGE.rglob("*.py"))


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """The modules that one imports, and what it takes from them, wherever in it: a lazy import is an arrow, too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return frozenset(found)


def users_of(library: str) -> set[str]:
    return {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    }


LAYERS = (
    "errors",
    "signals",
    "resources",
    "text",
    "models",
    "context",
    "debug_log",
    "config_file",
    "settings",
    "llm",
    "bank",
    "grading",
    "storage",
    "voice",
    "practice",
    "batch",
    "evaluate",
    "report",
    "doctor",
    "ui",
    "api",
    "mcp",
    "ray",
    "cli",
    "__main__",
    "launch",
)
"""From the bottom up: a package imports from those above it in this list and from itself. docs/architecture.md draws it."""


def layer(module: str) -> int:
    return LAYERS.index(module.removeprefix("interviewer.").split(".")[0])


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def of_ours(path: Path) -> frozenset[str]:
    """The modules of ours that one imports."""
    return imports(path) & {name_of(module) for module in MODULES if module.parent != PACKAGE or module.stem != "__init__"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent != PACKAGE or path.stem != "__init__"], ids=name_of)
def test_the_flow_has_one_direction(path: Path) -> None:
    wrong = {name for name in of_ours(path) if layer(name) > layer(name_of(path))}
    assert not wrong


def test_no_modules_import_each_other() -> None:
    graph = {name_of(path): of_ours(path) for path in MODULES if path.parent != PACKAGE or path.stem != "__init__"}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    ("library", "only"),
    [
        ("openai", {"llm/transport.py"}),
        ("sqlite3", {"storage/database.py", "bank/importers/cards.py"}),
        ("fsrs", {"practice/schedule.py"}),
        ("onnxruntime", {"grading/embedded/encoder.py"}),
        ("aiohttp", {"llm/transport.py"}),
        ("markdown_it", {"bank/importers/inline.py"}),
        ("tenacity", {"llm/retry.py"}),
        ("sounddevice", {"voice/recording.py"}),
        ("dotenv", {"cli/options.py"}),
        ("mcp", {"mcp.py"}),
        ("ray", {"ray.py"}),
    ],
)
def test_a_library_is_known_in_one_place(library: str, only: set[str]) -> None:
    assert users_of(library) == only


def test_only_the_ui_prints_and_reads_keys() -> None:
    for library in ("rich", "prompt_toolkit"):
        assert {name.split("/")[0] for name in users_of(library)} == {"ui"}


def test_commands_and_library_open_a_grader_in_the_same_way() -> None:
    for path in ((PACKAGE / "api.py"), *(PACKAGE / "cli").glob("*.py")):
        assert not {"make_grader", "LLMGrader", "EmbeddedGrader"} & set(path.read_text().replace("(", " ").split()), path


@pytest.mark.parametrize("grader", ["embedded", "llm"])
def test_nothing_heavy_is_loaded_before_the_first_question(tmp_path: Path, grader: str) -> None:
    script = (
        "import sys\n"
        "import interviewer.ui.opening as opening\n"
        "heavy = ('openai', 'mcp', 'ray', 'httpx2', 'aiohttp', 'onnxruntime', 'numpy', 'prompt_toolkit', 'jinja2', 'yaml',\n"
        "         'asyncio', 'sounddevice', 'wave', 'snowballstemmer', 'interviewer.llm',\n"
        "         'interviewer.grading.grade', 'interviewer.practice.session', 'interviewer.ui.run')\n"
        "def show_question(*_):\n"
        "    print([name for name in heavy if name in sys.modules], flush=True)\n"
        "    sys.exit()\n"
        "opening.show_question = show_question\n"
        "from interviewer.__main__ import run\n"
        f"sys.exit(run(['practice', '--question', '3', '--grader', '{grader}']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"INTERVIEWER_HOME": str(tmp_path), "PATH": "", "OPENAI_API_KEY": "sk-test"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
