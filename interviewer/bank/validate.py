"""Reading bank files: YAML or JSON (a list of questions) or JSON Lines (a question a line), every problem located."""

import json
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from interviewer.errors import InputError
from interviewer.models import Question, field_errors
from interviewer.text.clean import clean_line
from interviewer.text.read_file import SPLIT, read_text

_VALUES = 100_000
"""YAML events of a file, at most: ten times those of the built-in bank."""
_DEPTH_LIMIT = 20
"""Collections inside each other. A bank needs 4, SQuAD's JSON 9; the C composer crashes at some thousands."""


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
    """The questions of a bank file, and its problems."""

    file: str
    questions: tuple[Question, ...]
    entries: tuple["BankEntry", ...]
    """The entries of these questions, in the same order."""
    problems: tuple[Problem, ...]


def check_file(path: Path) -> Checked:
    """Read a bank file and collect all of its problems instead of stopping at the first.

    Raises:
        InputError: the file cannot be read at all.
    """
    name = clean_line(str(path))
    entries, problems = parse_entries(read_text(path), path.suffix, name)
    found: list[tuple[Question, BankEntry]] = []
    used: set[tuple[str, object]] = set()
    for entry in entries:
        try:
            question = Question.model_validate(entry.value)
        except ValidationError as error:
            problems += [
                Problem(name, entry.line_of(each.location), f"{entry.title}{each.field}", each.message)
                for each in field_errors(error)
            ]
            continue
        found.append((question, entry))
        for field, value in (("number", question.number), ("id", question.id)):
            if (field, value) in used:
                problems.append(Problem(name, entry.line, f"{entry.title}{field}", f"{value} is used twice"))
            elif value is not None:
                used.add((field, value))
    if not entries and not problems:
        problems.append(Problem(name, 1, "", "there is no question in this file"))
    questions, valid = zip(*found, strict=True) if found else ((), ())
    return Checked(name, questions, valid, tuple(sorted(problems, key=lambda problem: problem.line)))


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


def parse_entries(text: str, suffix: str, name: str, *, any_shape: bool = False) -> tuple[list["BankEntry"], list[Problem]]:
    """Return the entries of a YAML, JSON or JSON Lines text, unchecked, and what in it could not be read.

    `name` is the file's, for messages. With `any_shape` YAML or JSON that is no list is one entry.
    """
    match suffix.lower():
        case ".jsonl" | ".ndjson":
            return _jsonl_entries(text, name)
        case ".json":
            return _yaml_entries(_json_as_yaml(text), name, any_shape=any_shape)
        case _:
            return _yaml_entries(text, name, any_shape=any_shape)


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One entry of a file as it was read, unchecked, and where it stands."""

    value: object
    node: yaml.Node | None
    line: int

    @property
    def title(self) -> str:
        """The entry's id as the beginning of a field's name."""
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


def _yaml_entries(text: str, name: str, *, any_shape: bool) -> tuple[list[BankEntry], list[Problem]]:
    loader = _Loader(text)
    try:
        _refuse_hostile(text)
        root = loader.get_single_node()
        if root is None:
            return [], []
        if not isinstance(root, yaml.SequenceNode) and not any_shape:
            return [], [Problem(name, root.start_mark.line + 1, "", "a bank file is a list of questions: '- number: 1 …'")]
        return _constructed(root.value if isinstance(root, yaml.SequenceNode) else [root], loader, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [], [Problem(name, mark.line + 1 if mark else 1, "", clean_line(error.problem or "not valid YAML"))]
    except yaml.YAMLError as error:
        return [], [Problem(name, 1, "", f"not valid YAML: {clean_line(str(error))}")]
    except RecursionError:
        return [], [Problem(name, 1, "", "not usable YAML: nested too deeply")]
    finally:
        loader.dispose()


def _refuse_hostile(text: str) -> None:
    """Refuse what no bank needs, before a tree is built: aliases can explode, and deep nesting crashes the C composer.

    Raises:
        yaml.MarkedYAMLError: such a thing is there, or the text is not YAML.
    """
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        problem = ""
        if count > _VALUES:
            problem = f"more than {_VALUES:,} values in one file; {SPLIT}"
        elif isinstance(event, yaml.AliasEvent):
            problem = "aliases (*name) are not allowed in a bank file"
        elif depth > _DEPTH_LIMIT:
            problem = f"nested more than {_DEPTH_LIMIT} levels deep"
        if problem:
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _constructed(nodes: list[yaml.Node], loader: "_Loader", name: str) -> tuple[list[BankEntry], list[Problem]]:
    entries: list[BankEntry] = []
    problems: list[Problem] = []
    for node in nodes:
        line = node.start_mark.line + 1
        try:
            entries.append(BankEntry(loader.construct_document(node), node, line))
        except (ValueError, LookupError, AttributeError) as error:  # PyYAML's answers to a tag that its value does not fit
            problems.append(Problem(name, line, "", f"a value does not fit its tag: {clean_line(str(error))}"))
    return entries, problems


def _jsonl_entries(text: str, name: str) -> tuple[list[BankEntry], list[Problem]]:
    entries: list[BankEntry] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entries.append(BankEntry(decode_json(line), None, number))
        except ValueError as error:
            problems.append(Problem(name, number, "", clean_line(str(error))))
    return entries, problems


def decode_json(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is not JSON, nested too deeply, or has a key twice in one object.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_unrepeated)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError:
        raise ValueError("not usable JSON: nested too deeply") from None
    return value


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return fields


def _json_as_yaml(text: str) -> str:
    """Return JSON as YAML, of which it is nearly a subset: no tab before it, and no escaped surrogate pairs in it."""
    text = re.sub(r"\A\s+", lambda blank: "\n" * blank[0].count("\n"), text)
    return _ESCAPES.sub(_without_surrogates, text)


_ESCAPES = re.compile(r"((?:\\ud[89a-f][0-9a-f]{2})+)|\\.", re.IGNORECASE)
"""A run of escaped UTF-16 surrogates, or any other escape."""


def _without_surrogates(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[0]
    units = "".join(chr(int(unit, 16)) for unit in escape[1].lower().split("\\u")[1:])
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Loader(yaml.CSafeLoader):
    """Safe YAML in which a repeated key is an error: PyYAML would keep the last one silently."""


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key has to be a word", problem_mark=key.start_mark)
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands here twice", problem_mark=key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
