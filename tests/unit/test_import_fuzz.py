"""Guides of any content end in questions or in one error that a person can be told."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.bank.importers import import_files
from interviewer.errors import InputError

PIECES = [
    "**1. What is tea?**",
    "question,reference\n",
    "- question: What is tea?\n",
    '{"question": "What is tea?"}',
    "[",
    "&a ",
    "*a",
]
PIECES += [
    "```",
    "\n",
    "\n\n",
    "\r",
    "\t- ",
    "  reference: ",
    '"',
    ",",
    "#",
    "1. ",
    "Answer:",
    "\x00",
    "\ufeff",
    "\ud7ff",
    "<b>",
    "| a |",
    "<details><summary>",
    "</summary>",
    "</details>",
    "<table><tr><td>",
    "## ",
    "::",
    "\n?\n",
    "- [x] ",
    "{",
    '"messages": [{"role": "user", "content": "What?"}]',
    "sep=;\n",
    "#separator:tab\n",
    "Question\tAnswer\n",
    "[top](#top)",
    "\ue000\ue002",
]


@pytest.mark.parametrize("suffix", ["md", "txt", "csv", "tsv", "yaml", "json", "jsonl"])
@settings(max_examples=40)
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join))
def test_any_guide_becomes_questions_or_one_clear_error(suffix: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        guide = Path(folder, f"guide.{suffix}")
        guide.write_text(text, encoding="utf-8", errors="replace")
        with contextlib.suppress(InputError):
            assert import_files([guide]).questions
