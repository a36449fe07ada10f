"""Reading a text aloud with the speech program of the system."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping

from interviewer.errors import InputError

_WINDOWS = (
    "Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())"
)
# The text goes to their input, so that none of it can be taken for an option.
_VOICES = (
    ("say", "-f", "-"),
    ("espeak-ng", "--stdin"),
    ("spd-say", "--wait", "--pipe-mode"),
    ("powershell", "-NoProfile", "-Command", _WINDOWS),
)


async def read_aloud(text: str, environ: Mapping[str, str]) -> Process:
    """Start to read a text aloud; terminate the process that is returned to stop it.

    Raises:
        InputError: no known speech program is installed.
    """
    for name, *arguments in _VOICES:
        if program := shutil.which(name, path=environ.get("PATH")):
            reading = await asyncio.create_subprocess_exec(program, *arguments, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL)
            if reading.stdin is not None:
                reading.stdin.write(text.encode())
                reading.stdin.close()
            return reading
    raise InputError("this system has no voice", next_step="install espeak-ng to hear questions")
