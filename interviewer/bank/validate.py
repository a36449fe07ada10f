"""Reading bank files: YAML or JSON (a list of questions) or JSON Lines (a question a line), every problem located."""

import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from interviewer.bank.importers.json_list import NotAList, decode, entries
from interviewer.bank.text_file import SPLIT, read_text
from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.text.clean import clean_line

_VALUES = 100_000
"""What a file may hold, at most: ten times the built-in bank."""
_DEPTH_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a bank file, and where."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a bank file holds, and everything that is wrong with it."""

    questions: tuple[Question, ...]
    problems: tuple[Problem, ...]


def check_file(path: Path) -> Checked:
    """Read a bank file and collect all of its problems instead of stopping at the first.

    Raises:
        InputError: the file cannot be read at all.
    """
    name = clean_line(str(path))
    rows, problems = read_rows(path)
    questions: list[Question] = []
    for row in rows:
        try:
            questions.append(Question.model_validate(row.value))
        except ValidationError as error:
            for one in error.errors():
                location = one["loc"]
                field = ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)
                message = one["msg"].removeprefix("Value error, ")
                problems.append(Problem(name, row.line_of(location), f"{row.title}{clean_line(field)}", clean_line(message)))
    problems += _clashes(questions, rows, name)
    if not rows and not problems:
        problems.append(Problem(name, 1, "", "there is no question in this file"))
    return Checked(tuple(questions), tuple(sorted(problems, key=lambda problem: problem.line)))


def read_questions(path: Path) -> tuple[Question, ...]:
    """Read a bank file that has to be in order.

    Raises:
        InputError: it cannot be read, or it has problems; the first is named.
    """
    checked = check_file(path)
    if checked.problems:
        more = f" ({len(checked.problems) - 1} more)" if len(checked.problems) > 1 else ""
        raise InputError(f"{checked.problems[0]}{more}", next_step=f"see all of them: interviewer bank validate {path}")
    return checked.questions


def read_rows(path: Path) -> tuple[list["Row"], list[Problem]]:
    """Read what a YAML, JSON or JSON Lines file holds, unchecked, and what in it could not be read.

    Raises:
        InputError: the file cannot be read at all.
    """
    text, name = read_text(path), clean_line(str(path))
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return _jsonl_rows(text, name)
        case ".json":
            return _json_rows(text, name)
        case _:
            return _yaml_rows(text, name)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a file as it was read, unchecked, and where it stands."""

    value: object
    node: yaml.Node | None
    line: int

    @property
    def title(self) -> str:
        """The row's id as the beginning of a field's name."""
        identity = self.value.get("id") if isinstance(self.value, dict) else None
        return f"{clean_line(identity)}." if isinstance(identity, str) else ""

    def line_of(self, location: tuple[int | str, ...]) -> int:
        """Return the line of a field, or of what encloses it."""
        node, line = self.node, self.line
        for part in location:
            if isinstance(node, yaml.MappingNode):
                found = [(key, value) for key, value in node.value if key.value == part]
                if not found:
                    break
                key, node = found[0]
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line


def _yaml_rows(text: str, name: str) -> tuple[list[Row], list[Problem]]:
    if (problem := _outlandish(text, name)) is not None:
        return [], [problem]
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return [], []
        if not isinstance(root, yaml.SequenceNode):
            return [], [Problem(name, root.start_mark.line + 1, "", "a bank file is a list of questions: '- number: 1 …'")]
        return _constructed(root, loader, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [], [Problem(name, mark.line + 1 if mark else 1, "", clean_line(error.problem or "not valid YAML"))]
    except yaml.YAMLError as error:
        return [], [Problem(name, 1, "", f"not valid YAML: {clean_line(str(error))}")]
    except RecursionError:
        return [], [Problem(name, 1, "", "not usable YAML: nested too deeply")]
    finally:
        loader.dispose()


def _constructed(root: yaml.SequenceNode, loader: "_Loader", name: str) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for node in root.value:
        line = node.start_mark.line + 1
        try:
            rows.append(Row(loader.construct_document(node), node, line))
        except (ValueError, LookupError, AttributeError) as error:  # PyYAML's answers to a tag that its value does not fit
            problems.append(Problem(name, line, "", f"a value here is not what its form promises: {clean_line(str(error))}"))
    return rows, problems


def _outlandish(text: str, name: str) -> Problem | None:
    """Find what no bank needs, before a tree is built: aliases can explode, and deep nesting crashes the C composer."""
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
            if count > _VALUES:
                return Problem(name, _line(event), "", f"more than {_VALUES:,} values in one file; {SPLIT}")
            if isinstance(event, yaml.AliasEvent):
                return Problem(name, _line(event), "", "aliases (*name) are not allowed in a bank file")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEPTH_LIMIT:
                return Problem(name, _line(event), "", f"nested more than {_DEPTH_LIMIT} levels deep")
    except yaml.YAMLError:
        return None  # reported with its line by the loader
    return None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _jsonl_rows(text: str, name: str) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(Row(decode(line), None, number))
        except ValueError as error:
            problems.append(Problem(name, number, "", clean_line(str(error))))
    return rows, problems


def _json_rows(text: str, name: str) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    try:
        rows.extend(Row(value, None, line) for line, value in itertools.islice(entries(text), _VALUES + 1))
    except NotAList as error:
        return rows, [Problem(name, error.line, "", str(error))]
    if len(rows) > _VALUES:
        return [], [Problem(name, rows[-1].line, "", f"more than {_VALUES:,} values in one file; {SPLIT}")]
    return rows, []


def _clashes(questions: list[Question], rows: list[Row], name: str) -> list[Problem]:
    lines = {id(row.value): row.line for row in rows}
    by_id = {str(row.value.get("id")): lines[id(row.value)] for row in rows if isinstance(row.value, dict)}
    problems: list[Problem] = []
    seen: dict[tuple[str, object], str] = {}
    for question in questions:
        for field, value in (("number", question.number), ("id", question.id)):
            if value is not None and (field, value) in seen:
                problems.append(Problem(name, by_id[question.id], f"{question.id}.{field}", f"{value} is used twice"))
            seen[field, value] = question.id
    return problems


class _Loader(yaml.CSafeLoader):
    """Safe YAML in which a repeated key is an error, since it hides a mistake."""


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key has to be a word", key.start_mark)
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} stands here twice", key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
