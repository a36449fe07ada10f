"""Writing questions as YAML, JSON Lines, CSV or Markdown; an import of each gives the same questions back."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args

import yaml
from pydantic import TypeAdapter

from interviewer.bank.importers import escapes
from interviewer.bank.importers.bank_markdown import MARK, UNNUMBERED
from interviewer.models import Question

Format = Literal["yaml", "jsonl", "csv", "md"]
FORMATS: tuple[Format, ...] = get_args(Format)

_LONG = 90
"""A text longer than this is folded over several lines of YAML."""


def export(questions: Iterable[Question], form: Format) -> str:
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
            return "\n".join([f"# Questions\n\n{MARK}\n", *(line for q in chosen for line in _to_markdown(q))])


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
            return json.dumps(value, ensure_ascii=False)
        case _:
            return escapes.cell(str(value))


def _to_markdown(question: Question) -> Iterator[str]:
    title = escapes.line(question.question)
    if question.number is not None:
        title = f"{question.number}. {title}"
    elif UNNUMBERED.match(title):
        title = f"\\{title}"
    yield f"## {title}\n"
    yield from (f"- {name}: {getattr(question, name)}" for name in ("id", "topic", "level"))
    if question.hint:
        yield f"- hint: {escapes.line(question.hint)}"
    if question.related:
        yield f"- related: {', '.join(question.related)}"
    if question.proposed:
        yield f"- proposed: {', '.join(question.proposed)}"
    yield ""
    if question.reference:
        yield f"### Answer\n\n{escapes.block(question.reference)}\n"
    if question.key_points:
        yield "### Key points\n"
        for point in question.key_points:
            yield f"- {escapes.line(point.text)} ({point.id}, {point.weight})"
            yield from (f"  - {escapes.line(paraphrase)}" for paraphrase in point.paraphrases)
        yield ""
    follow_ups = [f"{escapes.line(asked.text)} ({asked.key_point})" for asked in question.follow_ups]
    yield from _section("Misconceptions", [escapes.line(text) for text in question.misconceptions])
    yield from _section("Follow-ups", follow_ups)
    yield from _section("Sources", [escapes.line(text) for text in question.sources])


def _section(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield f"### {title}\n"
        yield from (f"- {entry}" for entry in entries)
        yield ""


if __name__ == "__main__":  # after a change of the model: python -m interviewer.bank.export
    from interviewer.resources import resource

    schema_file = resource("data", "bank").joinpath("schema.json")
    schema_file.write_text(json.dumps(bank_schema(), indent=2) + "\n", encoding="utf-8")
