"""The Tab key: what it knows, and that it neither loads nor creates anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from interviewer.cli.main import COMMANDS
from interviewer.models import SessionOptions
from interviewer.storage.store import open_store
from tests.conftest import Run, clean_environment
from tests.fakes import question
from tests.unit.test_report import MONDAY, TEA, grading


def completed(run: Run, *words: str) -> list[str]:
    done = run(COMP_WORDS=" ".join(("interviewer", *words)), COMP_CWORD=str(len(words)), _INTERVIEWER_COMPLETE="bash_complete")
    assert done.err == ""
    return [line.partition(",")[2] for line in done.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("pra",), ["practice"]),
        (("practice", "--question", "overf"), ["overfitting"]),
        (("grade", "--question", "beam"), ["beam-search"]),
        (("bank", "show", "dropout"), ["dropout"]),
        (("practice", "--topic", "ml-"), ["ml-basics", "ml-advanced", "ml-design"]),
        (("plan", "--topics", "practice,genai-b"), ["practice,genai-basics"]),
        (("practice", "--model", "gpt"), ["gpt-5.6-luna"]),
        (("practice", "--bank", "gu"), ["guide", "gu"]),
        (("show", ""), []),
        (("no-such-command", "--q"), []),
        (("use", "l"), ["lmstudio", "llamacpp"]),
    ],
)
def test_the_tab_key_knows(run: Run, home: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert completed(run, *words) == expected
    assert not home.exists()


def test_a_word_of_the_title_or_a_number_finds_a_question(run: Run) -> None:
    assert completed(run, "practice", "--question", "t-SNE") == ["t-sne"]
    assert "overfitting" in completed(run, "practice", "--question", "3")


def test_sessions_models_and_banks_are_those_of_the_person(run: Run, home: Path) -> None:
    (home / "banks").mkdir(parents=True)
    (home / "banks" / "kitchen.yaml").write_text("")
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], MONDAY)
    store.add_grading(store.add_attempt(session.id, question(), TEA, MONDAY).id, grading(TEA, {}), MONDAY)
    store.add_session(SessionOptions(), [question()], MONDAY)
    store.close()
    assert completed(run, "show", "") == ["1"], "session 2 has no answer to show"
    assert completed(run, "resume", "") == ["2", "1"]
    assert completed(run, "resume", "--model", "st") == ["stub"]
    assert completed(run, "practice", "--bank", "ki")[0] == "kitchen"
    assert completed(run, "practice", "--bank", "kitchen", "--question", "x") == []  # a bank that cannot be read


def test_the_names_of_the_commands_load_nothing(home: Path) -> None:
    script = (
        "import sys, click\n"
        "from interviewer.cli.main import cli\n"
        "print(*(item.value for item in cli.shell_complete(click.Context(cli), '')))\n"
        "print([name for name in sys.modules if name.startswith('interviewer.cli.') or name in {'pydantic', 'rich'}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=clean_environment(home), capture_output=True, text=True, check=True
    )
    names, loaded = done.stdout.splitlines()
    assert names.split() == list(COMMANDS)
    assert loaded == "['interviewer.cli.main']"
