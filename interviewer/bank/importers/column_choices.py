"""Multiple choice in the columns of tables and the keys of records: which hold options, and which say what is right."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.importers.text_choices import chosen_letters

_LETTERS = "ABCDEFGHIJ"
_OPTION = re.compile(r"(?:options?|choices?|answers?)? ?([a-j0-9])(?: (?:is )?(?:correct|right))?")
_OPTIONS = re.compile(r"(?:.* )?(?:options|choices|alternatives|variants|opciones|opções|optionen|варианты|选项)(?: .*)?")
_RIGHT = re.compile(
    r"(?!.*\b(?:wrong|false|incorrect|user|your|student|candidate|given|selected|explanations?|counts?|number|num)\b)"
    r"(?:.* )?(?:correct|right|answers?|solutions?|key)(?: .*)?"
)
_RIGHT_KEYS = ("correct", "is correct", "iscorrect", "right", "is right", "answer")
_TEXT_KEYS = ("text", "value", "content", "option", "choice", "label", "answer", "name", "title", "body")
_TRUTH: dict[object, bool] = {"true": True, "false": False}
_SPREAD = ""
"""Stands for the column of options that have a column each."""
_AMOUNT = re.compile(
    r"(?:.* )?(?:marks?|points?|scores?|weight|rating|likes|views|votes|seconds?|minutes?|time|year|week|page|version)(?: .*)?"
)
"""Columns whose numbers say how much or when, and name no option."""
_WIDEST = 50
"""Columns of a record whose lists are looked at: each is held against all others."""
_SURE = 3
"""Records in which one field names entries of a list in another, from which it does so whatever their names are."""


class Choices(NamedTuple):
    """The options of a question by their letters, the letters of the right ones, and the columns that say so."""

    options: dict[str, str]
    right: list[str]
    columns: frozenset[str]


NO_CHOICES = Choices({}, [], frozenset())


class ChoiceReader:
    """Reads the options of records, after a look at all of them: which column is the key, and whether positions begin at 1."""

    def __init__(self, rows: Iterable[Mapping[str, object]], answers: AbstractSet[str], others: AbstractSet[str]) -> None:
        """Look at rows whose columns have plain names; `answers` are those of columns with answers, `others` of known ones."""
        self.answers = answers
        self.others = others
        lists: Counter[str] = Counter()
        pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
        positions: dict[str, set[int]] = defaultdict(set)
        at_end: set[str] = set()
        places: set[str] = set()
        kinds: dict[str, set[tuple[bool, bool]]] = defaultdict(set)  # whether it is the text of an option, and names its place
        for row in rows:
            answered = bool(answers & row.keys())
            for name, options in self._lists(row):
                lists[name] += 1
                named = name == _SPREAD or isinstance(row[name], Mapping)
                for other, value in row.items():
                    if other not in _columns(row, name) and other not in others:
                        said = value if isinstance(value, list) else [_position(value, options)]
                        given = {one for one in said if type(one) is int}
                        text = str(value).strip().casefold()
                        placed = text.upper() in options or (text.isdecimal() and int(text[:3]) <= len(options))
                        kinds[other].add((text in map(str.casefold, options.values()), placed))
                        places |= {other} if given and _first(row.get(name), 0) is not None else set()
                        positions[other] |= given | ({0} & {int(letter) for letter in options if letter.isdigit()})
                        at_end |= {other} if named or len(options) in given else set()
                        if answered or _AMOUNT.fullmatch(other):
                            continue
                        if any(_right(value, options, _first(row.get(name), first)) for first in (0, 1)):
                            pairs[name, other].append(str(value))
        self.from_one = frozenset(name for name in at_end if 0 not in positions[name])
        """Columns whose positions begin at 1, as names such as option1 do: some are the last by that count, and none is 0."""
        self.places = frozenset(places)
        """Columns that give positions where options are texts, and so where they are numbers, too."""
        self.texts = frozenset(name for name, found in kinds.items() if (True, False) in found <= {(True, False), (True, True)})
        """Columns with the texts of options, though some of these look like letters or positions."""
        self.pairs = [pair for pair, said in pairs.items() if len(said) == lists[pair[0]] >= _SURE and len(set(said)) > 1]
        """Columns of options and of their keys by no usual name, in records that have no answer else."""

    def _lists(self, row: Mapping[str, object]) -> Iterator[tuple[str, dict[str, str]]]:
        spread = {match[1].upper(): plain_text(str(row[name])) for name in row if (match := _OPTION.fullmatch(name))}
        if spread.keys() & {"B", "2"} and len(spread) > 1:
            yield _SPREAD, _without_letters(spread)
        for name, value in row.items() if len(row) <= _WIDEST else ():
            parts = _parts(value) if isinstance(value, str) and _OPTIONS.fullmatch(name) else value
            if name not in self.others and len(options := _options(parts)) > 1:
                yield name, options

    def read(self, row: Mapping[str, object]) -> Choices:
        """Return the options of a record and which are right; none where there are not at least two."""
        for name, value in row.items():
            answered = bool(self.answers & row.keys() - {name})
            if name not in self.others and isinstance(value, list | Mapping) and (signs := _signs(value, answered=answered)):
                options = _options(value)
                if len(options) > 1 and len(signs) == len(options):
                    right = [letter for letter, sign in zip(options, signs, strict=True) if sign]
                    return Choices(options, right, frozenset({name}))
        lists = dict(self._lists(row))
        for name, key in self.pairs:
            if name in lists and (right := self._right(row, key, name, lists[name])):
                return Choices(lists[name], right, _columns(row, name) | {key})
        for name in sorted(lists, key=lambda name: (name != _SPREAD, not _OPTIONS.fullmatch(name))):
            found = self._with_right(row, name, lists[name])
            if name == _SPREAD or _OPTIONS.fullmatch(name) or (found.right and name in self.answers):
                return found
        return NO_CHOICES

    def _with_right(self, row: Mapping[str, object], name: str, options: dict[str, str]) -> Choices:
        """Return options with the letters of the right ones, from the columns with answers that give nothing but these."""
        columns = _columns(row, name)
        found = {
            key: right
            for key in sorted(row, key=lambda key: key not in self.answers)
            if key not in columns
            and (key in self.answers or (key not in self.others and _RIGHT.fullmatch(key)))
            and (right := self._right(row, key, name, options))
        }
        return Choices(options, next(iter(found.values()), []), columns | found.keys())

    def _right(self, row: Mapping[str, object], key: str, name: str, options: dict[str, str]) -> list[str]:
        given, letters = row.get(key), _letters_by_id(row.get(name))
        given = _position(given, options) if name == _SPREAD or _OPTIONS.fullmatch(name) else given
        if key in self.texts:
            return [letter for letter, text in options.items() if text.casefold() == str(row[key]).strip().casefold()][:1]
        chosen = [letters.get(str(one), "") for one in (given if isinstance(given, list) else [given])]
        if all(chosen):
            return sorted(chosen)
        lettered, first = not isinstance(row.get(name), list), int(key in self.from_one)
        return _right(given, options, first if key in self.places else _first(row.get(name), first), lettered=lettered)


def _columns(row: Mapping[str, object], name: str) -> frozenset[str]:
    """Return the columns that hold the options of a list."""
    return frozenset(key for key in row if _OPTION.fullmatch(key)) if name == _SPREAD else frozenset({name})


def _position(value: object, options: Mapping[str, str]) -> object:
    """Return a position that is written as text, as cells of tables are, as a number, unless it is the text of an option."""
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if re.fullmatch("[0-9]{1,2}", text) and text not in options.values() else value


def _options(value: object) -> dict[str, str]:
    """Return the texts of a list or a map of options by their letters; nothing if it is no such list."""
    if isinstance(value, Mapping) and isinstance(texts := value.get("text"), list):
        value = texts
    if isinstance(value, Mapping):
        named = {match[1].upper() if (match := _letter(key)) else str(key): one for key, one in value.items()}
        if all(_truth(one) is not None for one in value.values()):
            named = {} if any(map(_letter, value)) else dict(zip(_LETTERS, map(str, value), strict=False))
        elif not all(map(_letter, value)):
            named = {}
    elif isinstance(value, Sequence) and not isinstance(value, str):
        named = dict(zip(_LETTERS, value, strict=False))
    else:
        named = {}
    texts = {letter: plain_text(field_text(one)) for letter, one in named.items()}
    return {letter: text for letter, text in _without_letters(texts).items() if text} if len(texts) < len(_LETTERS) else {}


def _without_letters(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of options without their letters, where each begins with its own."""
    lettered = all(re.match(rf"\(?{letter}[).:]\s", text, re.IGNORECASE) for letter, text in texts.items())
    return {letter: text.lstrip("(")[2:].strip() if lettered else text for letter, text in texts.items()}


def _letters_by_id(options: object) -> dict[str, str]:
    """Return the letters of options by the ids or keys that they have."""
    entries = zip(_LETTERS, options if isinstance(options, list) else (), strict=False)
    return {str(one[key]): letter for letter, one in entries if isinstance(one, Mapping) for key in ("id", "key") if key in one}


def _parts(cell: str) -> list[str]:
    """Return the options that one cell lists: in quotation marks, by lines, bars or semicolons, else by commas."""
    quoted = re.findall(r"'([^']*)'|\"([^\"]*)\"", cell) if re.fullmatch(r"\[.*\]", cell.strip(), re.DOTALL) else []
    divided = re.split(r"\n|\s*[|;]\s*", cell)
    return ["".join(pair) for pair in quoted] or (divided if len(divided) > 1 else cell.split(", "))


def field_text(value: object) -> str:
    """Return the text of a field: that of a list is a line an entry, that of a map has a usual key or is its only text."""
    match value:
        case str():
            return value.strip()
        case list() | tuple():
            return "\n".join(dict.fromkeys(filter(None, map(field_text, value))))
        case Mapping():
            plain = {str(key).casefold(): one for key, one in value.items() if _truth(one) is None}
            texts = [one for one in plain.values() if isinstance(one, str) and one]
            return field_text(next((plain[name] for name in _TEXT_KEYS if name in plain), texts[0] if len(texts) == 1 else ""))
        case None:
            return ""
        case _:
            return str(value)


def _letter(key: object) -> re.Match[str] | None:
    return _OPTION.fullmatch(re.sub(r"[\W_]+", " ", str(key)).strip().casefold())


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else _TRUTH.get(value.casefold()) if isinstance(value, str) else None


def _signs(value: Sequence[object] | Mapping[object, object], *, answered: bool) -> list[bool]:
    """Return for each option whether it is marked as right, where the options themselves say so; nothing where they do not.

    Where another column has the answer (`answered`), a mark without a usual name says something else.
    """
    if isinstance(value, Mapping):
        signs = [_truth(one) for one in value.values()]
        return [bool(sign) for sign in signs] if None not in signs else []
    found: list[bool] = []
    for one in value:
        if not isinstance(one, Mapping | str):
            return []
        plain = (
            {re.sub(r"[\W_]+", " ", str(key)).casefold(): part for key, part in one.items()} if isinstance(one, Mapping) else {}
        )
        marked = [sign for part in plain.values() if (sign := _truth(part)) is not None]
        named = [bool(plain[name]) for name in _RIGHT_KEYS if type(plain.get(name)) in {bool, int}]
        only = plain.keys() <= {"correct", "right"} and any(
            isinstance(part, str) for part in plain.values()
        )  # `correct: Paris`
        found.append(only or any(named or ([] if answered else marked[:1])))
    return found if any(found) else []


def _first(options: object, first: int) -> int | None:
    """Return the position at which options begin; none where they are numbers, so that a number is one of them."""
    return None if isinstance(options, list) and any(type(one) is int for one in options) else first


def _right(value: object, options: Mapping[str, str], first: int | None, *, lettered: bool = False) -> list[str]:
    """Return the letters of the options that a value names, by letter, position, text or sign; none if it says more."""
    letters = list(options)
    if isinstance(value, Mapping):
        marked = [match[1].upper() for key, one in value.items() if _truth(one) and (match := _letter(key))]
        return marked if set(marked) <= options.keys() else []
    if isinstance(value, list):
        if len(value) == len(options) and all(isinstance(one, bool) for one in value):
            return [letter for letter, sign in zip(letters, value, strict=True) if sign]
        each = [_right(one, options, first) for one in value]
        return [letter for letter in letters if [letter] in each] if all(len(one) == 1 for one in each) else []
    if not isinstance(value, str | int):
        return []
    if type(value) is int and first is not None and first <= value < first + len(letters):
        return [letters[value - first]]
    text = plain_text(str(value))
    match = _letter(text.strip("(). "))
    named = [match[1].upper()] if match and match[1].upper() in options else []
    same = [letter for letter, option in options.items() if option.casefold() == text.casefold()]
    if same and not (named and lettered):  # an option may be called C, as the language is
        return same[:1]
    return named or chosen_letters(text.upper(), options)
