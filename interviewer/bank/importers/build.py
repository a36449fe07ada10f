"""What an importer makes of a file, drafts and notes, and how they become questions: merged, numbered, named and checked."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import ValidationError

from interviewer.errors import InputError
from interviewer.models import Question, first_error
from interviewer.resources import load_toml
from interviewer.text.clean import clean_line
from interviewer.text.read_file import SPLIT
from interviewer.text.slug import slug

_SAME = 0.5
"""Content words that a question in a list and one with its number and an answer share, if they are one."""
_MOST = 10_000
"""Questions of one bank: each is kept in memory."""
_ALIKE = 0.6
_COMMON = 40
"""A word in more questions than this says little, and comparing all of them would take quadratic time."""
_STEM = 6
"""Letters of a word that count, so that 'differs' and 'difference' are one."""


@dataclass(slots=True)
class Draft:
    """One question as a file has it: the fields of a bank row, as far as they are there."""

    line: int
    fields: dict[str, object] = field(default_factory=dict)
    file: str = ""
    """Its name, where an import reads several."""

    @property
    def where(self) -> str:
        return _where(self.line, self.file)

    def text(self, name: str) -> str:
        """Return a field's text; empty where there is none."""
        value = self.fields.get(name)
        return value.strip() if isinstance(value, str) else ""


@dataclass(slots=True)
class Note:
    """Something about the file that its owner should know: what was left out, and why."""

    line: int
    message: str
    lost: bool = False
    """It looked like a question and became none."""
    file: str = ""

    def __str__(self) -> str:
        return f"{_where(self.line, self.file)}: {self.message}"


def _where(line: int, file: str) -> str:
    return f"{file}, line {line}" if file else f"line {line}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read: the questions, and notes about the rest, lost questions first."""

    questions: tuple[Question, ...]
    notes: tuple[Note, ...]

    @property
    def mostly_wrong(self) -> bool:
        """Whether fewer than half of what looked like a question became one."""
        return len(self.questions) < sum(note.lost for note in self.notes)


def build(drafts: Sequence[Draft], notes: Iterable[Note], earlier: Sequence[Question]) -> Imported:
    """Make questions of drafts. `earlier` is what an older import of the same files held.

    Raises:
        InputError: there are too many.
    """
    told = list(notes)
    merged = _merged(drafts, told)
    if len(merged) > _MOST:
        raise InputError(f"there are more than {_MOST:,} questions in this import", next_step=SPLIT)
    _number(merged, told)
    _name(merged, earlier, told)
    questions: list[Question] = []
    kept: list[Draft] = []
    for draft in merged:
        try:
            question = Question.model_validate({"level": "basic", "reference": "", **draft.fields})
        except ValidationError as error:
            told.append(Note(draft.line, f"left out: {first_error(error)}", lost=True, file=draft.file))
            continue
        questions.append(question)
        kept.append(draft)
        if not question.reference and not question.key_points:
            told.append(Note(draft.line, "kept without an answer: it can be asked and not graded", file=draft.file))
    for later, before in near_duplicates([question.question for question in questions]):
        message = f"much like the question in {kept[before].where}; both are kept"
        told.append(Note(kept[later].line, message, file=kept[later].file))
    return Imported(tuple(questions), tuple(sorted(told, key=lambda note: (not note.lost, note.file, note.line))))


def _merged(drafts: Sequence[Draft], notes: list[Note]) -> list[Draft]:
    """Bring together what is said in two places: questions first, their answers later. Drafts with an id stay as they are.

    An answer belongs to the question of the same words; else to the one of the same number and topic if they share half of
    their words; or, where an answer comes without any question, to the one of the same number that has no answer yet.
    """
    merged: list[Draft] = []
    seen: dict[str, Draft] = {}
    waiting: dict[object, Draft] = {}
    for draft in drafts:
        number = draft.fields.get("number")
        place = (number, draft.fields.get("topic"))
        if "id" in draft.fields:
            merged.append(draft)
            continue
        if not draft.text("question"):
            _answer_by_number(draft, waiting.get(number), merged, notes)
            continue
        words = wording(draft.text("question"))
        same = seen.get(words)
        if same is None and draft.text("reference") and (listed := waiting.get(place)) is not None:
            alike = similarity(listed.text("question"), draft.text("question")) >= _SAME
            same = listed if alike and not listed.text("reference") else None
        if same is None or _differ(same, draft):
            merged.append(draft)
            seen.setdefault(words, draft)
            if same is None and not draft.text("reference") and number is not None:
                waiting[place] = draft
                waiting.setdefault(number, draft)
        elif bool(same.text("reference")) == bool(draft.text("reference")):
            notes.append(Note(draft.line, f"left out: it repeats {same.where}, word for word", file=draft.file))
        elif draft.text("reference"):
            if wording(same.text("question")) != words:
                notes.append(
                    Note(draft.line, f"taken for the answer to {same.where}, which has the same number", file=draft.file)
                )
            same.fields = draft.fields | {
                name: same.fields[name] for name in ("number", "topic", "level") if name in same.fields
            }
            same.line, same.file = draft.line, draft.file
            seen[words] = same
    return merged


def _answer_by_number(answer: Draft, question: Draft | None, merged: list[Draft], notes: list[Note]) -> None:
    if question is not None and not question.text("reference") and answer.text("reference"):
        question.fields["reference"] = answer.fields["reference"]
    elif "question" in answer.fields:
        merged.append(answer)  # an empty question, which is reported when it is checked
    else:
        notes.append(Note(answer.line, "left out: an answer without a question", file=answer.file))


def _differ(one: Draft, other: Draft) -> bool:
    return bool(one.text("reference") and other.text("reference")) and one.text("reference") != other.text("reference")


def _number(drafts: Sequence[Draft], notes: list[Note]) -> None:
    """Give numbers to drafts whose file says nothing about them; count anew where numbers repeat."""
    given = [number for draft in drafts if isinstance(number := draft.fields.get("number"), int)]
    taken = set(given)
    if len(taken) < len(given):
        notes.append(
            Note(drafts[0].line, f"numbers repeat, so the questions are numbered 1 to {len(drafts)}", file=drafts[0].file)
        )
        for number, draft in enumerate(drafts, 1):
            draft.fields["number"] = number
        return
    free = (number for number in itertools.count(1) if number not in taken)
    for draft in drafts:
        if "number" not in draft.fields:
            draft.fields["number"] = next(free)


def _name(drafts: Sequence[Draft], earlier: Sequence[Question], notes: list[Note]) -> None:
    """Give each draft an id of its own: the file's, else the one it had in the earlier bank, else a slug of its wording.

    A question is the earlier one if its words are the same, or if its number is and the earlier words are gone.
    """
    by_words = {wording(question.question): question.id for question in earlier}
    present = {wording(draft.text("question")) for draft in drafts}
    by_number: dict[object, str] = {q.number: q.id for q in earlier if wording(q.question) not in present}
    by_number.pop(None, None)
    used: set[object] = set()
    nameless: list[tuple[Draft, str]] = []
    for draft in drafts:
        given = draft.fields.get("id")
        number = draft.fields.get("number")
        known = by_words.get(wording(draft.text("question"))) or (by_number.get(number) if isinstance(number, int) else None)
        identity = given or known
        if isinstance(identity, str) and identity in used:
            nameless.append((draft, identity))
        elif identity is None:
            nameless.append((draft, slug(draft.text("question"))))
        else:
            draft.fields["id"] = identity
            used.add(identity if isinstance(identity, str) else None)
    # Names that the file or the earlier bank gives come first, so that a new question never takes one of them.
    following: Counter[str] = Counter()
    for draft, identity in nameless:
        fresh = identity
        while fresh in used:
            following[identity] += 1
            fresh = f"{identity}-{following[identity] + 1}"
        if "id" in draft.fields:
            message = f"the id {clean_line(identity, 80)} is used twice; here it is now {fresh}"
            notes.append(Note(draft.line, message, file=draft.file))
        draft.fields["id"] = fresh
        used.add(fresh)


def wording(text: str) -> str:
    """Return the letters and digits of a question: the same for two that differ in case, spaces or punctuation only."""
    return "".join(re.findall(r"\w+", text.casefold()))


def similarity(one: str, other: str) -> float:
    """Return the share of content words that two questions have in common, 0 to 1."""
    return _overlap(_content(one), _content(other))


def near_duplicates(questions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the positions of questions that nearly repeat an earlier one: the later first, then the earlier."""
    contents = [_content(question) for question in questions]
    frequency = Counter(word for content in contents for word in content)
    holders: dict[str, list[int]] = defaultdict(list)
    for position, content in enumerate(contents):
        telling = [word for word in content if frequency[word] <= _COMMON]
        for earlier in sorted({holder for word in telling for holder in holders[word]}):
            if _overlap(content, contents[earlier]) >= _ALIKE:
                yield position, earlier
                break
        for word in telling:
            holders[word].append(position)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _content(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in re.findall(r"\w+", text.casefold()) if word not in _empty_words())


@lru_cache(maxsize=1)
def _empty_words() -> frozenset[str]:
    lists = load_toml("words.toml")
    return frozenset(f"{lists['stopwords']} {lists['generic']}".split())
