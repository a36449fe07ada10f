"""The wheel, installed in an empty environment: nothing may depend on the checkout."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import clean_environment

ROOT = Path(__file__).parent.parent.parent
ANSWER = "It memorises noise of the training data, so it does badly on new data. Regularization and more data help.\n"


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode and ("NewConnectionError" in done.stderr or "No matching distribution" in done.stderr):
        pytest.skip(f"no package index: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("interviewer-*.whl")
    return built


def test_it_carries_prompts_data_and_licences_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in [*ROOT.joinpath("prompts").glob("*.md"), *ROOT.joinpath("data").rglob("*.*")]:
        assert f"interviewer/share/{file.relative_to(ROOT)}" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"interviewer"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "interviewer/py.typed" in names


def test_it_grades_and_reports_without_a_key_or_a_checkout(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env")
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    _pip("--python", scripts / "python", "install", "--no-compile", wheel)

    def run(*arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [scripts / "interviewer", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=clean_environment(tmp_path / "home"),
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "160" in run("doctor")
    run("practice", "--question", "3", stdin=f"{ANSWER}/done\n")
    grading = json.loads(run("grade", "--question", "3", "--json", stdin=ANSWER))
    assert grading["status"] == "graded"
    assert grading["grader"]["estimate"]
    assert "Score:" in run("report", "1", "--output", "-")
