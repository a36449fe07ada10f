"""Writing questions as YAML, JSON Lines or CSV, which an import reads back whole, or as Markdown for people.

`python -m interviewer.bank.export` writes the files in data/bank that are made of others: compiled.jsonl and schema.json.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import yaml
from pydantic import TypeAdapter

from interviewer.bank.bank import builtin_files, digest
from interviewer.bank.validate import read_questions
from interviewer.models import Question
from interviewer.resources import resource
from interviewer.text.csv_cell import to_cell

BankFormat = Literal["yaml", "jsonl", "csv", "md"]

_LONG = 90
"""A text longer than this is folded over several lines of YAML."""


def export(questions: Iterable[Question], form: BankFormat) -> str:
    """Return questions as the text of a file."""
    chosen = tuple(questions)
    match form:
        case "yaml":
            return _to_yaml(chosen)
        case "jsonl":
            return "".join(json.dumps(q.model_dump(mode="json"), ensure_ascii=False) + "\n" for q in chosen)
        case "csv":
            return _to_csv(chosen)
        case "md":
            return "\n\n".join(["# Questions", *(part for q in chosen for part in _to_markdown(q))]) + "\n"


def bank_schema() -> dict[str, Any]:
    """Return the JSON Schema of a bank file, as it stands in data/bank/schema.json."""
    schema = TypeAdapter(tuple[Question, ...]).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bank of interview questions",
        "description": "A YAML or JSON file: a list of questions. In JSON Lines, each line is one entry of this list.",
        **schema,
    }


class _Dumper(yaml.CSafeDumper):
    """Writes long texts as blocks, which a person can read and edit."""


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else ">" if len(text) > _LONG else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _to_yaml(questions: Sequence[Question]) -> str:
    rows = [question.model_dump(mode="json", exclude_defaults=True) for question in questions]
    text = yaml.dump(rows, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return str(text)


def _to_csv(questions: Sequence[Question]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(Question.model_fields)
    for question in questions:
        writer.writerow([_cell(value) for value in question.model_dump(mode="json").values()])
    return file.getvalue()


def _cell(value: object) -> str:
    match value:
        case None | []:
            return ""
        case list():
            return to_cell(json.dumps(value, ensure_ascii=False))
        case _:
            return to_cell(str(value))


def _to_markdown(question: Question) -> Iterator[str]:
    number = f"{question.number}. " if question.number is not None else ""
    yield f"## {number}{_escaped(' '.join(question.question.split()))}"
    if question.reference:
        yield _escaped(question.reference).replace("\n", "  \n").replace("  \n  \n", "\n\n")
    if question.hint:
        yield from _folded("Hint", _escaped(question.hint))
    lists = {
        "Key points": [f"{_escaped(point.text)} ({_WEIGHTS[point.weight]})" for point in question.key_points],
        "Misconceptions": map(_escaped, question.misconceptions),
        "Follow-ups": [_escaped(follow_up.text) for follow_up in question.follow_ups],
        "Sources": map(_escaped, question.sources),
    }
    for title, entries in lists.items():
        if lines := "\n".join(f"- {entry}" for entry in entries):
            yield from _folded(title, lines)


_WEIGHTS = {3: "must-have", 2: "expected", 1: "bonus"}


def _folded(title: str, text: str) -> tuple[str, ...]:
    return f"<details><summary>{title}</summary>", text, "</details>"


def _escaped(text: str) -> str:
    """Return a text in which nothing is Markdown."""
    return re.sub(r"([\\*`<\[]|\b_|_\b|^(?:#|>|[-+=]))|^(\d+)(?=[.)])", r"\2\\\1", text, flags=re.MULTILINE)


def compile_bank() -> str:
    """Return the text of data/bank/compiled.jsonl: the digest of the built-in YAML files, then a question a line."""
    questions = [question.model_dump_json() for source in builtin_files() for question in read_questions(source)]
    return "\n".join([json.dumps({"sha256": digest(builtin_files())}), *questions]) + "\n"


if __name__ == "__main__":
    folder = resource("data", "bank")
    folder.joinpath("compiled.jsonl").write_text(compile_bank(), encoding="utf-8")
    folder.joinpath("schema.json").write_text(json.dumps(bank_schema(), indent=2) + "\n", encoding="utf-8")
