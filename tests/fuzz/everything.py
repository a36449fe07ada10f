"""Fuzz what reads other people's bytes: `python tests/fuzz/everything.py -max_total_time=300` (needs `pip install atheris`).

Anything but the errors that a person can be told about is a finding.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["interviewer"]):
    from interviewer.bank.importers import import_files
    from interviewer.errors import InterviewerError
    from interviewer.llm.completion import read_completion
    from interviewer.llm.json_reply import InvalidReply, json_object

FOLDER = Path(tempfile.mkdtemp())
SUFFIXES = ("md", "txt", "csv", "yaml", "json", "jsonl", "apkg")


def read(data: bytes) -> None:
    """Read some bytes as a reply, as a server's body, or as a guide: the first byte says which."""
    if not data:
        return
    kind, body = data[0] % (len(SUFFIXES) + 2), data[1:]
    with contextlib.suppress(InterviewerError, InvalidReply):
        if kind == len(SUFFIXES):
            json_object(body.decode(errors="surrogateescape"))
        elif kind > len(SUFFIXES):
            read_completion(body)
        else:
            guide = FOLDER / f"guide.{SUFFIXES[kind]}"
            guide.write_bytes(body)
            import_files([guide])


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
