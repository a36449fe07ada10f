"""A command that goes wrong fails its own test, and no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.forked import Commands

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each command is started")


def test_a_command_that_hangs_is_no_result(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    with pytest.raises(subprocess.TimeoutExpired):
        run("grade", "--question", "3", "never", timeout=0.5)
    assert run("--version").code == 0


def test_a_command_gets_another_process_to_be_forked_off_where_the_first_has_ended(run: Run, commands: Commands) -> None:
    assert run("--version").code == 0
    assert commands._parent
    commands._parent.kill()
    with pytest.raises(ChildProcessError):
        run("--version")
    assert run("--version").code == 0
